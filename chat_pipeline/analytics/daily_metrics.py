"""The headline metrics of each day: numerator, denominator, what was left out, interval.

Units are laid out by `_daily_units.py`; here they are rolled up and turned into rates. Sums over the rows
of this table are never needed: every `all` row is computed from the facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._daily_units import units_steps
from chat_pipeline.analytics._sql import wilson

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

# A satisfaction value of fewer ratings says nothing.
LEAST_RATINGS = 10
# Which dimensions keep their value; the others read 'all'. An instance means nothing without its platform.
ROLL_UPS = (
    ("platform", "instance", "channel"),
    ("platform", "instance"),
    ("platform", "channel"),
    ("platform",),
    ("channel",),
    (),
)


def daily_metrics(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.daily_metrics`."""
    return f"""
    with {units_steps(con, settings)},
    {cells_steps()},
    {interval_steps()}
    select
        date, platform, instance, channel, metric, unit, numerator, denominator, excluded, excluded_test, pending,
        case when has_interval or not is_rate then ratio end as value,
        case when has_interval then {wilson("ratio", "units_alike", "low")} end as interval_low,
        case when has_interval then {wilson("ratio", "units_alike", "high")} end as interval_high
    from sized
    """


def cells_steps() -> str:
    """Steps ending in `cells`: a row per metric, day and cell of the roll-ups, with sums by person for the variance."""
    sets = ", ".join(
        "(" + ", ".join(("metric", "unit", "is_rate", "date", "cluster", *kept)) + ")" for kept in ROLL_UPS
    )
    return f"""
    clustered as (
        select
            metric, unit, is_rate, date,
            case when grouping(platform) = 1 then 'all' else platform end as platform,
            case when grouping(instance) = 1 then 'all' else instance end as instance,
            case when grouping(channel) = 1 then 'all' else channel end as channel,
            sum(numerator) as x, sum(denominator) as m, sum(pending) as pending,
            sum(excluded_test) as excluded_test, sum(excluded_other) as excluded_other
        from units
        group by grouping sets ({sets})
    ),
    cells as (
        select
            metric, unit, is_rate, date, platform, instance, channel,
            cast(sum(x) as bigint) as numerator,
            case when is_rate then cast(sum(m) as bigint) end as denominator,
            cast(sum(excluded_test + excluded_other) as bigint) as excluded,
            cast(sum(excluded_test) as bigint) as excluded_test,
            cast(sum(pending) as bigint) as pending,
            sum(case when m > 0 then 1 else 0 end) as persons,
            -- Whole numbers: sums of fractions would depend on their order.
            sum(x * x) as xx, sum(x * m) as xm, sum(m * m) as mm
        from clustered
        group by metric, unit, is_rate, date, platform, instance, channel
    )"""


def interval_steps() -> str:
    """Steps `valued` and `sized`: the ratio, and n / deff, the number of independent units it is worth.

    deff = variance of the ratio linearised by person over the binomial one, at least 1. A share of 0 or 1 and a
    single person have no variance to compare: n is the number of persons then.
    """
    return f"""
    valued as (
        select
            *,
            case when is_rate then cast(numerator as double) / nullif(denominator, 0) else numerator end as ratio
        from cells
    ),
    sized as (
        select
            *,
            case
                when ratio <= 0 or ratio >= 1 or persons <= 1 then cast(persons as double)
                else denominator / greatest(
                    1.0,
                    (cast(xx as double) - 2 * ratio * cast(xm as double) + ratio * ratio * cast(mm as double))
                    / nullif(denominator * ratio * (1 - ratio), 0)
                )
            end as units_alike,
            is_rate and not (metric like 'csat%' and denominator < {LEAST_RATINGS}) as has_interval
        from valued
    )"""


TABLE = AnalyticsTable(
    name="daily_metrics",
    description=(
        "One row per shop day, platform, instance, channel and metric. What happens in or after a conversation counts"
        " on the day it started. 'all' in platform, instance or channel is that dimension rolled up, computed from the"
        " facts: (platform, instance, channel), (platform, instance, all), (platform, all, channel), (platform, all,"
        " all), (all, all, channel), (all, all, all). A day between a source's first and newest event has a row, with 0"
        " where nothing happened; a day it does not cover has none; an 'all' row stands where any source covers"
        " the day."
    ),
    columns=(
        Column("date", "date", "Day in the shop's time zone."),
        Column("platform", "varchar", "Platform (chat_start_rate: the web analytics source), or 'all'."),
        Column("instance", "varchar", "Account of the platform, or 'all'."),
        Column(
            "channel", "varchar", "Channel of the conversation ('unknown', web sessions: 'web'), or 'all'."
        ),
        Column(
            "metric",
            "varchar",
            "conversation_volume and its parts conversations_engaged, _bounced, _outbound; chat_start_rate; csat (all"
            " scales pooled) and csat:<scale>; fallback_turn_rate; goal_completion_rate:<goal>.",
        ),
        Column("unit", "varchar", "What the denominator counts (of a volume: the numerator)."),
        Column("numerator", "bigint", "Units that fulfil the metric; a part of the denominator."),
        Column("denominator", "bigint", "Matured units; null for volumes."),
        Column(
            "excluded",
            "bigint",
            "Units left out for good: test traffic; csat: ratings on a scale that says nothing of satisfaction; goals"
            " reached after the chat: conversations with neither a person nor a web session.",
        ),
        Column("excluded_test", "bigint", "The part of `excluded` that is test traffic."),
        Column(
            "pending",
            "bigint",
            "Units too young at the cut-off of every source the metric reads, successes too; in neither numerator nor"
            " denominator.",
        ),
        Column("value", "double", "Numerator / denominator, or the volume; csat: null under 10 ratings."),
        Column("interval_low", "double", "Lower bound of the 95 % Wilson interval, clustered by person."),
        Column("interval_high", "double", "Upper bound of the 95 % Wilson interval, clustered by person."),
    ),
    key=("date", "platform", "instance", "channel", "metric"),
    build=daily_metrics,
)
