"""Units rolled up to cells: a metric, a period and a value of a dimension; with sums by person for the variance.

One dimension after the other, so that only its own sums by person are in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._segment_values import attributes
from chat_pipeline.analytics._sql import shop_date, sources_steps
from chat_pipeline.analytics.metrics.rows import create_rows
from chat_pipeline.analytics.metrics.values import percentiles
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

GRAINS = ("day", "week", "month")
# A day of a segment holds next to nothing, and there would be ten times as many of them.
SEGMENT_GRAINS = ("week", "month")
DIMENSIONS = (
    *("platform", "instance", "channel", "language", "intent_group", "bot_version", "acquisition"),
)  # fmt: skip
COVERED = ("platform", "instance", "channel")
# What a web session without a conversation shows of itself.
OF_SESSIONS = {
    ("technology", name): f"nullif(trim(w.{name}), '')" for name in ("device", "operating_system", "browser")
} | {("acquisition", name): f"nullif(trim(w.{name}), '')" for name in ("source", "medium", "campaign")}
SUMS = ("x", "m", "pending", "excluded_test", "excluded_other", "persons", "xx", "xm", "mm")


def create_cells(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Make `metric_cells` (the sums of each cell), `metric_times` (its percentiles) and `metric_sources` (TEMP)."""
    create_rows(con)
    con.execute(
        "create or replace temp table metric_sums (metric_id smallint, grain varchar, period_start date,"
        " dimension varchar, dimension_value varchar, x bigint, m bigint, pending bigint, excluded_test bigint,"
        " excluded_other bigint, persons bigint, xx hugeint, xm hugeint, mm hugeint)"
    )
    con.execute(
        "create or replace temp table metric_times (metric_id smallint, grain varchar, period_start date,"
        " dimension varchar, dimension_value varchar, name varchar, units bigint, value double, low bigint, high bigint)"
    )
    _sum(con, "all", "select id, 'all' as value from metric_profiles", GRAINS)
    for name in DIMENSIONS:
        _sum(con, name, f"select id, {name} as value from metric_profiles", GRAINS)
    for family, attribute in attributes(settings):
        _sum(con, f"{family}.{attribute}", _segment(family, attribute), SEGMENT_GRAINS)
    _cover(con, settings)
    key = "metric_id, grain, period_start, dimension, dimension_value"
    sums = ", ".join(f"cast(sum({name}) as {_type(name)}) as {name}" for name in SUMS)
    con.execute(
        f"create or replace temp table metric_cells as select {key}, {sums} from metric_sums group by {key}"
    )
    for table in ("profiles", "rows", "seconds", "codes", "values", "sums"):
        con.execute(f"drop table metric_{table}")


def _type(name: str) -> str:
    return "hugeint" if name in ("xx", "xm", "mm") else "bigint"


def _segment(family: str, attribute: str) -> str:
    """SELECT of each unit's value of a segment; without a conversation what its web session shows, else 'unknown'."""
    own = OF_SESSIONS.get((family, attribute))
    return f"""
    select p.id, coalesce(s.value, {f"{own}, " if own else ""}'unknown') as value
    from metric_profiles as p
    left join (
        select conversation_key, value from analytics.conversation_segments
        where family = {sql_text(family)} and attribute = {sql_text(attribute)}
    ) as s on s.conversation_key = p.conversation_key
    {"left join marts.fct_web_sessions as w on w.web_session_key = p.web_session_key" if own else ""}"""


def _sum(con: duckdb.DuckDBPyConnection, dimension: str, values: str, grains: tuple[str, ...]) -> None:
    """Add the sums of a dimension, of which `values` has the value of each unit."""
    con.execute(f"create or replace temp table metric_codes as {values}")
    con.execute("""
        create or replace temp table metric_values as
        select cast(row_number() over (order by value) as integer) as code, value
        from (select distinct value from metric_codes) as found
    """)
    con.execute("""
        create or replace temp table metric_codes as
        select p.id, v.code, p.cluster, p.is_alone, p.day, p.week, p.month
        from metric_codes as c
        inner join metric_values as v on v.value = c.value
        inner join metric_profiles as p on p.id = c.id
    """)
    con.execute(f"insert into metric_sums {_units(dimension, grains)}")
    for grain in grains:
        con.execute(f"insert into metric_sums {_shared(dimension, grain)}")
        con.execute(f"insert into metric_sums {_persons(dimension, grain)}")
        con.execute(f"insert into metric_times {percentiles(dimension, grain)}")


def _units(dimension: str, grains: tuple[str, ...]) -> str:
    """SELECT of the sums over units, by day, and of weeks and months from days. What a person adds to the variance
    stands here for those with one unit; metrics that count persons are in `_persons` alone."""
    spans = " union all ".join(
        f"select metric_id, '{grain}' as grain, cast(date_trunc('{grain}', day) as date) as period_start, code,"
        f" {', '.join(SUMS)} from days"
        for grain in grains
    )
    return f"""
    with days as (
        select
            r.metric_id, c.day, c.code, {_plain("numerator", "x")}, {_plain("denominator", "m")},
            sum(r.pending) as pending, sum(r.excluded_test) as excluded_test, sum(r.excluded_other) as excluded_other,
            sum(case when c.is_alone and not r.is_of_persons and r.denominator > 0 then 1 else 0 end) as persons,
            {_squared("r.numerator", "r.numerator", "xx")}, {_squared("r.numerator", "r.denominator", "xm")},
            {_squared("r.denominator", "r.denominator", "mm")}
        from metric_rows as r
        inner join metric_codes as c on c.id = r.id
        group by r.metric_id, c.day, c.code
    ),
    spans as ({spans})
    select
        s.metric_id, s.grain, s.period_start, {sql_text(dimension)}, v.value,
        {", ".join(f"sum(s.{name})" for name in SUMS)}
    from spans as s
    inner join metric_values as v on v.code = s.code
    group by s.metric_id, s.grain, s.period_start, v.value"""


def _plain(column: str, name: str) -> str:
    return f"sum(case when r.is_of_persons then 0 else r.{column} end) as {name}"


def _squared(one: str, other: str, name: str) -> str:
    alone = "c.is_alone and not r.is_of_persons and r.is_measured"
    return f"sum(case when {alone} then cast({one} as hugeint) * {other} else 0 end) as {name}"


def _shared(dimension: str, grain: str) -> str:
    """SELECT of what persons with several units add to the variance, first by person: whole numbers, for sums of
    fractions would depend on their order."""
    return f"""
    with by_person as (
        select
            r.metric_id, c.{grain} as period_start, c.code, cast(sum(r.numerator) as bigint) as x,
            cast(sum(r.denominator) as bigint) as m
        from metric_rows as r
        inner join metric_codes as c on c.id = r.id
        where r.is_measured and not r.is_of_persons and not c.is_alone
        group by r.metric_id, c.{grain}, c.code, c.cluster
    )
    select
        b.metric_id, '{grain}', b.period_start, {sql_text(dimension)}, v.value, 0, 0, 0, 0, 0, count(*),
        sum(cast(b.x as hugeint) * b.x), sum(cast(b.x as hugeint) * b.m), sum(cast(b.m as hugeint) * b.m)
    from by_person as b
    inner join metric_values as v on v.code = b.code
    group by b.metric_id, b.period_start, v.value"""


def _persons(dimension: str, grain: str) -> str:
    """SELECT of the metrics that count persons: any, or all, of one's units."""
    return f"""
    with by_person as (
        select
            r.metric_id, c.{grain} as period_start, c.code, max(r.numerator) as most, max(r.denominator) as m_most,
            min(case when r.excluded_test + r.excluded_other = 0 then r.numerator end) as least_of_all
        from metric_rows as r
        inner join metric_codes as c on c.id = r.id
        where r.is_of_persons
        group by r.metric_id, c.{grain}, c.code, c.cluster
    ),
    shaped as (
        select
            b.metric_id, b.period_start, b.code,
            case n.shape when 'persons_all' then coalesce(b.least_of_all, 0) else b.most end as x, b.m_most as m
        from by_person as b
        inner join metric_names as n on n.metric_id = b.metric_id
    )
    select
        s.metric_id, '{grain}', s.period_start, {sql_text(dimension)}, v.value, sum(s.x), sum(s.m), 0, 0, 0,
        sum(case when s.m > 0 then 1 else 0 end), sum(s.x * s.x), sum(s.x * s.m), sum(s.m * s.m)
    from shaped as s
    inner join metric_values as v on v.code = s.code
    group by s.metric_id, s.period_start, v.value"""


def _cover(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Make `metric_sources` (accounts behind a metric) and add nothing to the cells of every day that one covers:
    they are there, with 0."""
    con.execute(f"""
        create or replace temp table metric_sources as
        with {sources_steps(settings)}
        select
            seen.*, greatest(s.first_date, chats.chat_first) as first_date, s.last_date,
            -- The day of the cut-off itself has not passed.
            {shop_date("s.cutoff_at", settings)} - 1 as last_whole_date
        from (
            select distinct r.metric_id, p.platform, p.instance, p.channel
            from metric_rows as r
            inner join metric_profiles as p on p.id = r.id
        ) as seen
        inner join sources as s
            on s.platform || '/' || s.instance = seen.instance and s.kind in ('chat', 'web', 'ticket')
        cross join (select min(first_date) as chat_first from sources where kind = 'chat') as chats
    """)
    dimensions = "', '".join(("all", *COVERED))
    con.execute(f"""
        insert into metric_sums
        select distinct
            days.metric_id, grains.grain, cast(date_trunc(grains.grain, days.day) as date), dimensions.dimension,
            case dimensions.dimension
                when 'all' then 'all' when 'platform' then days.platform when 'instance' then days.instance
                else days.channel
            end,
            0, 0, 0, 0, 0, 0, 0, 0, 0
        from (
            select *, unnest(generate_series(first_date, last_date, interval 1 day)) as day from metric_sources
        ) as days
        cross join (select unnest(['{"', '".join(GRAINS)}']) as grain) as grains
        cross join (select unnest(['{dimensions}']) as dimension) as dimensions
    """)
