"""Hand-overs to humans: when they come, and how long the tickets take."""

from __future__ import annotations

from chat_pipeline.reporting import charts
from chat_pipeline.reporting.parts import Chart, Scope, Section
from chat_pipeline.reporting.published import rows
from chat_pipeline.reporting.sections.numbers import trend_chart
from chat_pipeline.reporting.sections.volume import HOURS

CLOSE = "escalation_close_time_median"
ESCALATED = (
    "Engaged conversations handed over to a human, or that should have been, of all that can be judged."
)
CLOSED = "From the first user message of an escalated conversation to the close of the person's first ticket opened up to 3 days after."


def section(scope: Scope) -> Section:
    if not _has(scope, "analytics.hour_of_week where escalated > 0 or agent_answered > 0"):
        return Section(
            "staffing",
            "Hand-overs and staffing",
            "",
            missing="No hand-over to a human is in the exports: map the bot's hand-over action or intent under [signals.handoff] in the settings.",
        )
    blocks = [
        _handovers(),
        _answered(),
        trend_chart("escalation_rate", "Escalation rate", "share", ESCALATED),
    ]
    if _has(scope, f"analytics.metrics where metric = '{CLOSE}' and value is not null"):
        blocks.append(trend_chart(CLOSE, "Time to the ticket's close, median", "seconds", CLOSED))
    return Section(
        id="staffing",
        title="Hand-overs and staffing",
        lead="When people are needed.",
        follows="Follows the platform; the trends also period and segment.",
        blocks=tuple(blocks),
    )


def _handovers() -> Chart:
    return Chart(
        "handovers",
        "Hand-overs by hour of the week",
        "Conversations begun in the hour that were handed over, or should have been, per week covered, over the last 13 complete weeks.",
        charts.week_of_hours(),
        HOURS,
        view="hours",
        params={"field": "escalated"},
    )


def _answered() -> Chart:
    return Chart(
        "agents",
        "Conversations answered by humans, by hour of the week",
        "Conversations begun in the hour in which a human agent wrote, per week covered, over the last 13 complete weeks.",
        charts.week_of_hours(),
        HOURS,
        view="hours",
        params={"field": "agents"},
    )


def _has(scope: Scope, which: str) -> bool:
    return bool(rows(scope.con, f"select 1 as one from {which} limit 1"))
