"""Units in numbers: TEMP tables that the cells are summed from. What a metric counts is said in `_units.py`.

Millions of rows are grouped again and again: metrics, units and values are numbers in them, and the texts stand once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._technology import acquisition_name

if TYPE_CHECKING:
    import duckdb


def create_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Make `metric_names`, `metric_profiles` and `metric_rows`.

    metric_names(metric_id, metric, shape, unit, is_of_visits: no unit is a conversation's); metric_profiles: a row per unit
    with its periods, cluster and the values of the dimensions at the conversation's start, numbered from 0, visits without
    a conversation last; metric_rows(metric_id, id of the unit, its five numbers).
    """
    con.execute(f"create or replace temp table metric_profiles as {_profiles()}")
    con.execute("""
        create or replace temp table metric_names as
        select cast(row_number() over (order by metric, shape, unit) as smallint) as metric_id, *
        from (
            select u.metric, u.shape, u.unit, max(p.conversation_key) is null as is_of_visits
            from metric_units as u
            inner join metric_profiles as p on p.unit_key = u.unit_key
            group by u.metric, u.shape, u.unit
        ) as names
    """)
    con.execute("""
        create or replace temp table metric_rows as
        select
            n.metric_id, p.id, u.numerator, cast(u.denominator as integer) as denominator,
            cast(u.pending as integer) as pending, cast(u.excluded_test as integer) as excluded_test,
            cast(u.excluded_other as integer) as excluded_other
        from metric_units as u
        inner join metric_names as n on n.metric = u.metric and n.shape = u.shape and n.unit = u.unit
        inner join metric_profiles as p on p.unit_key = u.unit_key
    """)


def _profiles() -> str:
    """SELECT of a row per unit."""
    return f"""
    with units as (
        select
            unit_key, min(conversation_key) as conversation_key, hash(min(cluster)) as cluster,
            min(platform) as platform, min(instance) as instance, min(channel) as channel, min(started_date) as day
        from metric_units
        group by unit_key
    ),
    dated as (
        select
            *, cast(date_trunc('week', day) as date) as week, cast(date_trunc('month', day) as date) as month
        from units
    )
    select
        cast(row_number() over (order by u.conversation_key is null and w.web_session_key is not null) - 1 as integer) as id, u.unit_key, u.conversation_key, u.cluster, u.day, u.week, u.month,
        u.platform, u.platform || '/' || u.instance as instance, u.channel,
        coalesce(nullif(lower(substr(c.language, 1, 2)), ''), 'unknown') as language,
        coalesce(c.primary_intent_group, 'unknown') as intent_group,
        coalesce(c.bot_version, 'unknown') as bot_version,
        {acquisition_name("w")} as acquisition,
        case when u.conversation_key is null then w.web_session_key end as web_session_key
    from dated as u
    left join marts.fct_conversations as c on c.conversation_key = u.conversation_key
    left join marts.fct_web_sessions as w
        on w.web_session_key = case when u.conversation_key is null then u.unit_key else c.web_session_key end
    """
