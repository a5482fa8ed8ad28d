"""A headline metric of the last complete week against the weeks before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._segment_tests import GOALS, HEADLINES
from chat_pipeline.analytics.insights._kinds import ALL, Tested, TestedKind, Told
from chat_pipeline.analytics.insights._words import against, amount, is_worse, name_of
from chat_pipeline.analytics.insights._worth import worth

if TYPE_CHECKING:
    from chat_pipeline.analytics.insights._worth import Prices
    from chat_pipeline.settings import Settings


def headline_units(settings: Settings) -> str:
    """Units of the headline metrics that a conversation is a unit of."""
    return f"""
        select
            metric, shape, unit_key, conversation_key, cluster, started_date, numerator, denominator, pending
        from metric_units
        where (metric in {HEADLINES} or starts_with(metric, '{GOALS}')) and conversation_key is not null
            and shape in ('rate', 'seconds')
    """


def everything(settings: Settings) -> str:
    """Each conversation under 'all'."""
    return f"select conversation_key as unit_key, '{ALL}' as dimension, '{ALL}' as value from marts.fct_conversations"


def tell(test: Tested, settings: Settings, prices: Prices) -> Told:
    name, worse = name_of(test.metric), is_worse(test)
    rose = test.comparison.difference > 0
    before, now = amount(test.baseline, test.shape), amount(test.estimate, test.shape)
    return Told(
        title=f"{name} {'rose' if rose else 'fell'} from {before} to {now}",
        text=against(test, "conversations", f"in the up to {settings.insights.weeks_before} weeks before"),
        advice=(
            "Look at what changed that week (analytics.annotations: bot versions, outages, campaigns), then read the"
            " conversations listed."
            if worse
            else "Find out what helped (analytics.annotations) and keep it."
        ),
        evidence=f"analytics.metrics where metric = '{test.metric}' and grain = 'week' and dimension = 'all'",
        **worth(test, settings, prices),
    )


KIND = TestedKind(
    name="metric_change",
    units=headline_units,
    values=everything,
    weeks=lambda settings: 1,
    tell=tell,
    tells_of_better=True,
)
