"""The headline metrics: a tile each, with its chart, table and definition a click away; all others in a table."""

from __future__ import annotations

from chat_pipeline.reporting import charts
from chat_pipeline.reporting.parts import Chart, Column, Scope, Section
from chat_pipeline.reporting.published import rows

# Of what is not there, what would bring it.
FILLED_BY = {
    "csat": "No ratings are in the exports: ask for one after the chat, and map it under [signals.csat] in the settings.",
    "chatbot_influenced_retention": "No first purchase can be judged: it takes orders of a shop, CRM or GA4, and 90 days after the first of them.",
    "goal_completion_rate": "No conversation entered this goal: see its signals under [goals] in the settings.",
    "average_resolution_time_median": "No export tells when the bot replied.",
    "fallback_rate": "Nothing can be judged yet: conversations count 24 hours after their last message.",
}
COLUMNS = (
    *(Column("period", "From", "date"), Column("said", "Value"), Column("between", "95 % interval")),
    *(
        Column("n", "Counted", "count"),
        Column("d", "Of", "count"),
        Column("p", "Still waiting", "count"),
        Column("state", "State"),
    ),
)
KINDS = {"share 0 to 1": "share", "seconds": "seconds", "points 1 to 5": "number", "shop's currency": "money"}


def section(scope: Scope) -> Section:
    defined = rows(
        scope.con,
        "select metric, title, value_unit, numerator, denominator, waits_for from analytics.metric_definitions order by metric",
    )
    if not rows(scope.con, "select 1 as one from analytics.metrics limit 1"):
        return Section(
            "numbers",
            "The numbers",
            "",
            missing="No conversations are loaded: put an export of a chat platform into exports/ and run chat-pipeline sync.",
        )
    return Section(
        id="numbers",
        title="The numbers",
        lead="One period at a time, against the one before it. Open a tile for its course, table and definition.",
        follows="Follows period, platform and segment.",
        template="numbers",
        extra={
            "charts": {kind: charts.trend(kind) for kind in ("share", "count", "seconds", "number", "money")},
            "kinds": {row["metric"]: KINDS.get(row["value_unit"], "count") for row in defined},
            "columns": COLUMNS,
            "filled_by": FILLED_BY,
        },
    )


def trend_chart(metric: str, title: str, kind: str, definition: str) -> Chart:
    """The course of a metric, as a chart of another section."""
    return Chart(
        f"trend-{metric}",
        title,
        definition,
        charts.trend(kind),
        COLUMNS,
        view="trend",
        params={"metric": metric},
    )
