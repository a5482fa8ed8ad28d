"""The cells of funnels: entries per step, with rates and their intervals, wherever each entry is put."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chat_pipeline.analytics._clustered import cluster_sums, units_alike
from chat_pipeline.analytics._funnel_places import DIMENSIONS, KIND, Placing, place_steps
from chat_pipeline.analytics._funnel_plans import plans_of
from chat_pipeline.analytics._sql import run_date, wilson
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

# What an entry adds to a cell: reached, went on, converted, and what is in no rate.
COUNTS = ("m", "x", "t", "is_open", "is_test", "is_unidentified")


def funnel_cells(
    con: duckdb.DuckDBPyConnection, settings: Settings, placings: Sequence[Placing], entries: str
) -> str:
    """SELECT of a row per funnel, grain, period, dimension, value and step. `entries`: SELECT of rows of
    `analytics.funnel_entries` with the `grain` that they count in."""
    return f"""
    with {_planned(con, settings)},
    {_flat_steps(entries)},
    {_cell_steps(placings)},
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


def _flat_steps(entries: str) -> str:
    """Step `flat`: a row per grain, entry and step, with what it adds to the counts. Periods, kinds (all dimensions
    together) and persons are hashes: texts would be held and compared a hundred times over."""
    return f"""
    flat as (
        select
            *, hash(funnel, grain, period_start) as period, hash({KIND}) as kind
        from (
            select
                e.funnel, e.step, e.grain, cast(date_trunc(e.grain, e.entered_date) as date) as period_start,
                hash(e.cluster) as cluster, {", ".join(f"e.{name}" for name in DIMENSIONS[2:])},
                -- A visit of nobody known has neither.
                coalesce(e.platform, 'unknown') as platform,
                coalesce(e.platform || '/' || e.instance, 'unknown') as instance,
                coalesce(e.entry_conversation_key, '') as entry_conversation_key,
                case when e.state in ('converted', 'dropped') then 1 else 0 end as m,
                -- An entry goes on from a step, optional ones too, when it reaches a later required one.
                case when e.state in ('converted', 'dropped') and (e.last_step > e.step or e.is_converted)
                    then 1 else 0 end as x,
                case when e.state in ('converted', 'dropped') and e.is_converted then 1 else 0 end as t,
                case when e.state = 'open' then 1 else 0 end as is_open,
                case when e.state = 'test' then 1 else 0 end as is_test,
                case when e.state = 'unidentified' then 1 else 0 end as is_unidentified,
                case when e.state in ('converted', 'dropped') then e.seconds_from_previous end as seconds
            from ({entries}) as e
        ) as begun
    )"""


def _cell_steps(placings: Sequence[Placing]) -> str:
    """Steps ending in `filled`: counts per funnel, period, dimension, value and step, zeros too."""
    sums = ", ".join(f"sum({name}) as {name}" for name in COUNTS)
    persons = " union all ".join(
        f"select period, step, cluster, {p.place} as place, {sums} from {p.source} where {p.when}"
        f" group by period, step, cluster, {p.place}"
        for p in placings
    )
    times = " union all ".join(
        f"select period, step, {p.place} as place, median(seconds) as median_seconds from {p.source}"
        f" where {p.when} and seconds is not null group by period, step, {p.place}"
        for p in placings
    )
    return f"""
    {place_steps()},
    periods as (select distinct period, funnel, grain, period_start from flat),
    places as ({" union all ".join(p.places for p in placings)}),
    persons as ({persons}),
    times as ({times}),
    counted as (
        select
            period, place, step, cast(sum(m) as bigint) as entered, cast(sum(x) as bigint) as converted,
            cast(sum(is_open) as bigint) as open, cast(sum(is_test) as bigint) as excluded_test,
            cast(sum(is_unidentified) as bigint) as excluded_unidentified, {cluster_sums("x", "m")}
        from persons
        group by period, place, step
    ),
    -- How often the entries of a person reach a step, against how often the person enters.
    against_first as (
        select f.period, f.place, p.step, {cluster_sums("coalesce(p.m, 0)", "f.m")}
        from persons as f
        inner join persons as p on p.period = f.period and p.place = f.place and p.cluster = f.cluster
        where f.step = 1
        group by f.period, f.place, p.step
    ),
    first_steps as (
        select period, place, entered as first_entered, open as first_open, persons, mm
        from counted where step = 1
    ),
    filled as (
        select
            p.*, periods.grain, periods.period_start, places.dimension, places.dimension_value,
            c.first_entered, c.first_open,
            case when p.is_seen then coalesce(n.entered, 0) end as entered,
            case when p.is_seen then coalesce(n.converted, 0) end as converted,
            case when p.is_seen then coalesce(n.open, 0) end as open,
            coalesce(n.excluded_test, 0) as excluded_test,
            coalesce(n.excluded_unidentified, 0) as excluded_unidentified,
            n.persons, n.xx, n.xm, n.mm, times.median_seconds,
            c.persons as t_persons, coalesce(a.xx, 0) as t_xx, coalesce(a.xm, 0) as t_xm, c.mm as t_mm
        from first_steps as c
        inner join periods on periods.period = c.period
        inner join places on places.place = c.place
        inner join planned as p on p.funnel = periods.funnel
        left join counted as n on n.period = c.period and n.place = c.place and n.step = p.step
        left join against_first as a on a.period = c.period and a.place = c.place and a.step = p.step
        left join times on times.period = c.period and times.place = c.place and times.step = p.step
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
