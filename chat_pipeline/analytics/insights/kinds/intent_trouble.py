"""Intents whose conversations end in a fallback or are abandoned more often than others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._segment_tests import WEEKS
from chat_pipeline.analytics.insights._kinds import Tested, TestedKind, Told
from chat_pipeline.analytics.insights._words import against, amount, did
from chat_pipeline.analytics.insights._worth import worth

if TYPE_CHECKING:
    from chat_pipeline.analytics.insights._worth import Prices
    from chat_pipeline.settings import Settings


def troubles(settings: Settings) -> str:
    """Units of fallback and abandonment rate."""
    return """
        select
            metric, shape, unit_key, conversation_key, cluster, started_date, numerator, denominator, pending
        from metric_units
        where metric in ('fallback_rate', 'abandonment_rate') and conversation_key is not null
    """


def intents(settings: Settings) -> str:
    """The conversation's primary intent."""
    return """
        select conversation_key as unit_key, 'intent' as dimension, primary_intent as value
        from marts.fct_conversations where primary_intent is not null
    """


def tell(test: Tested, settings: Settings, prices: Prices) -> Told:
    return Told(
        title=(
            f"Conversations about '{test.value}' {did(test.metric)} more often: {amount(test.estimate, test.shape)}"
            f" against {amount(test.baseline, test.shape)}"
        ),
        text=against(test, f"conversations about '{test.value}'", "about anything else"),
        advice=(
            "Add the wordings the bot did not understand to its training (marts.unanswered_questions)."
            if test.metric == "fallback_rate"
            else "Read where they stop: shorten that dialogue, or answer before asking back."
        ),
        evidence=f"analytics.conversation_outcomes with marts.fct_conversations where primary_intent = '{test.value}'",
        **worth(test, settings, prices),
    )


KIND = TestedKind(
    name="intent_trouble", units=troubles, values=intents, weeks=lambda settings: WEEKS, tell=tell
)
