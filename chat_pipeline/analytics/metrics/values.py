"""Values and intervals of cells: shares, means, percentiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import Z, wilson
from chat_pipeline.analytics._unit_outcomes import MILLIONTHS

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

KEY = "metric, unit, grain, period_start, dimension, dimension_value"
COUNTS = "pending, excluded_test, excluded_other"


def valued_steps(settings: Settings) -> str:
    """Steps ending in `valued`: every cell with numerator, denominator, value, interval and is_additive.

    deff = variance of the ratio linearised by person over the binomial one, at least 1. A share of 0 or 1 and a single
    person have no variance to compare: n is the number of persons then. Means: normal interval by person.
    """
    few = f"metric like 'csat%' and not starts_with(metric, 'csat_response_rate') and m < {settings.outcomes.least_ratings}"
    share = "shape in ('rate', 'persons_rate')"
    mean = "shape in ('mean', 'seconds')"
    return f"""
    ratios as (
        select
            *, xx - 2 * ratio * xm + ratio * ratio * mm as spread
        from (
            select n.metric, n.unit, n.shape, c.*, cast(c.x as double) / nullif(c.m, 0) as ratio
            from metric_cells as c
            inner join metric_names as n on n.metric_id = c.metric_id
        ) as divided
    ),
    sized as (
        select
            *,
            case
                when ratio <= 0 or ratio >= 1 or persons <= 1 then cast(persons as double)
                else m / greatest(1.0, spread / nullif(m * ratio * (1 - ratio), 0))
            end as units_alike,
            case when persons > 1 then {Z} * sqrt(greatest(spread, 0) * persons / (persons - 1)) / m end as half
        from ratios
    ),
    valued as (
        select
            {KEY}, shape,
            case when shape = 'money' then cast(round(x / {MILLIONTHS // 100}) as bigint) else x end as numerator,
            case when shape not in ('count', 'persons_any', 'persons_all') then m end as denominator, {COUNTS},
            case
                when shape in ('count', 'persons_any', 'persons_all') then x
                when shape = 'money' then ratio / {MILLIONTHS}
                when not ({few}) then ratio
            end as value,
            case when {few} then null when {share} then {wilson("ratio", "units_alike", "low")}
                when {mean} then ratio - half end as interval_low,
            case when {few} then null when {share} then {wilson("ratio", "units_alike", "high")}
                when {mean} then ratio + half end as interval_high,
            shape not like 'persons%' as is_additive
        from sized
        union all
        select
            n.metric || '_' || t.name, n.unit, t.grain, t.period_start, t.dimension, t.dimension_value, n.shape,
            null, t.units, 0, 0, 0, t.value, t.low, t.high, false
        from metric_times as t
        inner join metric_names as n on n.metric_id = t.metric_id
    )"""
