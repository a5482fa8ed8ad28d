"""What the shop wants to reach, and whether it is on its way."""

from __future__ import annotations

from chat_pipeline.analytics.insights._words import name_of
from chat_pipeline.reporting.parts import Column, Scope, Section, Table
from chat_pipeline.reporting.published import Row, rows
from chat_pipeline.reporting.words import percent, readable

COLUMNS = (
    *(
        Column("objective", "Objective"),
        Column("metric", "Metric"),
        Column("segment", "For"),
        Column("now", "Now"),
        Column("target", "Target"),
    ),
    *(Column("by_date", "By", "date"), Column("projected", "Where it heads"), Column("status", "Standing")),
)


def section(scope: Scope) -> Section:
    found = rows(
        scope.con,
        """
        select objectives.*, definitions.value_unit from analytics.objectives as objectives
        left join analytics.metric_definitions as definitions on definitions.metric = objectives.metric
        order by by_date, objective
        """,
    )
    if not found:
        return Section(
            "objectives",
            "Objectives",
            "",
            missing="No objective is named under [objectives] in the settings.",
        )
    return Section(
        id="objectives",
        title="Objectives",
        lead="Measured on the last complete month; the projection is a straight line through the months so far.",
        follows="Not filtered.",
        blocks=(Table("objectives", "Objectives", COLUMNS, [_row(row) for row in found]),),
    )


def _row(row: Row) -> Row:
    def said(value: float | None) -> str:
        if value is None:
            return "not known yet"
        return f"{percent(value)}" if row["value_unit"] == "share 0 to 1" else f"{value:,.1f}"

    return {
        **row,
        "objective": readable(row["objective"]),
        "metric": name_of(row["metric"]),
        "now": said(row["current_value"]),
        "target": said(row["target_value"]),
        "projected": said(row["projected_value"]),
        "status": readable(row["status"]) if row["status"] else "",
    }
