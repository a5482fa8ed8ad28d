"""What keeps the other numbers from being whole: late sources, files not used, names that settings don't map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics.insights._kinds import Finding, PlainKind, Told
from chat_pipeline.analytics.insights._words import share_of

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def findings(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Finding]:
    return [*_late(con), *_unused(con), *_unmapped(con, settings)]


def _late(con: duckdb.DuckDBPyConnection) -> list[Finding]:
    rows = con.execute(
        "select source, instance, behind_hours, expected_hours from analytics.source_freshness where is_stale"
        " order by source asc nulls last, instance asc nulls last"
    ).fetchall()
    return [
        _finding(
            "late_source",
            f"{source}/{instance}",
            behind,
            f"Data of {source} are late",
            f"Its newest event (account {instance}) is {behind / 24:.1f} days old; settings expect data every"
            f" {expected / 24:.1f} days. Numbers that need it wait, and stand at an earlier week.",
            "Deliver the missing export, or set retired_on if the source has ended.",
            f"analytics.source_freshness where source = '{source}'",
        )
        for source, instance, behind, expected in rows
    ]


def _unused(con: duckdb.DuckDBPyConnection) -> list[Finding]:
    rows = con.execute(
        "select source, instance, files_held, files_unreadable from analytics.source_freshness"
        " where files_held + files_unreadable > 0 order by source asc nulls last, instance asc nulls last"
    ).fetchall()
    return [
        _finding(
            "unused_files",
            f"{source}/{instance}",
            held + unreadable,
            f"{held + unreadable} {'file' if held + unreadable == 1 else 'files'} of {source} could not be used",
            f"Account {instance}: {held} held by a check, {unreadable} unreadable. What is in them is missing from every number.",
            "See the reason in marts.source_files; deliver the file again, or accept it.",
            f"marts.source_files where source = '{source}' and state in ('held', 'unreadable')",
        )
        for source, instance, held, unreadable in rows
    ]


def _unmapped(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Finding]:
    """Names that look like a signal and stand in many conversations. What looks like nothing is none of ours."""
    rows = con.execute(
        """
        select
            u.platform, u.instance, u.kind, u.name, u.looks_like, u.conversations,
            cast(round(u.conversations / nullif(u.conversation_share, 0)) as bigint)
        from analytics.unmapped_signals as u
        where u.looks_like is not null and u.conversation_share >= ?
        order by u.platform asc nulls last, u.instance asc nulls last, u.kind asc nulls last, u.name asc nulls last
        """,
        [settings.insights.unmapped_share],
    ).fetchall()
    return [
        _finding(
            "unmapped_signal",
            f"{platform}/{instance}/{kind}/{name}",
            conversations,
            f"{platform}: {kind} '{name}' looks like {looks_like} and is not mapped",
            f"It stands in {share_of(conversations, every, 'conversations')} (account {instance}). Until it is mapped,"
            " numbers about it are too low.",
            "Copy the line of column suggestion into the settings and sync.",
            f"analytics.unmapped_signals where platform = '{platform}' and name = '{name}'",
        )
        for platform, instance, kind, name, looks_like, conversations, every in rows
    ]


def _finding(
    metric: str, value: str, estimate: float, title: str, text: str, advice: str, evidence: str
) -> Finding:
    return Finding(
        kind="data_problem",
        severity="problem",
        told=Told(title, text, advice, evidence),
        metric=metric,
        dimension="source",
        value=value,
        estimate=float(estimate),
    )


KIND = PlainKind(name="data_problem", findings=findings)
