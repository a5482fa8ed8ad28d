"""A segment whose headline metric is worse than that of the other known values, as in `segment_metrics`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._segment_tests import WEEKS
from chat_pipeline.analytics.insights._kinds import Tested, TestedKind, Told
from chat_pipeline.analytics.insights._words import against, amount, name_of
from chat_pipeline.analytics.insights._worth import worth
from chat_pipeline.analytics.insights.kinds.metric_change import headline_units

if TYPE_CHECKING:
    from chat_pipeline.analytics.insights._worth import Prices
    from chat_pipeline.settings import Settings

# What an attribute is called where its name says too little, and what its value none stands for.
WORDS = {
    "purchase_history.status": "purchase history",
    "engagement.level": "chat activity",
    "intent.intent": "usual intent",
    "intent.intent_group": "usual intent group",
    "acquisition.source": "traffic source",
    "acquisition.medium": "traffic medium",
    "technology.channel": "kind of channel",
}
NONE = {"engagement": "no chat in the 90 days before", "intent": "no chat in the 90 days before"}


def segments(settings: Settings) -> str:
    """Value of every attribute at the conversation's start."""
    return """
        select conversation_key as unit_key, family || '.' || attribute as dimension, value
        from analytics.conversation_segments
    """


def tell(test: Tested, settings: Settings, prices: Prices) -> Told:
    family, _, attribute = test.dimension.partition(".")
    word = WORDS.get(test.dimension, attribute.replace("_", " "))
    note = f" ({NONE[family]})" if test.value == "none" and family in NONE else ""
    who = f"{word} '{test.value}'{note}"
    now, rest = amount(test.estimate, test.shape), amount(test.baseline, test.shape)
    return Told(
        title=f"{name_of(test.metric)} is worse with {who}: {now} against {rest}",
        text=against(test, f"conversations with {who}", f"with any other known {word}"),
        advice="Read the conversations listed: what do these customers ask or meet that others do not?",
        evidence=(
            f"analytics.segment_metrics where metric = '{test.metric}' and family = '{family}' and attribute ="
            f" '{attribute}'"
        ),
        **worth(test, settings, prices),
    )


KIND = TestedKind(
    name="segment_worse", units=headline_units, values=segments, weeks=lambda settings: WEEKS, tell=tell
)
