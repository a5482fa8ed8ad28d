"""How far people get on the way to an order, and who to read."""

from __future__ import annotations

from typing import Any

from chat_pipeline.reading import sql_text
from chat_pipeline.reporting import charts
from chat_pipeline.reporting.choices import filter_choices
from chat_pipeline.reporting.figures import PERIODS
from chat_pipeline.reporting.parts import Chart, Column, Scope, Section, Table
from chat_pipeline.reporting.published import Row, listed, rows
from chat_pipeline.reporting.words import LEAST_FOR_PERCENT, readable

MOST_TO_READ, OF_PLATFORM = 8, 5
COLUMNS = (
    *(
        Column("label", "Step"),
        Column("entered", "Reached it", "count"),
        Column("said", "Of those who began"),
    ),
    *(
        Column("between", "95 % interval"),
        Column("on", "Went on"),
        Column("median", "Median time from the step before"),
        Column("open", "Still under way", "count"),
    ),
)


def section(scope: Scope) -> Section:
    names = [
        row["funnel"]
        for row in rows(scope.con, "select distinct funnel from analytics.funnel_steps order by funnel")
    ]
    if not names:
        return Section(
            "funnels",
            "On the way to an order",
            "",
            missing="No funnel can be followed: its first and last steps need chat intents or events, web events (GA4) or orders, and names under [funnels] in the settings.",
        )
    blocks: list[Chart | Table] = []
    for name in names:
        blocks.append(
            Chart(
                f"funnel-{name}",
                readable(name),
                "Entries that began in the period and whose window has passed; each step within the funnel's window from the first. Shares are of the entries of the first step.",
                charts.funnel(),
                COLUMNS,
                view="funnel",
                params={"funnel": name},
            )
        )
        blocks.append(_to_read(scope, name))
    return Section(
        id="funnels",
        title="On the way to an order",
        lead="How many reach each step, and conversations in which it ended.",
        follows="Charts follow period (by segment: the month), platform and segment; the lists to read are the newest of the platform.",
        blocks=tuple(blocks),
        extra={"funnels": {name: _cells(scope, name) for name in names}},
        both={name: _crossed(scope, name) for name in names},
    )


def _cells(scope: Scope, name: str) -> dict[str, Any]:
    """Steps, and by 'dimension=value', grain and period what each step has (`_step`)."""
    found = rows(
        scope.con,
        """
        select *, dimension || '=' || dimension_value as cell from analytics.funnel_steps
        where funnel = $funnel
            and (dimension in ('all', 'platform') and grain in ('week', 'month')
                or grain = 'month' and list_contains($segments, dimension || '=' || dimension_value))
            and period_start > (select max(period_start) from analytics.funnel_steps) - $days
        order by dimension, dimension_value, grain, period_start, step
        """,
        {"funnel": name, "segments": _segments(scope), "days": PERIODS["week"] * 7},
    )
    steps = {row["step"]: [row["step_name"], row["is_optional"], row["is_seen"]] for row in found}
    return {"steps": [steps[number] for number in sorted(steps)], "cells": _by_cell(found)}


def _crossed(scope: Scope, name: str) -> dict[str, Any]:
    """The cells of a platform and a segment at once in which anybody began, by month."""
    found = rows(
        scope.con,
        """
        select *, 'month' as grain,
            'platform=' || platform || '&' || family || '.' || attribute || '=' || segment as cell,
            max(entered) over (partition by period_start, platform, family, attribute, segment) as first
        from analytics.platform_segment_funnels
        where funnel = ? and list_contains(?, platform)
            and list_contains(?, family || '.' || attribute || '=' || segment)
        qualify first > 0
        order by platform, family, attribute, segment, period_start, step
        """,
        [name, filter_choices(scope)["crossed"], _segments(scope)],
    )
    return _by_cell(found)


def _segments(scope: Scope) -> list[str]:
    """What the filter offers."""
    return [f"{at['key']}={value}" for at in filter_choices(scope)["segments"] for value in at["values"]]


def _by_cell(found: list[Row]) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for row in found:
        at = cells.setdefault(row["cell"], {}).setdefault(row["grain"], {})
        steps = at.setdefault(row["period_start"], [])
        steps.append(_step(row, steps[0][0] if steps else row["entered"]))
    return cells


def _step(row: Row, first: int | None) -> list[Any]:
    """Entered, its share's interval (where enough began), went on, median seconds, open."""
    enough = (first or 0) >= LEAST_FOR_PERCENT
    ends = [row[name] if enough else None for name in ("total_interval_low", "total_interval_high")]
    values = [row["entered"], *ends, row["converted"], row["median_seconds"], row["open"]]
    return [float(f"{value:.4g}") if isinstance(value, float) else value for value in values]


def _to_read(scope: Scope, name: str) -> Table:
    """The newest entries that were dropped in a chat with words of the user."""
    found = listed(
        scope.con,
        f"""
        select missed_step_name, last_step_name, entered_date, platform, last_intent, next_touchpoint,
            conversation_key, entered_at, entry_key
        from analytics.funnel_dropoffs
        where funnel = {sql_text(name)} and conversation_key is not null and last_user_message_key is not null
        """,
        "entered_at desc, entry_key",
        MOST_TO_READ,
        OF_PLATFORM,
    )
    for row in found:
        row["conversation_key"] = scope.name(
            row["conversation_key"], f"{readable(name)}: {row['missed_step_name']} was not reached"
        )
    return Table(
        f"read-{name}",
        f"{readable(name)}: the newest that were dropped",
        (
            *(
                Column("entered_date", "Began", "date"),
                Column("last_step_name", "Got to"),
                Column("missed_step_name", "Missed"),
            ),
            *(
                Column("last_intent", "Last intent"),
                Column("platform", "Platform"),
                Column("next_touchpoint", "Then"),
                Column("conversation_key", "To read", "conversation"),
            ),
        ),
        found,
        empty="Nothing was dropped in a conversation that can be read.",
        by_platform=True,
    )
