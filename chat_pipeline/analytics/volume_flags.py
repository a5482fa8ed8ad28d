"""Conversation volumes beside what was usual: trailing means, changes, days out of range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._unit_rows import VOLUMES

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

WEEKS = 8
LEAST_DAYS = 28
SPREADS = 3
# Makes the median absolute deviation the standard deviation of a normal distribution.
SCALE = 1.4826
SERIES = "metric, dimension, dimension_value"


def volume_flags(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.volume_flags`."""
    names = ", ".join(f"'{metric}'" for metric, _, _ in VOLUMES)
    return f"""
    with volumes as (
        select metric, dimension, dimension_value, grain, period_start, numerator as conversations
        from analytics.metrics
        where metric in ({names}) and is_complete and dimension in ('all', 'platform', 'instance', 'channel')
    ),
    days as (select * from volumes where grain = 'day'),
    {_usual_steps()}
    select
        v.*, means.mean_7, means.mean_28,
        p.conversations as previous, cast(v.conversations as double) / nullif(p.conversations, 0) - 1 as change,
        y.conversations as year_before,
        cast(v.conversations as double) / nullif(y.conversations, 0) - 1 as change_on_year,
        u.expected, u.spread, (v.conversations - u.expected) / u.spread as spreads_off,
        case
            when u.expected is null then null when v.conversations > u.expected + {SPREADS} * u.spread then 'high'
            when v.conversations < u.expected - {SPREADS} * u.spread then 'low' else 'usual'
        end as flag
    from volumes as v
    left join volumes as p
        on p.metric = v.metric and p.dimension = v.dimension and p.dimension_value = v.dimension_value
        and p.grain = v.grain and p.period_start = case v.grain
            when 'month' then cast(v.period_start - interval 1 month as date) else v.period_start - 7 end
    left join volumes as y
        on y.metric = v.metric and y.dimension = v.dimension and y.dimension_value = v.dimension_value
        and y.grain = v.grain and y.period_start = case v.grain
            when 'month' then cast(v.period_start - interval 1 year as date) else v.period_start - 364 end
    left join means
        on v.grain = 'day' and means.metric = v.metric and means.dimension = v.dimension
        and means.dimension_value = v.dimension_value and means.period_start = v.period_start
    left join usual as u
        on v.grain = 'day' and u.metric = v.metric and u.dimension = v.dimension
        and u.dimension_value = v.dimension_value and u.period_start = v.period_start
    """


def _usual_steps() -> str:
    """Steps `means` (whole spans only) and `usual` (expected count and spread of days with enough days before)."""
    spans = ", ".join(
        f"case when count(*) over last_{n} = {n} then avg(conversations) over last_{n} end as mean_{n}"
        for n in (7, 28)
    )
    windows = ", ".join(
        f"last_{n} as (partition by {SERIES} order by period_start range between interval {n - 1} day preceding"
        " and current row)"
        for n in (7, 28)
    )
    series = ", ".join(f"d.{name}" for name in SERIES.split(", "))
    same = " and ".join(f"b.{name} = d.{name}" for name in SERIES.split(", "))
    return f"""
    means as (select {SERIES}, period_start, {spans} from days window {windows}),
    before as (
        select
            {series}, d.period_start, isodow(d.period_start) as own_weekday, isodow(b.period_start) as weekday,
            b.conversations
        from days as d
        inner join days as b
            on {same} and b.period_start < d.period_start and b.period_start >= d.period_start - {7 * WEEKS}
    ),
    centred as (
        select *, median(conversations) over (partition by {SERIES}, period_start, weekday) as middle from before
    ),
    residuals as (
        select
            *, (conversations - middle) / sqrt(greatest(middle, 1)) as residual,
            median((conversations - middle) / sqrt(greatest(middle, 1))) over (partition by {SERIES}, period_start)
                as middle_residual
        from centred
    ),
    usual as (
        select
            {SERIES}, period_start, max(case when weekday = own_weekday then middle end) as expected,
            greatest(1, {SCALE} * median(abs(residual - middle_residual)))
                * sqrt(greatest(max(case when weekday = own_weekday then middle end), 1)) as spread
        from residuals
        group by {SERIES}, period_start
        having count(*) >= {LEAST_DAYS} and max(case when weekday = own_weekday then 1 else 0 end) = 1
    )"""


TABLE = AnalyticsTable(
    name="volume_flags",
    description=(
        "One row per volume (as in metrics), dimension (all, platform, instance, channel), value, grain and complete"
        " period: the count beside the periods before, and of days whether it is out of the usual range. A day is flagged"
        " over 3 spreads from the median of its weekday in the 8 weeks before; the spread is pooled over the 56 days."
    ),
    columns=(
        Column("metric", "varchar", "conversation_volume or one of its parts."),
        Column("dimension", "varchar", "all, platform, instance or channel."),
        Column("dimension_value", "varchar", "Value of the dimension; 'all' for the shop."),
        Column("grain", "varchar", "day, week (from Monday) or month, in the shop's time zone."),
        Column("period_start", "date", "First day of the period."),
        Column("conversations", "bigint", "Conversations started."),
        Column("mean_7", "double", "Mean of the 7 days up to this one, if all are covered; days only."),
        Column("mean_28", "double", "Mean of the 28 days up to this one, if all are covered; days only."),
        Column("previous", "bigint", "Of the period before; of a day: of the same weekday a week before."),
        Column("change", "double", "conversations / previous - 1; null without."),
        Column(
            "year_before",
            "bigint",
            "Of the same month a year before; of days and weeks 364 days before (the same weekday).",
        ),
        Column("change_on_year", "double", "conversations / year_before - 1; null without."),
        Column(
            "expected",
            "double",
            "Median of that weekday's counts in the 8 weeks before; null for weeks and months, and with under 28 covered days.",
        ),
        Column(
            "spread",
            "double",
            "Root of expected times the scaled median absolute deviation (at least 1) of (count - its weekday's median) /"
            " root of that median over the 56 days before.",
        ),
        Column("spreads_off", "double", "(conversations - expected) / spread."),
        Column("flag", "varchar", "high or low beyond 3 spreads, else usual; null without expected."),
    ),
    key=("metric", "dimension", "dimension_value", "grain", "period_start"),
    build=volume_flags,
    needs=("metrics",),
)
