"""How many entries of each funnel reach each step, by period and dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._clustered import units_alike
from chat_pipeline.analytics._funnel_cells import (
    DIMENSIONS,
    GRAINS,
    SEGMENT_GRAINS,
    Dimensions,
    create_cells,
)
from chat_pipeline.analytics._funnel_plans import plans_of
from chat_pipeline.analytics._segment_columns import ensure_segment_columns
from chat_pipeline.analytics._sql import run_date, wilson
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.analytics._funnel_cells import Dimensions
    from chat_pipeline.analytics._funnel_chain import Plan
    from chat_pipeline.settings import Settings


def funnel_steps(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.funnel_steps`."""
    dimensions: Dimensions = {name: (column, GRAINS) for name, column in DIMENSIONS.items()}
    segments = segment_dimensions(con, settings)
    dimensions |= {name: (column, SEGMENT_GRAINS) for name, column in segments.items()}
    return rated_steps(con, settings, dimensions)


def segment_dimensions(con: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, str]:
    """The attributes of segments, and of each an entry's value."""
    found = ensure_segment_columns(con, settings)
    return {name: f"coalesce(s.{column}, 'unknown')" for name, column in found.items()}


def rated_steps(
    con: duckdb.DuckDBPyConnection, settings: Settings, dimensions: Dimensions, among: str = "true"
) -> str:
    """SELECT of the steps of all funnels in the cells of these dimensions, with rates and intervals."""
    plans = plans_of(con, settings)
    create_cells(con, {plan.name: len(plan.steps) for plan in plans}, dimensions, among)
    return f"""
    with {_planned(plans)},
    {_rate_steps()}
    select
        *, {wilson("step_rate", "step_units", "low")} as step_interval_low,
        {wilson("step_rate", "step_units", "high")} as step_interval_high,
        {wilson("total_rate", "total_units", "low")} as total_interval_low,
        {wilson("total_rate", "total_units", "high")} as total_interval_high,
        first_open = 0 and period_end <= {run_date(settings)} as is_complete
    from rated
    """


def _planned(plans: list[Plan]) -> str:
    """Step `planned`: every step of the funnels that are followed, those that no source can show too."""
    rows = [
        f"({sql_text(p.name)}, {sql_text(p.unit)}, {s.number}, {sql_text(s.name)}, {s.is_optional}, {s.is_seen})"
        for p in plans
        for s in p.steps
    ]
    values = ", ".join(rows or ["('', '', 0, '', false, false)"])
    columns = "funnel, unit, step, step_name, is_optional, is_seen"
    return f"planned as (select * from (values {values}) as p ({columns}))"


def _rate_steps() -> str:
    """Step `rated`: the two rates of a step and what their intervals rest on."""
    # A step that no source can show was not passed by nobody: it is not known.
    seen = ", ".join(
        f"case when p.is_seen then c.{name} end as {name}" for name in ("entered", "converted", "open")
    )
    return f"""
    filled as (
        select
            p.*, c.grain, c.dimension, c.dimension_value, date '1970-01-01' + c.period as period_start, {seen},
            c.excluded_test, c.excluded_unidentified, c.persons, c.xx, c.xm, c.mm, c.median_seconds, c.first_entered, c.first_open,
            c.first_persons as t_persons, c.mm as t_xx, c.first_m as t_xm, c.first_mm as t_mm
        from funnel_cells as c
        inner join planned as p on p.funnel = c.funnel and p.step = c.step
    ),
    ratios as (
        select
            *, cast(converted as double) / nullif(entered, 0) as step_rate, entered - converted as dropped,
            cast(entered as double) / nullif(first_entered, 0) as total_rate,
            cast(period_start + case grain
                when 'day' then interval 1 day when 'week' then interval 7 day else interval 1 month
            end as date) as period_end
        from filled
    ),
    rated as (
        select
            *, {units_alike("step_rate", "entered")} as step_units,
            {units_alike("total_rate", "first_entered", "t_")} as total_units
        from ratios
    )"""


TABLE = AnalyticsTable(
    name="funnel_steps",
    description=(
        "One row per funnel, grain, period, dimension, value and step. An entry counts, with all its steps, in the period in"
        " which it began. Rates only from entries whose window has passed at the cut-off of every source that the"
        " funnel reads; younger ones are `open`, successes too. A period in which no entry began has no rows; entries of"
        " different days add up, rates and medians don't. Dimensions are those of the chat or visit in which the"
        " entry began, segments those at that chat's start; each is exclusive and adds up to 'all'."
    ),
    columns=(
        Column("funnel", "varchar", "Name of the funnel in settings."),
        Column("unit", "varchar", "What enters: conversation or customer."),
        Column("grain", "varchar", "day, week (from Monday) or month, in the shop's time zone."),
        Column("period_start", "date", "First day of the period in which the entries began."),
        Column(
            "dimension",
            "varchar",
            "all, platform, instance, channel, language, bot_version, intent_group, acquisition, or <family>.<attribute> of"
            " conversation_segments (by week and month).",
        ),
        Column(
            "dimension_value",
            "varchar",
            "Value of the dimension; 'all'; an instance as platform/instance; acquisition as source / medium.",
        ),
        Column("step", "integer", "Number of the step, from 1."),
        Column("step_name", "varchar", "Its name in settings."),
        Column(
            "is_optional",
            "boolean",
            "Nobody is held up by it; its dropped ones are among those of the step before.",
        ),
        Column(
            "is_seen",
            "boolean",
            "Some source of the home can show it; else its counts are null and it is left out.",
        ),
        Column("entered", "bigint", "Matured entries that reached the step."),
        Column(
            "converted",
            "bigint",
            "Of these, entries that reached a later required step; of the last step all.",
        ),
        Column("dropped", "bigint", "Matured entries that went no further: entered - converted."),
        Column(
            "open",
            "bigint",
            "Entries too young to be judged that have reached the step, whatever came next; in no rate.",
        ),
        Column("step_rate", "double", "Share of the matured entries: converted / entered."),
        Column(
            "step_interval_low", "double", "Lower bound of its 95 % Wilson interval, clustered by person."
        ),
        Column(
            "step_interval_high", "double", "Upper bound of its 95 % Wilson interval, clustered by person."
        ),
        Column(
            "total_rate", "double", "entered / entries of step 1; of the last step the funnel's conversion."
        ),
        Column(
            "total_interval_low", "double", "Lower bound of its 95 % Wilson interval, clustered by person."
        ),
        Column(
            "total_interval_high", "double", "Upper bound of its 95 % Wilson interval, clustered by person."
        ),
        Column(
            "median_seconds",
            "double",
            "Median seconds from the required step before, of matured entries that reached this one; null for step 1.",
        ),
        Column(
            "excluded_test", "bigint", "Chats and visits of test traffic that began the funnel; at step 1."
        ),
        Column(
            "excluded_unidentified",
            "bigint",
            "Funnel of customers: chats and visits that began it, of nobody known; at step 1.",
        ),
        Column("is_complete", "boolean", "The period has passed and none of its entries is open."),
    ),
    key=("funnel", "grain", "period_start", "dimension", "dimension_value", "step"),
    build=funnel_steps,
    needs=("conversation_segments", "funnel_entries"),
)
