"""Every headline metric by period and dimension, in one tall table.

Units are laid out by `_units.py`, numbered in `rows.py`, rolled up in `cells.py`, turned into values in `values.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._units import ensure_units
from chat_pipeline.analytics.metrics.cells import create_cells
from chat_pipeline.analytics.metrics.crossed import CROSSED
from chat_pipeline.analytics.metrics.values import valued_steps
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def metrics(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.metrics`."""
    ensure_units(con, settings)
    create_cells(con, settings)
    return f"""
    with {valued_steps(settings)},
    {reach_steps()}
    select
        v.metric, v.unit, v.grain, v.period_start, v.dimension, v.dimension_value, v.numerator, v.denominator,
        v.excluded_test + v.excluded_other as excluded, v.excluded_test, v.pending, v.value, v.interval_low,
        v.interval_high,
        {IS_COMPLETE} as is_complete,
        v.is_additive
    from valued as v
    left join reach
        on reach.metric = v.metric
        and reach.dimension = case when v.dimension in ('platform', 'instance') then v.dimension else 'all' end
        and reach.dimension_value = case when v.dimension in ('platform', 'instance') then v.dimension_value else 'all' end
    where not starts_with(v.dimension, {sql_text(CROSSED)})
    """


# Of a cell `v` whose accounts are `reach`.
IS_COMPLETE = """coalesce(
            v.period_start >= reach.first_date and v.pending = 0
            and v.period_start + case v.grain when 'day' then interval 0 day when 'week' then interval 6 day
                else interval 1 month - interval 1 day end <= reach.last_whole_date,
            false
        )"""


def reach_steps() -> str:
    """Step `reach`: from which day on to which all accounts behind a metric's cell have data."""
    return """
    accounts as (
        select distinct n.metric, s.platform, s.instance, s.first_date, s.last_whole_date
        from metric_sources as s
        inner join metric_names as n on n.metric_id = s.metric_id
    ),
    reach as (
        select
            metric || name as metric, dimension, dimension_value, min(first_date) as first_date,
            min(last_whole_date) as last_whole_date
        from (
            select metric, 'all' as dimension, 'all' as dimension_value, first_date, last_whole_date from accounts
            union all
            select metric, 'platform', platform, first_date, last_whole_date from accounts
            union all
            select metric, 'instance', instance, first_date, last_whole_date from accounts
        ) as behind
        -- Percentiles are metrics of their own.
        cross join (values (''), ('_median'), ('_p90')) as names (name)
        group by metric, name, dimension, dimension_value
    )"""


TABLE = AnalyticsTable(
    name="metrics",
    description=(
        "One row per metric, grain, period and value of a dimension ('all': the shop). What happens in or after a"
        " conversation counts in the period in which it started. Every row is computed from the facts: persons, medians"
        " and percentiles of a week are not those of its days. All, platform, instance and channel have a row for each"
        " period that a source covers, with 0 where nothing happened; a period that none covers has no row; the other"
        " dimensions have rows where there are units. Segments are those at the conversation's start, by week and month only;"
        " of a web session its own technology and acquisition."
    ),
    columns=(
        Column("metric", "varchar", "Metric (docs/metrics.md); _median and _p90 of a time are metrics of their own."),
        Column("unit", "varchar", "What the denominator counts (of a count: the numerator)."),
        Column("grain", "varchar", "day, week (ISO, from Monday) or month, in the shop's time zone."),
        Column("period_start", "date", "First day of the period."),
        Column(
            "dimension",
            "varchar",
            "all, platform, instance, channel, language, intent_group (primary one), bot_version, acquisition (source /"
            " medium of the linked web session), or <family>.<attribute> of conversation_segments (by week and month).",
        ),
        Column("dimension_value", "varchar", "Value of the dimension; an instance as platform/instance; 'unknown' is one."),
        Column(
            "numerator",
            "bigint",
            "Units that fulfil the metric, a part of the denominator; seconds of a time; cents of a cost.",
        ),
        Column("denominator", "bigint", "Matured units; null for counts."),
        Column("excluded", "bigint", "Units left out for good: test traffic, and what the metric can't be seen in."),
        Column("excluded_test", "bigint", "Units of `excluded` that are test traffic."),
        Column("pending", "bigint", "Units too young at the cut-off of every source the metric reads, successes too."),
        Column(
            "value",
            "double",
            "Share 0 to 1, count, mean rating, seconds or the shop's currency; null without units, csat under 10 ratings.",
        ),
        Column(
            "interval_low",
            "double",
            "Lower bound of the 95 % interval: Wilson's clustered by person, normal by person for means, order statistics"
            " for percentiles; null for counts and costs.",
        ),
        Column("interval_high", "double", "Upper bound of the 95 % interval."),
        Column(
            "is_complete",
            "boolean",
            "The period is covered from its first day on, has passed at every source behind it, and nothing is pending.",
        ),
        Column(
            "is_additive",
            "boolean",
            "Numerators and denominators may be summed over periods and values; false for persons and percentiles.",
        ),
    ),
    key=("metric", "grain", "period_start", "dimension", "dimension_value"),
    build=metrics,
    needs=("conversation_outcomes", "conversation_segments"),
)  # fmt: skip
