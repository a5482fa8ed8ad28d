"""The first lines of the report: covered until when, what is provisional, what changed in settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from chat_pipeline.reporting.published import Row, rows
from chat_pipeline.reporting.words import counted, day, listed

if TYPE_CHECKING:
    from chat_pipeline.reporting.parts import Scope


@dataclass(frozen=True)
class Stand:
    """The publication that is reported on. `changes`: a line per changed setting; None: it is the first one."""

    version: int
    published_at: str
    changes: Sequence[str] | None


def head(scope: Scope, stand: Stand) -> dict[str, Any]:
    """Sentences for the top of the page."""
    waiting = _provisional(scope)
    return {
        "covered": _covered(scope),
        "late": _late(scope),
        "brief": f"{_waiting_in_brief(waiting)} {_settings_in_brief(stand.changes)}",
        "provisional": [row["said"] for row in waiting],
        "settings": _settings(stand.changes),
    }


def _covered(scope: Scope) -> list[dict[str, Any]]:
    """Days and the sources that reach to them, the day most reach to first."""
    zone = ZoneInfo(scope.settings.shop.time_zone)
    found = rows(
        scope.con,
        """
        select source, instance, cutoff_at, is_retired from analytics.source_freshness
        where cutoff_at is not null order by source, instance
        """,
    )
    days: dict[date, list[str]] = {}
    for row in found:
        local = datetime.fromisoformat(row["cutoff_at"]).replace(tzinfo=UTC).astimezone(zone)
        days.setdefault(local.date(), []).append(_account(row) + (" (ended)" if row["is_retired"] else ""))
    ordered = sorted(days.items(), key=lambda item: (-len(item[1]), -item[0].toordinal()))
    return [{"day": day(when), "sources": listed(names)} for when, names in ordered]


def _late(scope: Scope) -> str:
    found = rows(
        scope.con,
        "select source, instance from analytics.source_freshness where is_stale order by source, instance",
    )
    if not found:
        return ""
    return f"Late, by what settings expect: {listed([_account(row) for row in found])}. Its newest days look smaller than they are."


def _provisional(scope: Scope) -> list[Row]:
    """What of the newest weeks still waits, for the headline metrics."""
    found = rows(
        scope.con,
        """
        select metrics.metric, definitions.title, definitions.waits_for, sum(metrics.pending) as pending,
            min(metrics.period_start) as since
        from analytics.metrics as metrics
        inner join analytics.metric_definitions as definitions on definitions.metric = metrics.metric
        where metrics.dimension = 'all' and metrics.grain = 'week' and metrics.pending > 0
            and metrics.metric in ('conversation_rate', 'csat', 'durable_resolution_rate', 'chatbot_influenced_retention')
        group by metrics.metric, definitions.title, definitions.waits_for
        order by pending desc, metrics.metric
        """,
    )
    for row in found:
        whom = counted(row["pending"], "buyer" if "retention" in row["metric"] else "conversation")
        since = day(row["since"])
        row["said"] = f"{row['title']}: {whom} since the week of {since} still wait ({row['waits_for']})."
    return found


def _waiting_in_brief(waiting: list[Row]) -> str:
    if not waiting:
        return "None of the headline numbers waits for anything."
    names = listed([row["title"] for row in waiting])
    return f"Provisional in the newest weeks: {names}."


def _settings_in_brief(changes: Sequence[str] | None) -> str:
    if changes is None:
        return "First report: no earlier settings to compare with."
    return f"Settings: {counted(len(changes), 'change')}." if changes else "Settings: unchanged."


def _settings(changes: Sequence[str] | None) -> list[str]:
    if changes is None:
        return ["No earlier settings are kept: changes are told from the next publication on."]
    return list(changes) or ["Settings are as they were in the publication before."]


def _account(row: dict[str, Any]) -> str:
    return row["source"] if row["instance"] == "default" else f"{row['source']} ({row['instance']})"
