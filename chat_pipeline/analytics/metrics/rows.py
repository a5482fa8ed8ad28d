"""Units in numbers: TEMP tables that the cells are summed from. What a metric counts is said in `_units.py`.

Millions of rows are grouped again and again: metrics, units and values are numbers in them, and the texts stand once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._technology import acquisition_name
from chat_pipeline.analytics.metrics.covered import GRAINS

if TYPE_CHECKING:
    import duckdb


def create_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Make `metric_names`, `metric_profiles`, `metric_rows`, `metric_repeats_<grain>` and `metric_seconds`.

    metric_names(metric_id, metric, shape, unit, is_of_visits: no unit is a conversation's); metric_profiles: a row per unit with its periods, cluster and the
    values of the dimensions at the conversation's start; metric_rows(metric_id, id of the unit, its five numbers);
    metric_repeats_<grain>(metric_id, period_start, person, id, ...): of persons with several units of a metric in a
    period, numbered per metric and period; metric_seconds(metric_id, id, seconds): of metrics that measure time.
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
            cast(u.excluded_other as integer) as excluded_other, starts_with(u.shape, 'persons') as is_of_persons,
            -- Counts and money have no interval.
            u.shape in ('rate', 'mean', 'seconds') and u.denominator > 0 as is_measured, n.is_of_visits
        from metric_units as u
        inner join metric_names as n on n.metric = u.metric and n.shape = u.shape and n.unit = u.unit
        inner join metric_profiles as p on p.unit_key = u.unit_key
    """)
    for grain in GRAINS:
        con.execute(f"create or replace temp table metric_repeats_{grain} as {_repeats(grain)}")
    con.execute("""
        create or replace temp table metric_seconds as
        select r.metric_id, r.id, r.is_of_visits, r.numerator as seconds
        from metric_rows as r
        inner join metric_names as n on n.metric_id = r.metric_id
        where n.shape = 'seconds' and r.denominator = 1
    """)


def _repeats(grain: str) -> str:
    """SELECT of `metric_repeats_<grain>`. Who has one unit is left out: what the unit says is what the person did."""
    return f"""
    with measured as (
        select
            r.metric_id, p.{grain} as period_start, p.cluster, r.id, r.numerator, r.denominator, r.is_of_visits
        from metric_rows as r
        inner join metric_profiles as p on p.id = r.id
        where r.is_measured
    ),
    persons as (
        select metric_id, period_start, cluster, cast(row_number() over () as integer) as person
        from measured
        group by metric_id, period_start, cluster
        having count(*) > 1
    )
    select m.* exclude (cluster), k.person
    from measured as m
    inner join persons as k
        on k.metric_id = m.metric_id and k.period_start = m.period_start and k.cluster = m.cluster"""


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
        cast(row_number() over () as integer) as id, u.unit_key, u.conversation_key, u.cluster, u.day, u.week, u.month,
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
