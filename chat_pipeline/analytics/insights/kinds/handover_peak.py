"""Hours of the week in which more conversations are handed over to a human than in the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics.insights._kinds import Tested, TestedKind, Told
from chat_pipeline.analytics.insights._words import against, amount
from chat_pipeline.analytics.insights._worth import worth
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    from chat_pipeline.analytics.insights._worth import Prices
    from chat_pipeline.settings import Settings

# An hour comes once a week: so many weeks bring the persons together that a test needs.
WEEKS = 12
DAYS = ("", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def handovers(settings: Settings) -> str:
    """Units of the hand-over rate."""
    return """
        select
            metric, shape, unit_key, conversation_key, cluster, started_date, numerator, denominator, pending
        from metric_units
        where metric = 'escalation_rate' and conversation_key is not null
    """


def hours(settings: Settings) -> str:
    """Day (1: Monday) and hour of the start in the shop's time zone, such as 1-09."""
    local = f"timezone({sql_text(settings.shop.time_zone)}, timezone('UTC', started_at))"
    return f"""
        select
            conversation_key as unit_key, 'hour_of_week' as dimension,
            isodow({local}) || '-' || lpad(cast(hour({local}) as varchar), 2, '0') as value
        from marts.fct_conversations where started_at is not null
    """


def tell(test: Tested, settings: Settings, prices: Prices) -> Told:
    number, _, hour = test.value.partition("-")
    when = f"on {DAYS[int(number)]}s from {hour}:00 to {(int(hour) + 1) % 24:02}:00"
    return Told(
        title=(
            f"More hand-overs {when}: {amount(test.estimate, test.shape)} of the conversations, at other times"
            f" {amount(test.baseline, test.shape)}"
        ),
        text=against(test, f"conversations begun {when}", "begun at other times"),
        advice="Plan agents for this hour, and read what the bot could have answered itself.",
        evidence="analytics.conversation_outcomes where outcome = 'escalated', by hour of marts.fct_conversations.started_at",
        **worth(test, settings, prices),
    )


KIND = TestedKind(
    name="handover_peak", units=handovers, values=hours, weeks=lambda settings: WEEKS, tell=tell
)
