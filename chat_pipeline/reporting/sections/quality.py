"""How good and how fresh the data are that all this rests on."""

from __future__ import annotations

from chat_pipeline.reporting.parts import Column, Scope, Section, Table
from chat_pipeline.reporting.published import rows
from chat_pipeline.reporting.words import percent, readable

MOST = 15


def section(scope: Scope) -> Section:
    return Section(
        id="quality",
        title="How good the data are",
        lead="What is loaded, what waits outside, and what the numbers can't see.",
        follows="Not filtered.",
        blocks=(_freshness(scope), _files(scope), _coverage(scope), _reconciliation(scope), _unmapped(scope)),
    )


def _freshness(scope: Scope) -> Table:
    found = rows(
        scope.con,
        """
        select source, instance, kind, cutoff_at, files_loaded, files_held, files_unreadable, read_rows,
            quarantined_rows, case when is_retired then 'ended' when is_stale then 'late' else 'as expected' end as state
        from analytics.source_freshness order by source, instance
        """,
    )
    return Table(
        "freshness",
        "Sources",
        (
            *(
                Column("source", "Source"),
                Column("instance", "Account"),
                Column("kind", "Kind"),
                Column("cutoff_at", "Newest event (UTC)", "time"),
            ),
            *(
                Column("state", "State"),
                Column("files_loaded", "Files", "count"),
                Column("files_held", "Held", "count"),
                Column("files_unreadable", "Unreadable", "count"),
            ),
            *(Column("read_rows", "Rows read", "count"), Column("quarantined_rows", "Set aside", "count")),
        ),
        found,
        empty="No source has files: put exports into exports/<source>/.",
    )


def _files(scope: Scope) -> Table:
    found = rows(
        scope.con,
        """
        select source, path, state, reason, read_rows from marts.source_files
        where state in ('held', 'unreadable', 'not_of_this_kind', 'pending') order by source, path, table_name limit ?
        """,
        [MOST],
    )
    return Table(
        "files",
        "Files that are not in the numbers",
        (
            Column("source", "Source"),
            Column("path", "File"),
            Column("state", "State"),
            Column("reason", "Why"),
            Column("read_rows", "Rows", "count"),
        ),
        found,
        note="After a look, let a held file in with chat-pipeline accept.",
        empty="Every file is loaded.",
    )


def _coverage(scope: Scope) -> Table:
    """What the headline metrics of the last 28 days can't see, the largest part first."""
    found = rows(
        scope.con,
        """
        with recent as (
            select coverage.subject, coverage.reason, sum(coverage.units) as units
            from analytics.data_coverage as coverage
            where coverage.started_date > (select max(started_date) from analytics.data_coverage) - 28
            group by coverage.subject, coverage.reason
        ),
        shares as (
            select subject, reason, units, sum(units) over (partition by subject) as of_all from recent
        )
        select coalesce(definitions.title, shares.subject) as subject, shares.reason, shares.units, shares.of_all,
            shares.units / nullif(shares.of_all, 0) as share
        from shares left join analytics.metric_definitions as definitions on definitions.metric = shares.subject
        where shares.reason not in ('computable', 'too young') order by share desc, subject, reason limit ?
        """,
        [MOST],
    )
    for row in found:
        row["subject"] = readable(row["subject"])
        row["said"] = (
            f"{percent(row['share'])}" if row["of_all"] >= 30 else f"{row['units']} of {row['of_all']}"
        )
    return Table(
        "coverage",
        "What the numbers of the last 28 days can't see",
        (
            Column("subject", "Number"),
            Column("reason", "Why"),
            Column("said", "Share"),
            Column("units", "Left out", "count"),
            Column("of_all", "Of", "count"),
        ),
        found,
        empty="Everything can be judged.",
    )


def _reconciliation(scope: Scope) -> Table:
    found = rows(
        scope.con,
        """
        select platform, metric, count(*) as figures, count(*) filter (where reason in ('equal', 'close')) as agree,
            max(abs(gap_share)) as largest
        from analytics.reconciliation where is_compared group by platform, metric order by platform, metric limit ?
        """,
        [MOST],
    )
    for row in found:
        row["largest"] = "" if row["largest"] is None else f"{percent(row['largest'])}"
    return Table(
        "reconciliation",
        "Beside the vendors' own figures",
        (
            Column("platform", "Platform"),
            Column("metric", "Figure"),
            Column("figures", "Compared", "count"),
            Column("agree", "Equal or within 2 %", "count"),
            Column("largest", "Largest gap"),
        ),
        found,
        note="Each figure with its reason: analytics.reconciliation.",
        empty="No vendor's report is loaded: GA4 reports and dashboard exports can be compared.",
    )


def _unmapped(scope: Scope) -> Table:
    found = rows(
        scope.con,
        """
        select platform, instance, kind, name, conversations, looks_like, suggestion from analytics.unmapped_signals
        where suggestion is not null order by conversations desc, platform, instance, kind, name limit ?
        """,
        [MOST],
    )
    return Table(
        "unmapped",
        "Signals in the exports that settings make nothing of",
        (
            Column("platform", "Platform"),
            Column("kind", "Kind"),
            Column("name", "Name"),
            Column("conversations", "Conversations", "count"),
            Column("looks_like", "Looks like"),
            Column("suggestion", "Line for the settings"),
        ),
        found,
        empty="Nothing that suggests itself.",
    )
