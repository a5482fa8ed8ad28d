"""What each metric counts, unit by unit: the TEMP table `metric_units`. Nothing is summed or divided here.

Segments, experiments, insights and objectives read it too, so that no metric is defined twice. A table whose build
calls `ensure_units` needs `conversation_outcomes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import cutoff_of, is_apart, seconds_of, sources_steps
from chat_pipeline.analytics._unit_goals import goal_person_units, goal_units, goals_of
from chat_pipeline.analytics._unit_outcomes import (
    automation_units,
    cost_units,
    outcome_rates,
    time_units,
)
from chat_pipeline.analytics._unit_rows import (
    VOLUMES,
    chat_start_units,
    chatter_units,
    csat_units,
    fallback_units,
    lead_units,
    volume_units,
)
from chat_pipeline.analytics._unit_web import retention_units, session_units
from chat_pipeline.analytics._web_sessions import web_steps

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

COLUMNS = (
    *("metric", "shape", "unit", "unit_key", "conversation_key", "customer_key", "cluster", "platform", "instance"),
    *("channel", "started_date", "numerator", "denominator", "pending", "excluded_test", "excluded_other"),
)  # fmt: skip


def ensure_units(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Make the TEMP table `metric_units` unless the connection has it.

    A row per metric and unit (conversation; web session, ticket): metric, shape, unit (what the denominator counts),
    unit_key, conversation_key (null of web sessions and tickets), customer_key, cluster (the person, else the unit),
    platform, instance, channel, started_date, numerator, denominator, pending, excluded_test, excluded_other. A unit
    that is pending or excluded is 0 in numerator and denominator.

    `shape` says how units make a value: count (sum of numerators), rate (sum / sum), persons_any and persons_all
    (persons with any, with only units of numerator 1), persons_rate (persons with a numerator / with a denominator),
    mean (sum / sum, no share), seconds (mean, median and 90th percentile of numerator where denominator is 1), money
    (millionths of the shop's currency / sum).
    """
    made = con.execute(
        "select 1 from duckdb_tables() where temporary and table_name = 'metric_units'"
    ).fetchall()
    if not made:
        selects = " union all ".join(_selects(con, settings))
        con.execute(
            f"create temp table metric_units as with {chats_steps(settings)}, {web_steps(settings)}"
            f" select {', '.join(COLUMNS)} from ({selects}) as units"
        )


def _selects(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[str]:
    return [
        *(volume_units(*volume) for volume in VOLUMES),
        *csat_units(settings),
        *fallback_units(),
        *outcome_rates(),
        *time_units(),
        *chatter_units(),
        automation_units(settings),
        *cost_units(settings),
        lead_units(),
        *(goal_units(goal) for goal in goals_of(con, settings)),
        *(goal_person_units(goal) for goal in goals_of(con, settings)),
        chat_start_units(settings),
        *session_units(),
        retention_units(settings),
    ]


def chats_steps(settings: Settings) -> str:
    """Steps ending in `chats`: conversations with their outcomes and the cut-offs that each kind of number waits for."""
    with_web = f"least(sources.cutoff_at, {cutoff_of('web')})"
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
    asked as (
        select platform, instance from marts.fct_conversations group by platform, instance
        having max(case when is_rating_asked then 1 else 0 end) = 1
    ),
    chats as (
        select
            c.*, c.started_date as date, coalesce(nullif(c.channel, ''), 'unknown') as channel_name,
            c.conversation_key as unit_key,
            coalesce(c.person_key, c.conversation_key) as cluster,
            {is_apart(settings, "c.is_test")} as is_apart,
            c.is_chat_engaged and row_number() over (
                partition by c.person_key, c.is_chat_engaged, {is_apart(settings, "c.is_test")}
                order by c.started_at, c.conversation_key
            ) = 1 as is_first,
            o.* exclude (
                conversation_key, platform, instance, person_key, started_date, is_test, handoff_kind
            ),
            o.state in ('open', 'pending') and c.is_chat_engaged as is_unjudged,
            coalesce(c.ended_at + to_seconds({seconds_of(settings.outcomes.rated_within)}) > case
                when has_feedback then {with_web} else sources.cutoff_at end, true) as is_rating_young,
            (not coalesce(c.is_closed, false) or coalesce(c.ended_at > case
                when has_fallback then {with_web} else sources.cutoff_at end, true)) as is_fallback_young,
            asked.platform is not null as is_asking_logged,
            sources.cutoff_at,
            reached.conversation_key is not null as has_goal
        from marts.fct_conversations as c
        inner join sources
            on sources.kind = 'chat' and sources.platform = c.platform and sources.instance = c.instance
        inner join analytics.conversation_outcomes as o on o.conversation_key = c.conversation_key
        left join web_signals on web_signals.platform = c.platform and web_signals.instance = c.instance
        left join asked on asked.platform = c.platform and asked.instance = c.instance
        left join (
            select distinct g.conversation_key
            from marts.fct_conversation_goals as g
            inner join analytics.conversation_outcomes as o on o.conversation_key = g.conversation_key
            where g.completed_at <= o.judged_at
        ) as reached on reached.conversation_key = c.conversation_key
    )"""
