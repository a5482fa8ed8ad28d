"""Retention by cohort: of those who began in a period, how many came back in each later one.

Cohorts are by the first chat or purchase, periods are the calendar's (index 0 is the cohort's own). Spans
counted in days from each person's own first day are in `retention_brackets`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._returns import FLAGGED_DAYS, returns_steps
from chat_pipeline.analytics._sql import wilson

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

# Grain: the last index that gets a row, and the fixed horizon of "in that period or later".
GRAINS = {"day": (90, 90), "week": (52, 26), "month": (24, 12)}


def retention_cohorts(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.retention_cohorts`."""
    grains = ", ".join(f"('{grain}', {last}, {horizon})" for grain, (last, horizon) in GRAINS.items())
    return f"""
    with {returns_steps(settings)},
    grains as (select * from (values {grains}) as g (grain, last_index, horizon)),
    periods as (
        select
            r.kind, g.grain, g.horizon, r.person, r.is_known_first,
            cast(date_trunc(g.grain, r.first_day) as date) as cohort_start,
            date_diff(g.grain, date_trunc(g.grain, r.first_day), date_trunc(g.grain, r.day)) as period_index
        from returns as r
        cross join grains as g
        group by all
    ),
    cohorts as (
        select
            kind, grain, cohort_start,
            sum(case when is_known_first then 1 else 0 end) as cohort_size,
            sum(case when is_known_first then 0 else 1 end) as excluded
        from periods
        where period_index = 0
        group by kind, grain, cohort_start
    ),
    actives as (
        select kind, grain, cohort_start, period_index, count(*) as active
        from periods
        where is_known_first
        group by kind, grain, cohort_start, period_index
    ),
    -- Who was last seen (within the horizon) in period n counts as "n or later" for all before it.
    furthest as (
        select kind, grain, cohort_start, last_index, count(*) as persons
        from (
            select kind, grain, cohort_start, person, max(period_index) as last_index
            from periods
            where is_known_first and period_index <= horizon
            group by kind, grain, cohort_start, person
        ) as persons
        group by kind, grain, cohort_start, last_index
    ),
    grid as (
        select
            c.*, g.horizon, reach.first_date, reach.last_date,
            unnest(generate_series(0, least(
                g.last_index, date_diff(g.grain, c.cohort_start, date_trunc(g.grain, reach.newest_date))
            ))) as period_index
        from cohorts as c
        inner join grains as g on g.grain = c.grain
        inner join reach on reach.kind = c.kind
    ),
    counted as (
        select
            grid.*, coalesce(actives.active, 0) as active,
            case when grid.period_index <= grid.horizon then
                coalesce(sum(furthest.persons) over (
                    partition by grid.kind, grid.grain, grid.cohort_start
                    order by grid.period_index desc nulls last
                ), 0)
            end as active_or_after,
            {period_end("grid.period_index")} <= grid.last_date as is_complete,
            {period_end("grid.horizon")} <= grid.last_date as is_horizon_complete
        from grid
        left join actives using (kind, grain, cohort_start, period_index)
        left join furthest
            on furthest.kind = grid.kind and furthest.grain = grid.grain
            and furthest.cohort_start = grid.cohort_start and furthest.last_index = grid.period_index
    ),
    rated as (
        select
            *, case when is_complete then cohort_size else 0 end as eligible,
            case when is_complete then cast(active as double) / nullif(cohort_size, 0) end as ratio,
            case when is_horizon_complete then cast(active_or_after as double) / nullif(cohort_size, 0) end as later
        from counted
    )
    select
        kind, grain, cohort_start, period_index, eligible, cohort_size, excluded, active, active_or_after,
        ratio as rate, {wilson("ratio", "cohort_size", "low")} as interval_low,
        {wilson("ratio", "cohort_size", "high")} as interval_high,
        later as rate_or_after, {wilson("later", "cohort_size", "low")} as interval_low_or_after,
        {wilson("later", "cohort_size", "high")} as interval_high_or_after, is_complete, is_horizon_complete,
        cohort_start < first_date + {FLAGGED_DAYS} as is_flagged
    from rated
    """


def period_end(index: str) -> str:
    """The last day of a cohort's period."""
    steps = " ".join(
        f"when grid.grain = '{grain}' then cast(grid.cohort_start + to_{grain}s(cast({index} + 1 as integer)) as date)"
        for grain in GRAINS
    )
    return f"(case {steps} end - 1)"


TABLE = AnalyticsTable(
    name="retention_cohorts",
    description=(
        "One row per kind (return_to_chat, repeat_purchase), grain, cohort and period index from 0. Cohorts are by the"
        " first engaged chat of a person with a lasting id, or the first purchase of a customer (all counted orders of"
        " a local day are one). Counts always; rates once the period has passed entirely in every source read. Indexes"
        " go to 90 days, 52 weeks, 24 months."
    ),
    columns=(
        Column("kind", "varchar", "return_to_chat or repeat_purchase."),
        Column("grain", "varchar", "day, week (from Monday) or month, in the shop's time zone."),
        Column("cohort_start", "date", "First day of the period in which the persons of the cohort began."),
        Column("period_index", "bigint", "Periods since the cohort's own, which is 0."),
        Column("eligible", "bigint", "Persons for whom the period has fully passed: the cohort, or 0."),
        Column("cohort_size", "bigint", "Persons who began in the cohort's period."),
        Column(
            "excluded",
            "bigint",
            "Further customers whose first order in the data falls here, but the shop's or CRM's record counts earlier"
            " ones.",
        ),
        Column(
            "active",
            "bigint",
            "Persons of the cohort active in the period (on n), so far if it is not complete.",
        ),
        Column(
            "active_or_after",
            "bigint",
            "Persons active in the period or a later one up to the horizon: index 90 (day), 26 (week), 12 (month); null"
            " beyond it.",
        ),
        Column(
            "rate", "double", "Share of the cohort: active / cohort_size; null until the period is complete."
        ),
        Column("interval_low", "double", "Lower bound of the 95 % Wilson interval of rate."),
        Column("interval_high", "double", "Upper bound of the 95 % Wilson interval of rate."),
        Column(
            "rate_or_after",
            "double",
            "Share of the cohort: active_or_after / cohort_size; null until the horizon is complete.",
        ),
        Column(
            "interval_low_or_after", "double", "Lower bound of the 95 % Wilson interval of rate_or_after."
        ),
        Column(
            "interval_high_or_after", "double", "Upper bound of the 95 % Wilson interval of rate_or_after."
        ),
        Column("is_complete", "boolean", "The period has passed at the cut-off of every source read."),
        Column("is_horizon_complete", "boolean", "The last period of the horizon has passed."),
        Column(
            "is_flagged", "boolean", "A cohort of the first 90 days of data: many in it had begun earlier."
        ),
    ),
    key=("kind", "grain", "cohort_start", "period_index"),
    build=retention_cohorts,
)
