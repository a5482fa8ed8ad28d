"""Hand-overs to humans: when they come, and how long the tickets take."""

from __future__ import annotations

from chat_pipeline.reporting import charts
from chat_pipeline.reporting.parts import Chart, Scope, Section
from chat_pipeline.reporting.published import rows
from chat_pipeline.reporting.sections.numbers import trend_chart
from chat_pipeline.reporting.sections.volume import HOURS


def section(scope: Scope) -> Section:
    if not rows(
        scope.con,
        "select 1 as one from analytics.hour_of_week where escalated > 0 or agent_answered > 0 limit 1",
    ):
        return Section(
            "staffing",
            "Hand-overs and staffing",
            "",
            missing="No hand-over to a human is in the exports: map the bot's hand-over action or intent under [signals.handoff] in the settings.",
        )
    blocks = [
        Chart(
            "handovers",
            "Hand-overs by hour of the week",
            "Conversations begun in the hour that were handed over, or should have been, per week covered, over the last 13 complete weeks. Staff where it is dark.",
            charts.week_of_hours(),
            HOURS,
            view="hours",
            params={"field": "escalated"},
        ),
        Chart(
            "agents",
            "Conversations answered by humans, by hour of the week",
            "Conversations begun in the hour in which a human agent wrote, per week covered, over the last 13 complete weeks.",
            charts.week_of_hours(),
            HOURS,
            view="hours",
            params={"field": "agents"},
        ),
        trend_chart(
            "escalation_rate",
            "Escalation rate",
            "share",
            "Engaged conversations handed over to a human, or that should have been, of all that can be judged.",
        ),
    ]
    if rows(
        scope.con,
        "select 1 as one from analytics.metrics where metric = 'escalation_close_time_median' and value is not null limit 1",
    ):
        blocks.append(
            trend_chart(
                "escalation_close_time_median",
                "Time to the ticket's close, median",
                "seconds",
                "From the first user message of an escalated conversation to the close of the person's first ticket opened up to 3 days after.",
            )
        )
    return Section(
        id="staffing",
        title="Hand-overs and staffing",
        lead="When people are needed.",
        follows="Follows the platform; the trends also period and segment.",
        blocks=tuple(blocks),
    )
