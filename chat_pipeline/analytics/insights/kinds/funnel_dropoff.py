"""Steps of funnels that fewer reach than others do, or than in the weeks before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._segment_tests import WEEKS
from chat_pipeline.analytics.insights._kinds import ALL, Tested, TestedKind, Told
from chat_pipeline.analytics.insights._words import STEP, against, amount, name_of
from chat_pipeline.analytics.insights._worth import worth

if TYPE_CHECKING:
    from chat_pipeline.analytics.insights._worth import Prices
    from chat_pipeline.settings import Settings

DIMENSIONS = ("platform", "channel", "language", "bot_version", "intent_group", "acquisition")


def steps(settings: Settings) -> str:
    """An entry that reached a required step, and whether it reached the next one that anybody reached.

    Only where it can be seen: a step that no entry of an account ever reached is one that its exports don't show. If
    chats of others show it themselves, those of an account must too: web data alone, of some visits, are no measure.
    """
    return f"""
        with entries as (
            select * from analytics.funnel_entries where step = 1 and state in ('converted', 'dropped', 'open')
        ),
        required as (
            select funnel, step, step_name, lag(step) over (partition by funnel order by step nulls last) as previous
            from (
                select distinct funnel, step, step_name from analytics.funnel_entries where not is_optional
            ) as known
        ),
        accounts as (
            select
                funnel, step, platform, instance,
                max(case when record_kind in ('message', 'event') then 1 else 0 end) as is_told
            from analytics.funnel_entries
            group by funnel, step, platform, instance
        ),
        shown as (
            select * from (
                select *, max(is_told) over (partition by funnel, step) as is_told_anywhere from accounts
            ) as beside
            where is_told = is_told_anywhere
        )
        select
            '{STEP}' || e.funnel || ':' || r.step_name as metric, 'rate' as shape, e.funnel || e.entry_key as unit_key,
            coalesce(e.entry_conversation_key, e.conversation_key) as conversation_key, e.cluster,
            e.entered_date as started_date,
            case when e.state <> 'open' and e.last_step >= r.step then 1 else 0 end as numerator,
            case when e.state <> 'open' then 1 else 0 end as denominator,
            case when e.state = 'open' then 1 else 0 end as pending
        from entries as e
        inner join required as r on r.funnel = e.funnel and e.last_step >= r.previous
        inner join shown as s
            on s.funnel = r.funnel and s.step = r.step and s.platform is not distinct from e.platform
            and s.instance is not distinct from e.instance
    """


def groups(settings: Settings) -> str:
    """Where an entry began, and 'all'."""
    values = ", ".join(f"{{'dimension': '{name}', 'value': {name}}}" for name in DIMENSIONS)
    return f"""
        select funnel || entry_key as unit_key, unnest([{values}, {{'dimension': '{ALL}', 'value': '{ALL}'}}], recursive := true)
        from analytics.funnel_entries where step = 1
    """


def tell(test: Tested, settings: Settings, prices: Prices) -> Told:
    funnel, _, step = test.metric.removeprefix(STEP).partition(":")
    now, other = amount(test.estimate, test.shape), amount(test.baseline, test.shape)
    if test.dimension == ALL:
        title = f"{name_of(test.metric)} is reached by fewer than before: {now} after {other}"
        those, others = "entries that had reached the step before", "in the weeks before"
        advice = "Look at what changed that week in shop and bot (analytics.annotations), and try the step yourself."
    else:
        word = f"{test.dimension.replace('_', ' ')} '{test.value}'"
        title = f"{name_of(test.metric)} is reached by fewer with {word}: {now} against {other}"
        those, others = f"entries with {word} that had reached the step before", "others"
        advice = (
            "See first whether the signals of this step are mapped there (analytics.signals); then try the step yourself,"
            " and read the conversations listed."
        )
    return Told(
        title=title,
        text=against(test, those, others),
        advice=advice,
        evidence=f"analytics.funnel_steps and analytics.funnel_dropoffs where funnel = '{funnel}' and missed_step_name = '{step}'",
        **worth(test, settings, prices),
    )


KIND = TestedKind(name="funnel_dropoff", units=steps, values=groups, weeks=lambda settings: WEEKS, tell=tell)
