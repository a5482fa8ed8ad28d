"""Retention in spans of days from each person's own first day, by cohort. Calendar periods: `retention_cohorts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._returns import FLAGGED_DAYS, returns_steps
from chat_pipeline.analytics._sql import wilson

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

BRACKETS = ((1, 7), (8, 30), (31, 90))


def retention_brackets(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.retention_brackets`."""
    brackets = ", ".join(str(bracket) for bracket in BRACKETS)
    return f"""
    with {returns_steps(settings)},
    brackets as (select * from (values {brackets}) as b (first_offset, last_offset)),
    persons as (
        select
            r.kind, r.person, r.first_day, b.first_offset, b.last_offset,
            max(case when r.day - r.first_day between b.first_offset and b.last_offset then 1 else 0 end) as is_active,
            -- Who is short of the last day of the bracket is neither here nor there yet.
            r.first_day + b.last_offset <= reach.last_date as is_eligible, reach.first_date, r.is_known_first
        from returns as r
        inner join reach on reach.kind = r.kind
        cross join brackets as b
        group by all
    ),
    cohorts as (
        select
            kind, grain, cast(date_trunc(grain, first_day) as date) as cohort_start, first_offset, last_offset,
            first_date, sum(case when is_known_first then 1 else 0 end) as cohort_size,
            sum(case when is_known_first then 0 else 1 end) as excluded,
            sum(case when is_known_first and is_eligible then 1 else 0 end) as eligible,
            sum(case when is_known_first and is_eligible then is_active else 0 end) as active
        from persons
        cross join (values ('day'), ('week'), ('month')) as grains (grain)
        group by all
    ),
    rated as (
        select *, cast(active as double) / nullif(eligible, 0) as ratio from cohorts
    )
    select
        kind, grain, cohort_start, first_offset as first_day, last_offset as last_day, eligible, cohort_size,
        cohort_size - eligible as pending, excluded, active, ratio as rate,
        {wilson("ratio", "eligible", "low")} as interval_low,
        {wilson("ratio", "eligible", "high")} as interval_high,
        eligible = cohort_size as is_complete, cohort_start < first_date + {FLAGGED_DAYS} as is_flagged
    from rated
    """


TABLE = AnalyticsTable(
    name="retention_brackets",
    description=(
        "One row per kind (return_to_chat, repeat_purchase), grain, cohort and bracket of days 1-7, 8-30, 31-90 after a"
        " person's own first day. Persons whose bracket has not passed entirely are pending, those already back too."
    ),
    columns=(
        Column("kind", "varchar", "return_to_chat or repeat_purchase."),
        Column(
            "grain",
            "varchar",
            "Grain of the cohort: day, week (from Monday) or month, in the shop's time zone.",
        ),
        Column("cohort_start", "date", "First day of the period in which the persons of the cohort began."),
        Column("first_day", "bigint", "First day of the bracket, counted from the person's first (0)."),
        Column("last_day", "bigint", "Last day of the bracket."),
        Column("eligible", "bigint", "Persons for whom every day of the bracket has passed."),
        Column("cohort_size", "bigint", "Persons who began in the cohort's period."),
        Column("pending", "bigint", "Persons for whom it has not."),
        Column(
            "excluded",
            "bigint",
            "Further customers whose first order in the data falls here, but the shop's or CRM's record counts earlier"
            " ones.",
        ),
        Column("active", "bigint", "Eligible persons who came back on a day of the bracket."),
        Column("rate", "double", "Share of those eligible who were active: active / eligible."),
        Column("interval_low", "double", "Lower bound of the 95 % Wilson interval."),
        Column("interval_high", "double", "Upper bound of the 95 % Wilson interval."),
        Column("is_complete", "boolean", "Nobody is pending."),
        Column(
            "is_flagged", "boolean", "A cohort of the first 90 days of data: many in it had begun earlier."
        ),
    ),
    key=("kind", "grain", "cohort_start", "first_day"),
    build=retention_brackets,
)
