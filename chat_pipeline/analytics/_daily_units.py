"""What each daily metric counts, unit by unit: steps ending in `units`. Nothing is summed or divided here.

A row of `units` is a unit (a conversation, a web session) as seen by a metric: metric, unit, is_rate, date,
platform, instance, channel, cluster (the person, else the unit itself), numerator, denominator, pending,
excluded_test, excluded_other; a unit that is pending or excluded is 0 in numerator and denominator. A row
of zeros stands for every day, channel and metric that a source covers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._daily_goals import Goal, goal_units, goals_of
from chat_pipeline.analytics._daily_rows import (
    VOLUMES,
    chat_start_units,
    csat_units,
    fallback_units,
    volume_units,
)
from chat_pipeline.analytics._sql import cutoff_of, is_apart, sources_steps
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def units_steps(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """All steps, from the sources to `units`."""
    goals = goals_of(con, settings)
    with_web = f"least(sources.cutoff_at, {cutoff_of('web')})"
    chat_units = [
        *(volume_units(*volume) for volume in VOLUMES),
        csat_units("'csat'"),
        csat_units("'csat:' || coalesce(rating_scale, 'unknown')"),
        fallback_units(),
        *(goal_units(goal) for goal in goals),
    ]
    return f"""
    {sources_steps(settings)},
    -- Where GA4 tells of ratings or fallbacks, these wait for its data too.
    web_signals as (
        select
            platform, instance,
            max(case when event_type = 'feedback' then 1 else 0 end) = 1 as has_feedback,
            max(case when event_type = 'fallback' then 1 else 0 end) = 1 as has_fallback
        from marts.fct_conversation_events
        where signal_source = 'ga4'
        group by platform, instance
    ),
    chats as (
        select
            c.*, c.started_date as date, coalesce(nullif(c.channel, ''), 'unknown') as channel_name,
            coalesce(c.person_key, c.conversation_key) as cluster,
            {is_apart(settings, "c.is_test")} as is_apart,
            sources.cutoff_at,
            case when has_feedback then {with_web} else sources.cutoff_at end as rating_cutoff_at,
            case when has_fallback then {with_web} else sources.cutoff_at end as fallback_cutoff_at
        from marts.fct_conversations as c
        inner join sources
            on sources.kind = 'chat' and sources.platform = c.platform and sources.instance = c.instance
        left join web_signals on web_signals.platform = c.platform and web_signals.instance = c.instance
    ),
    chat_units as ({" union all ".join(chat_units)}),
    web_units as ({chat_start_units(settings)}),
    units as (
        select * from chat_units
        union all
        select * from web_units
        union all
        {covered_units(goals)}
    )"""


def covered_units(goals: list[Goal]) -> str:
    """Rows of zeros: every metric, channel and day that a source covers (scales of ratings: as seen)."""
    metrics = [
        *((metric, unit, "false") for metric, unit, _ in VOLUMES),
        ("csat", "rated conversations", "true"),
        ("fallback_turn_rate", "text turns put to the bot", "true"),
        *((goal.metric, goal.unit, "true") for goal in goals),
    ]
    rows = ", ".join(
        f"({sql_text(metric)}, {sql_text(unit)}, {is_rate})" for metric, unit, is_rate in metrics
    )
    return f"""
    select
        metric, unit, is_rate, cast(unnest(generate_series(first_date, last_date, interval 1 day)) as date) as date,
        platform, instance, channel, null as cluster, 0 as numerator, 0 as denominator, 0 as pending,
        0 as excluded_test, 0 as excluded_other
    from (
        select distinct platform, instance, channel_name as channel, m.metric, m.unit, m.is_rate
        from chats
        cross join (values {rows}) as m (metric, unit, is_rate)
        union
        select distinct platform, instance, channel, metric, unit, is_rate from chat_units
    ) as seen
    inner join sources using (platform, instance)
    where kind = 'chat'
    union all
    select
        'chat_start_rate', 'web sessions', true,
        cast(unnest(generate_series(greatest(first_date, chat_first_date), last_date, interval 1 day)) as date),
        platform, instance, 'web', null, 0, 0, 0, 0, 0
    from sources
    cross join (select min(first_date) as chat_first_date from sources where kind = 'chat') as chat_days
    where kind = 'web' and chat_first_date is not null"""
