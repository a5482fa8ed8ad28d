"""When people write."""

from __future__ import annotations

from chat_pipeline.reporting import charts
from chat_pipeline.reporting.parts import Chart, Column, Scope, Section
from chat_pipeline.reporting.published import rows
from chat_pipeline.reporting.sections.numbers import trend_chart

HOURS = (
    *(
        Column("day", "Day"),
        Column("hour", "Hour", "count"),
        Column("value", "Per hour", "number"),
        Column("total", "In all", "count"),
    ),
    Column("hours", "Hours seen", "count"),
)


def section(scope: Scope) -> Section:
    if not rows(scope.con, "select 1 as one from analytics.hour_of_week where conversations > 0 limit 1"):
        return Section(
            "volume",
            "When people write",
            "",
            missing="A complete week of conversations is needed: any export of a chat platform fills this.",
        )
    return Section(
        id="volume",
        title="When people write",
        lead="Conversations begun, by the shop's clock.",
        follows="Follows the platform; the trend also period and segment.",
        blocks=(
            Chart(
                "hours",
                "Conversations by hour of the week",
                "Conversations begun in an hour of the week, over the last 13 complete weeks, per week that a source covers. Test traffic is left out.",
                charts.week_of_hours(),
                HOURS,
                view="hours",
                params={"field": "conversations"},
            ),
            trend_chart(
                "conversation_volume",
                "Conversations over time",
                "count",
                "Conversations started in the period: engaged, bounced and outbound ones.",
            ),
        ),
        extra={"hours": hours(scope)},
    )


def hours(scope: Scope) -> dict[str, list[list[float]]]:
    """By 'all=all' or 'platform=...': weekday, hour, hours covered, conversations, escalated, answered by agents."""
    found = rows(
        scope.con,
        """
        select dimension || '=' || dimension_value as cell, weekday, hour, hours, conversations, escalated, agent_answered
        from analytics.hour_of_week where dimension in ('all', 'platform') order by cell, weekday, hour
        """,
    )
    cells: dict[str, list[list[float]]] = {}
    for row in found:
        cells.setdefault(row.pop("cell"), []).append(list(row.values()))
    return cells
