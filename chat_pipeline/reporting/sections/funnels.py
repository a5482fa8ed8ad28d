"""How far people get on the way to an order, and who to read."""

from __future__ import annotations

from typing import Any

from chat_pipeline.reporting import charts
from chat_pipeline.reporting.choices import MOST_VALUES
from chat_pipeline.reporting.figures import PERIODS
from chat_pipeline.reporting.parts import Chart, Column, Scope, Section, Table
from chat_pipeline.reporting.published import Row, rows
from chat_pipeline.reporting.words import readable

MOST_TO_READ = 8
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
        follows="Charts follow period (a month serves best), and platform or segment; the lists to read are not filtered.",
        blocks=tuple(blocks),
        extra={"funnels": {name: _cells(scope, name) for name in names}},
    )


def _cells(scope: Scope, name: str) -> dict[str, Any]:
    """Steps, and by 'dimension=value', grain and period what each step has: entered, total rate with its
    interval, went on (rate), median seconds, open."""
    found = rows(
        scope.con,
        """
        with sums as (
            select dimension, dimension_value, sum(entered) as entered from analytics.funnel_steps
            where funnel = $funnel and step = 1 and grain = 'month' and contains(dimension, '.')
            group by dimension, dimension_value
        ),
        chosen as (
            select dimension, dimension_value from sums
            qualify row_number() over (partition by dimension order by entered desc, dimension_value) <= $values
        )
        select steps.* from analytics.funnel_steps as steps
        left join chosen on chosen.dimension = steps.dimension and chosen.dimension_value = steps.dimension_value
        where steps.funnel = $funnel
            and (steps.dimension in ('all', 'platform') or (chosen.dimension is not null and steps.grain = 'month'))
            and steps.grain in ('week', 'month')
            and steps.period_start > (select max(period_start) from analytics.funnel_steps) - $days
        order by steps.dimension, steps.dimension_value, steps.grain, steps.period_start, steps.step
        """,
        {"funnel": name, "values": MOST_VALUES, "days": PERIODS["week"] * 7},
    )
    steps = {row["step"]: [row["step_name"], row["is_optional"], row["is_seen"]] for row in found}
    cells: dict[str, Any] = {}
    for row in found:
        at = cells.setdefault(f"{row['dimension']}={row['dimension_value']}", {}).setdefault(row["grain"], {})
        at.setdefault(row["period_start"], []).append(_step(row))
    return {"steps": [steps[number] for number in sorted(steps)], "cells": cells}


def _step(row: Row) -> list[Any]:
    fields = (
        "entered",
        "total_rate",
        "total_interval_low",
        "total_interval_high",
        "converted",
        "median_seconds",
        "open",
    )
    return [float(f"{value:.4g}") if isinstance(value := row[name], float) else value for name in fields]


def _to_read(scope: Scope, name: str) -> Table:
    """The newest entries that were dropped, from the steps that lose most."""
    found = rows(
        scope.con,
        """
        select missed_step_name, last_step_name, entered_date, platform, last_intent, next_touchpoint, conversation_key
        from analytics.funnel_dropoffs
        where funnel = ? and conversation_key is not null and last_user_message_key is not null
        order by entered_at desc, entry_key limit ?
        """,
        [name, MOST_TO_READ],
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
    )
