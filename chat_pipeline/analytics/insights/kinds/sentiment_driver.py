"""Intents and bot versions whose conversations sound worse than the rest, as in `sentiment_drivers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sentiment_units import units_steps
from chat_pipeline.analytics.insights._kinds import Tested, TestedKind, Told
from chat_pipeline.analytics.insights._words import against, amount
from chat_pipeline.analytics.sentiment_drivers import DIMENSIONS

if TYPE_CHECKING:
    from chat_pipeline.analytics.insights._worth import Prices
    from chat_pipeline.settings import Settings


def scores(settings: Settings) -> str:
    """A conversation's mean score in ten-thousandths, over ten thousand."""
    return f"""
        with {units_steps(settings)}
        select
            'sentiment' as metric, 'score' as shape, conversation_key as unit_key, conversation_key, cluster,
            started_date, points as numerator, 10000 as denominator, 0 as pending
        from units
    """


def drivers(settings: Settings) -> str:
    values = ", ".join(f"{{'dimension': '{name}', 'value': {value}}}" for name, value in DIMENSIONS.items())
    return f"select conversation_key as unit_key, unnest([{values}], recursive := true) from marts.fct_conversations"


def tell(test: Tested, settings: Settings, prices: Prices) -> Told:
    word = test.dimension.replace("_", " ")
    return Told(
        title=(
            f"Conversations with {word} '{test.value}' sound worse: {amount(test.estimate, test.shape)} against"
            f" {amount(test.baseline, test.shape)} on a scale from -1 to 1"
        ),
        text=against(test, f"conversations with {word} '{test.value}'", "others"),
        advice="Read the conversations listed, the worst first.",
        evidence=f"analytics.sentiment_drivers where dimension = '{test.dimension}' and dimension_value = '{test.value}'",
    )


KIND = TestedKind(
    name="sentiment_driver",
    units=scores,
    values=drivers,
    weeks=lambda settings: settings.sentiment.driver_weeks,
    tell=tell,
)
