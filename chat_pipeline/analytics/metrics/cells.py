"""Units rolled up to cells: a metric, a period and a value of a dimension; with sums by person for the variance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import shop_date

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

GRAINS = ("day", "week", "month")
# Dimension: the column of `dimensioned`. 'all' keeps none. An instance means nothing without its platform.
DIMENSIONS = {
    "platform": "platform",
    "instance": "instance_name",
    "channel": "channel",
    "language": "language",
    "intent_group": "intent_group",
    "bot_version": "bot_version",
    "acquisition": "acquisition",
}
COVERED = ("platform", "instance", "channel")


def dimensioned_step() -> str:
    """Steps `metric_names` and `dimensioned`: units with their periods and the values of all dimensions at the
    conversation's start. Numbers stand for metrics and persons: millions of rows are grouped by them."""
    return """
    metric_names as (
        select *, row_number() over (order by metric, shape, unit) as metric_id
        from (select distinct metric, shape, unit from metric_units) as names
    ),
    dimensioned as (
        select
            n.metric_id, u.platform, u.platform || '/' || u.instance as instance_name, u.channel,
            hash(u.cluster) as cluster, u.shape = 'seconds' as is_time,
            u.numerator, u.denominator, u.pending, u.excluded_test, u.excluded_other, u.started_date as day,
            cast(date_trunc('week', u.started_date) as date) as week,
            cast(date_trunc('month', u.started_date) as date) as month,
            coalesce(nullif(lower(substr(c.language, 1, 2)), ''), 'unknown') as language,
            coalesce(c.primary_intent_group, 'unknown') as intent_group,
            coalesce(c.bot_version, 'unknown') as bot_version,
            case
                when w.web_session_key is null then 'unknown'
                else coalesce(w.source, '(direct)') || ' / ' || coalesce(w.medium, '(none)')
            end as acquisition
        from metric_units as u
        inner join metric_names as n on n.metric = u.metric and n.shape = u.shape and n.unit = u.unit
        left join marts.fct_conversations as c on c.conversation_key = u.conversation_key
        left join marts.fct_web_sessions as w
            on w.web_session_key = case when u.conversation_key is null then u.unit_key else c.web_session_key end
    )"""


def grouping_sets(*kept: str) -> str:
    """Grouping sets of every grain and dimension, with further columns."""
    sets = [
        ", ".join(("metric_id", grain, *dimension, *kept))
        for grain in GRAINS
        for dimension in ((), *((column,) for column in DIMENSIONS.values()))
    ]
    return ", ".join(f"({names})" for names in sets)


def cell_columns() -> str:
    """Grain, period_start, dimension and dimension_value of a row of `grouping_sets`."""
    grain = " ".join(f"when grouping({grain}) = 0 then '{grain}'" for grain in GRAINS)
    dimension = " ".join(f"when grouping({column}) = 0 then '{name}'" for name, column in DIMENSIONS.items())
    value = " ".join(f"when grouping({column}) = 0 then {column}" for column in DIMENSIONS.values())
    return f"""
        metric_id, case {grain} end as grain, coalesce({", ".join(GRAINS)}) as period_start,
        case {dimension} else 'all' end as dimension, case {value} else 'all' end as dimension_value"""


def cells_steps() -> str:
    """Steps ending in `cells`: sums of each cell, with sums of products by person. Covered days without units are 0."""
    key = "metric, shape, unit, grain, period_start, dimension, dimension_value"
    return f"""
    clustered as (
        select
            {cell_columns()},
            cast(sum(numerator) as bigint) as total, max(numerator) as most,
            min(case when excluded_test + excluded_other = 0 then numerator end) as least_of_all,
            cast(sum(denominator) as bigint) as m_total, max(denominator) as m_most,
            sum(pending) as pending, sum(excluded_test) as excluded_test, sum(excluded_other) as excluded_other
        from dimensioned
        group by grouping sets ({grouping_sets("cluster")})
    ),
    shaped as (
        select
            {key},
            case shape
                when 'persons_any' then most
                when 'persons_rate' then most
                when 'persons_all' then coalesce(least_of_all, 0)
                else total
            end as x,
            case shape when 'persons_rate' then m_most else m_total end as m, pending, excluded_test, excluded_other
        from clustered
        inner join metric_names using (metric_id)
    ),
    cells as (
        select
            {key}, cast(sum(x) as bigint) as x, cast(sum(m) as bigint) as m, cast(sum(pending) as bigint) as pending,
            cast(sum(excluded_test) as bigint) as excluded_test, cast(sum(excluded_other) as bigint) as excluded_other,
            sum(case when m > 0 then 1 else 0 end) as persons,
            -- Whole numbers: sums of fractions would depend on their order.
            sum(cast(x as hugeint) * x) as xx, sum(cast(x as hugeint) * m) as xm, sum(cast(m as hugeint) * m) as mm
        from (
            select * from shaped
            union all
            select {key}, 0, 0, 0, 0, 0 from covered
        ) as rows_of_cells
        group by {key}
    )"""


def covered_steps(settings: Settings) -> str:
    """Steps `metric_sources` (accounts behind a metric) and `covered`: cells of every day that one of them covers."""
    seen = "select distinct metric, shape, unit, platform, instance from metric_units"
    dimensions = "', '".join(("all", *COVERED))
    return f"""
    metric_sources as (
        select
            seen.*, greatest(s.first_date, chats.chat_first) as first_date, s.last_date,
            -- The day of the cut-off itself has not passed.
            {shop_date("s.cutoff_at", settings)} - 1 as last_whole_date
        from ({seen}) as seen
        inner join sources as s
            on s.platform = seen.platform and s.instance = seen.instance and s.kind in ('chat', 'web', 'ticket')
        cross join (select min(first_date) as chat_first from sources where kind = 'chat') as chats
    ),
    covered as (
        select distinct
            days.metric, days.shape, days.unit, grains.grain,
            cast(date_trunc(grains.grain, days.day) as date) as period_start, dimensions.dimension,
            case dimensions.dimension
                when 'all' then 'all' when 'platform' then days.platform
                when 'instance' then days.platform || '/' || days.instance else channels.channel
            end as dimension_value
        from (
            select *, unnest(generate_series(first_date, last_date, interval 1 day)) as day from metric_sources
        ) as days
        inner join (select distinct metric, platform, instance, channel from metric_units) as channels
            on channels.metric = days.metric and channels.platform = days.platform
            and channels.instance = days.instance
        cross join (select unnest(['{"', '".join(GRAINS)}']) as grain) as grains
        cross join (select unnest(['{dimensions}']) as dimension) as dimensions
    )"""
