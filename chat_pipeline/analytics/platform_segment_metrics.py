"""The headline metrics by platform and segment at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._units import ensure_units
from chat_pipeline.analytics.metrics import IS_COMPLETE, reach_steps
from chat_pipeline.analytics.metrics.cells import create_cells
from chat_pipeline.analytics.metrics.crossed import BETWEEN, CROSSED, MONTHS, WEEKS
from chat_pipeline.analytics.metrics.values import valued_steps
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def platform_segment_metrics(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.platform_segment_metrics`."""
    if not con.execute(
        "select 1 from duckdb_tables() where temporary and table_name = 'metric_cells'"
    ).fetchall():
        ensure_units(con, settings)
        create_cells(con, settings)
    return f"""
    with {valued_steps(settings)},
    {reach_steps()},
    crossed as (
        select
            *, split_part(dimension_value, {BETWEEN}, 1) as platform,
            substr(dimension, {len(CROSSED) + 1}) as attribute_name,
            max(period_start) over (partition by grain) as newest
        from valued
        where starts_with(dimension, {sql_text(CROSSED)}) and dimension_value <> ''
    )
    select
        v.metric, v.unit, v.grain, v.period_start, v.platform, split_part(v.attribute_name, '.', 1) as family,
        split_part(v.attribute_name, '.', 2) as attribute,
        substr(v.dimension_value, length(v.platform) + 2) as segment,
        v.numerator, v.denominator, v.pending, v.value, v.interval_low, v.interval_high,
        {IS_COMPLETE} as is_complete, v.is_additive
    from crossed as v
    left join reach
        on v.metric in (reach.metric, reach.metric || '_median', reach.metric || '_p90')
        and reach.dimension = 'platform' and reach.dimension_value = v.platform
    where v.grain = 'month' or v.period_start > v.newest - interval {WEEKS} week
    """


TABLE = AnalyticsTable(
    name="platform_segment_metrics",
    description=(
        "One row per headline metric, grain, period, platform and value of a segment's attribute: `metrics` by both at"
        f" once, computed from the facts in the same way, for the newest {WEEKS} weeks and {MONTHS} months. Segments are"
        " those at the conversation's start; web sessions and tickets without a conversation have none and are not in it."
        " Rows are where there are units; most hold few, so look at the denominator first."
    ),
    columns=(
        Column("metric", "varchar", "Metric, as in `metrics`: the headline ones."),
        Column("unit", "varchar", "What the denominator counts (of a count: the numerator)."),
        Column("grain", "varchar", "week (ISO, from Monday) or month, in the shop's time zone."),
        Column("period_start", "date", "First day of the period."),
        Column("platform", "varchar", "Platform of the conversation."),
        Column("family", "varchar", "Family of the attribute, as in `conversation_segments`."),
        Column("attribute", "varchar", "Attribute, as in `conversation_segments`."),
        Column("segment", "varchar", "Its value at the conversation's start; 'unknown' is one."),
        Column("numerator", "bigint", "Units that fulfil the metric; seconds of a time."),
        Column("denominator", "bigint", "Matured units; null for counts."),
        Column("pending", "bigint", "Units too young at the cut-off of every source the metric reads."),
        Column("value", "double", "Share 0 to 1, count or seconds; null without units, csat under 10 ratings."),
        Column("interval_low", "double", "Lower bound of the 95 % interval, as in `metrics`."),
        Column("interval_high", "double", "Upper bound of the 95 % interval."),
        Column("is_complete", "boolean", "As in `metrics`, by the accounts of the platform."),
        Column("is_additive", "boolean", "Numerators and denominators may be summed; false for percentiles."),
    ),
    key=("metric", "grain", "period_start", "platform", "family", "attribute", "segment"),
    build=platform_segment_metrics,
    needs=("metrics",),
)  # fmt: skip
