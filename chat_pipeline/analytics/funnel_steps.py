"""How many entries of each funnel reach each step, by period and dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._clustered import cluster_sums, units_alike
from chat_pipeline.analytics._funnel_plans import plans_of
from chat_pipeline.analytics._sql import run_date, wilson
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

DIMENSIONS = (
    "platform",
    "instance",
    "channel",
    "language",
    "bot_version",
    "intent_group",
    "acquisition",
)


def funnel_steps(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.funnel_steps`."""
    return f"""
    with {_planned(con, settings)},
    {_flat_steps()},
    {_cell_steps()},
    {_rate_steps()}
    select
        *, {wilson("step_rate", "step_units", "low")} as step_interval_low,
        {wilson("step_rate", "step_units", "high")} as step_interval_high,
        {wilson("total_rate", "total_units", "low")} as total_interval_low,
        {wilson("total_rate", "total_units", "high")} as total_interval_high,
        first_open = 0 and period_end <= {run_date(settings)} as is_complete
    from rated
    """


def _planned(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """Step `planned`: every step of the funnels that are followed, those that no source can show too."""
    rows = [
        f"({sql_text(p.name)}, {sql_text(p.unit)}, {s.number}, {sql_text(s.name)}, {s.is_optional}, {s.is_seen})"
        for p in plans_of(con, settings)
        for s in p.steps
    ]
    values = ", ".join(rows or ["('', '', 0, '', false, false)"])
    columns = "funnel, unit, step, step_name, is_optional, is_seen"
    return f"planned as (select * from (values {values}) as p ({columns}))"


def _flat_steps() -> str:
    """Step `flat`: a row per grain, entry and step, with what it adds to the counts."""
    return f"""
    flat as (
        select
            -- The hash alone: texts of 32 letters would be held a hundred times over.
            e.funnel, e.step, g.grain, cast(date_trunc(g.grain, e.entered_date) as date) as period_start, hash(e.cluster) as cluster,
            {", ".join(f"e.{name}" for name in DIMENSIONS if name != "instance")},
            e.platform || '/' || e.instance as instance, coalesce(e.entry_conversation_key, '') as entry_conversation_key,
            case when e.state in ('converted', 'dropped') then 1 else 0 end as m,
            -- An entry goes on from a step, optional ones too, when it reaches a later required one.
            case when e.state in ('converted', 'dropped') and (e.last_step > e.step or e.is_converted)
                then 1 else 0 end as x,
            case when e.state in ('converted', 'dropped') and e.is_converted then 1 else 0 end as t,
            case when e.state = 'open' then 1 else 0 end as is_open,
            case when e.state = 'test' then 1 else 0 end as is_test,
            case when e.state = 'unidentified' then 1 else 0 end as is_unidentified,
            case when e.state in ('converted', 'dropped') then e.seconds_from_previous end as seconds
        from analytics.funnel_entries as e
        cross join (values ('day'), ('week'), ('month')) as g (grain)
    )"""


def _cell_steps() -> str:
    """Steps ending in `filled`: counts per funnel, period, dimension, value and step, zeros too."""
    kept = "funnel, grain, period_start"
    sets = ", ".join(["()", *(f"({name})" for name in DIMENSIONS)])
    naming = " ".join(f"when grouping({name}) = 0 then '{name}'" for name in DIMENSIONS)
    value = " ".join(f"when grouping({name}) = 0 then {name}" for name in DIMENSIONS)
    named = f"case {naming} else 'all' end as dimension, case {value} else 'all' end as dimension_value"
    sums = ", ".join(
        f"sum({name}) as {name}" for name in ("m", "x", "t", "is_open", "is_test", "is_unidentified")
    )
    by_segment = "inner join segment_values as s on s.conversation_key = flat.entry_conversation_key"
    return f"""
    segment_values as (
        select conversation_key, family || '.' || attribute as dimension, value as dimension_value
        from analytics.conversation_segments
        union all
        -- Entries without a conversation have every attribute too.
        select distinct '', family || '.' || attribute, 'unknown' from analytics.conversation_segments
    ),
    persons as (
        select
            {kept}, step, cluster, {named}, {sums}
        from flat
        group by {kept}, step, cluster, grouping sets ({sets})
        union all
        select {kept}, step, cluster, s.dimension, s.dimension_value, {sums}
        from flat
        {by_segment}
        where grain <> 'day'
        group by {kept}, step, cluster, s.dimension, s.dimension_value
    ),
    times as (
        select {kept}, step, {named}, median(seconds) as median_seconds
        from flat
        where seconds is not null
        group by {kept}, step, grouping sets ({sets})
        union all
        select {kept}, step, s.dimension, s.dimension_value, median(seconds)
        from flat
        {by_segment}
        where seconds is not null and grain <> 'day'
        group by {kept}, step, s.dimension, s.dimension_value
    ),
    counted as (
        select
            {kept}, step, dimension, dimension_value, cast(sum(m) as bigint) as entered,
            cast(sum(x) as bigint) as converted, cast(sum(is_open) as bigint) as open,
            cast(sum(is_test) as bigint) as excluded_test,
            cast(sum(is_unidentified) as bigint) as excluded_unidentified, {cluster_sums("x", "m")}
        from persons
        group by {kept}, step, dimension, dimension_value
    ),
    -- How often the entries of a person reach a step, against how often the person enters.
    against_first as (
        select
            f.{kept.replace(", ", ", f.")}, p.step, f.dimension, f.dimension_value,
            {cluster_sums("coalesce(p.m, 0)", "f.m")}
        from persons as f
        inner join persons as p
            on p.funnel = f.funnel and p.grain = f.grain and p.period_start = f.period_start
            and p.dimension = f.dimension and p.dimension_value = f.dimension_value and p.cluster = f.cluster
        where f.step = 1
        group by f.{kept.replace(", ", ", f.")}, p.step, f.dimension, f.dimension_value
    ),
    first_steps as (
        select {kept}, dimension, dimension_value, entered as first_entered, open as first_open, persons, mm
        from counted where step = 1
    ),
    filled as (
        select
            p.*, c.grain, c.period_start, c.dimension, c.dimension_value, c.first_entered, c.first_open,
            case when p.is_seen then coalesce(n.entered, 0) end as entered,
            case when p.is_seen then coalesce(n.converted, 0) end as converted,
            case when p.is_seen then coalesce(n.open, 0) end as open,
            coalesce(n.excluded_test, 0) as excluded_test,
            coalesce(n.excluded_unidentified, 0) as excluded_unidentified,
            n.persons, n.xx, n.xm, n.mm, times.median_seconds,
            c.persons as t_persons, coalesce(a.xx, 0) as t_xx, coalesce(a.xm, 0) as t_xm, c.mm as t_mm
        from first_steps as c
        inner join planned as p on p.funnel = c.funnel
        left join counted as n
            on n.funnel = c.funnel and n.grain = c.grain and n.period_start = c.period_start and n.step = p.step
            and n.dimension = c.dimension and n.dimension_value = c.dimension_value
        left join against_first as a
            on a.funnel = c.funnel and a.grain = c.grain and a.period_start = c.period_start and a.step = p.step
            and a.dimension = c.dimension and a.dimension_value = c.dimension_value
        left join times
            on times.funnel = c.funnel and times.grain = c.grain and times.period_start = c.period_start
            and times.step = p.step and times.dimension = c.dimension
            and times.dimension_value = c.dimension_value
    )"""


def _rate_steps() -> str:
    """Step `rated`: the two rates of a step and what their intervals rest on."""
    return f"""
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
        Column("dropped", "bigint", "entered - converted."),
        Column(
            "open",
            "bigint",
            "Entries too young to be judged that have reached the step, whatever came next; in no rate.",
        ),
        Column("step_rate", "double", "converted / entered."),
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
