"""Units rolled up to cells: a metric, a period and a value of a dimension; with sums by person for the variance.

Some dimensions at a time, one where units are many, so that only their own sums by person are in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._segment_values import attributes
from chat_pipeline.analytics.metrics.covered import GRAINS, cover
from chat_pipeline.analytics.metrics.rows import create_rows
from chat_pipeline.analytics.metrics.values import percentiles
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

# A day of a segment holds next to nothing, and there would be ten times as many of them.
SEGMENT_GRAINS = ("week", "month")
DIMENSIONS = (
    *("platform", "instance", "channel", "language", "intent_group", "bot_version", "acquisition"),
)  # fmt: skip
# A visit without a conversation has these of its own; all else of it is 'unknown'.
OF_VISITS = ("platform", "instance", "channel", "acquisition")
# What a web session without a conversation shows of itself.
OF_SESSIONS = {
    ("technology", name): f"nullif(trim(w.{name}), '')" for name in ("device", "operating_system", "browser")
} | {("acquisition", name): f"nullif(trim(w.{name}), '')" for name in ("source", "medium", "campaign")}
# Rows (a unit's of a metric, times dimensions) summed together: the statements for one dimension take longer than
# their work where units are few.
AT_ONCE = 2_000_000
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
    _sum(con, {"all": "select id, 'all' as value from metric_profiles"}, GRAINS, True)
    own = {name: f"select id, {name} as value from metric_profiles" for name in DIMENSIONS}
    segments = {
        (family, attribute): _segment(family, attribute) for family, attribute in attributes(settings)
    }
    for has_visits in (True, False):
        some = {name: values for name, values in own.items() if (name in OF_VISITS) == has_visits}
        _sum_in_batches(con, some, GRAINS, has_visits)
        some = {
            ".".join(name): values for name, values in segments.items() if (name in OF_SESSIONS) == has_visits
        }
        _sum_in_batches(con, some, SEGMENT_GRAINS, has_visits)
    cover(con, settings)
    key = "metric_id, grain, period_start, dimension, dimension_value"
    sums = ", ".join(f"cast(sum({name}) as {_type(name)}) as {name}" for name in SUMS)
    con.execute(
        f"create or replace temp table metric_cells as select {key}, {sums} from metric_sums group by {key}"
    )
    for table in (
        "profiles",
        "rows",
        "seconds",
        "codes",
        "values",
        "sums",
        *(f"repeats_{g}" for g in GRAINS),
    ):
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


def _sum_in_batches(
    con: duckdb.DuckDBPyConnection, dimensions: dict[str, str], grains: tuple[str, ...], has_visits: bool
) -> None:
    count = con.execute("select count(*) from metric_rows").fetchall()[0][0]
    size = max(1, AT_ONCE // max(count, 1))
    names = list(dimensions)
    for first in range(0, len(names), size):
        some = {name: dimensions[name] for name in names[first : first + size]}
        _sum(con, some, grains, has_visits)


def _sum(
    con: duckdb.DuckDBPyConnection, dimensions: dict[str, str], grains: tuple[str, ...], has_visits: bool
) -> None:
    """Add the sums of dimensions, each with a SELECT of the value of each unit; without `has_visits` metrics of
    visits alone are summed already, as one 'unknown'."""
    values = " union all ".join(
        f"select {sql_text(name)} as dimension, id, value from ({select}) as coded"
        for name, select in dimensions.items()
    )
    con.execute(f"create or replace temp table metric_codes as {values}")
    con.execute("""
        create or replace temp table metric_values as
        select cast(row_number() over (order by dimension, value) as integer) as code, dimension, value
        from (select distinct dimension, value from metric_codes) as found
    """)
    con.execute("""
        create or replace temp table metric_codes as
        select p.id, v.code, p.cluster, p.day, p.week, p.month
        from metric_codes as c
        inner join metric_values as v on v.dimension = c.dimension and v.value = c.value
        inner join metric_profiles as p on p.id = c.id
    """)
    among = "true" if has_visits else "not r.is_of_visits"
    con.execute(f"insert into metric_sums {_units(grains, among)}")
    for grain in grains:
        con.execute(f"insert into metric_sums {_repeated(grain, among)}")
        con.execute(f"insert into metric_sums {_persons(grain, among)}")
        con.execute(f"insert into metric_times {percentiles(grain, among)}")
    if not has_visits:
        for table in ("sums", "times"):
            con.execute(f"insert into metric_{table} {_of_visits(table, list(dimensions), grains)}")


def _units(grains: tuple[str, ...], among: str) -> str:
    """SELECT of the sums over units, by day, and of weeks and months from days, as if each unit were a person;
    metrics that count persons are in `_persons` alone."""
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
            sum(cast(r.is_measured as integer)) as persons,
            {_squared("r.numerator * r.numerator", "xx")}, {_squared("r.numerator * r.denominator", "xm")},
            {_squared("r.denominator * r.denominator", "mm")}
        from metric_rows as r
        inner join metric_codes as c on c.id = r.id
        where {among}
        group by r.metric_id, c.day, c.code
    ),
    spans as ({spans})
    select
        s.metric_id, s.grain, s.period_start, v.dimension, v.value,
        {", ".join(f"sum(s.{name})" for name in SUMS)}
    from spans as s
    inner join metric_values as v on v.code = s.code
    group by s.metric_id, s.grain, s.period_start, v.dimension, v.value"""


def _plain(column: str, name: str) -> str:
    return f"sum(case when r.is_of_persons then 0 else r.{column} end) as {name}"


def _squared(product: str, name: str) -> str:
    return f"sum(case when r.is_measured then {product} else 0 end) as {name}"


def _repeated(grain: str, among: str) -> str:
    """SELECT of what it adds to the variance that several units of a cell are one person's. Whole numbers, for sums
    of fractions would depend on their order."""
    return f"""
    with by_person as (
        select
            any_value(r.metric_id) as metric_id, any_value(r.period_start) as period_start, c.code, count(*) as units,
            cast(sum(r.numerator) as bigint) as x, cast(sum(r.denominator) as bigint) as m,
            sum(r.numerator * r.numerator) as xx, sum(r.numerator * r.denominator) as xm,
            sum(r.denominator * r.denominator) as mm
        from metric_repeats_{grain} as r
        inner join metric_codes as c on c.id = r.id
        where {among}
        group by r.person, c.code
        having count(*) > 1
    )
    select
        b.metric_id, '{grain}', b.period_start, v.dimension, v.value, 0, 0, 0, 0, 0, sum(1 - b.units),
        sum(b.x * b.x - b.xx), sum(b.x * b.m - b.xm), sum(b.m * b.m - b.mm)
    from by_person as b
    inner join metric_values as v on v.code = b.code
    group by b.metric_id, b.period_start, v.dimension, v.value"""


def _of_visits(table: str, dimensions: list[str], grains: tuple[str, ...]) -> str:
    """SELECT of the cells of all visits as those of the value 'unknown' of each dimension."""
    names = ", ".join(f"({sql_text(name)})" for name in dimensions)
    return f"""
    select a.* replace (d.name as dimension, 'unknown' as dimension_value)
    from metric_{table} as a
    inner join metric_names as n on n.metric_id = a.metric_id
    cross join (values {names}) as d (name)
    where a.dimension = 'all' and n.is_of_visits and a.grain in ('{"', '".join(grains)}')"""


def _persons(grain: str, among: str) -> str:
    """SELECT of the metrics that count persons: any, or all, of one's units."""
    return f"""
    with by_person as (
        select
            r.metric_id, c.{grain} as period_start, c.code, max(r.numerator) as most, max(r.denominator) as m_most,
            min(case when r.excluded_test + r.excluded_other = 0 then r.numerator end) as least_of_all
        from metric_rows as r
        inner join metric_codes as c on c.id = r.id
        where r.is_of_persons and {among}
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
        s.metric_id, '{grain}', s.period_start, v.dimension, v.value, sum(s.x), sum(s.m), 0, 0, 0,
        sum(case when s.m > 0 then 1 else 0 end), sum(s.x * s.x), sum(s.x * s.m), sum(s.m * s.m)
    from shaped as s
    inner join metric_values as v on v.code = s.code
    group by s.metric_id, s.period_start, v.dimension, v.value"""
