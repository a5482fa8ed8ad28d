"""Units rolled up to cells: a metric, a period and a value of a dimension; with sums by person for the variance.

One dimension after the other, so that only its own cells are in memory. The arithmetic is in `sums.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._grids import grid_of
from chat_pipeline.analytics._segment_values import attributes
from chat_pipeline.analytics._sql import columns_of
from chat_pipeline.analytics.metrics.blocks import COUNTS, Block, blocks_of, metrics_of
from chat_pipeline.analytics.metrics.covered import GRAINS, cover
from chat_pipeline.analytics.metrics.crossed import crossed_dimensions, crossed_metrics
from chat_pipeline.analytics.metrics.rows import create_rows
from chat_pipeline.analytics.metrics.sums import percentiles_of, sums_of
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pandas as pd

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
SUMS = ("x", "m", *COUNTS, "persons", "xx", "xm", "mm")
# By table, what it has beside metric, grain, period, dimension and value.
COLUMNS = {"sums": ", ".join(SUMS), "times": "name, units, round(value, 6), low, high"}
KEY = "metric_id, grain, period_start, dimension, dimension_value"


def create_cells(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Make `metric_cells` (the sums of each cell), `metric_times` (its percentiles) and `metric_sources` (TEMP)."""
    create_rows(con)
    con.execute(
        "create or replace temp table metric_sums (metric_id smallint, grain varchar, period_start date,"
        " dimension varchar, dimension_value varchar, x bigint, m bigint, pending bigint, excluded_test bigint,"
        " excluded_other bigint, persons bigint, xx double, xm double, mm double)"
    )
    con.execute(
        "create or replace temp table metric_times (metric_id smallint, grain varchar, period_start date,"
        " dimension varchar, dimension_value varchar, name varchar, units bigint, value double, low bigint, high bigint)"
    )
    units = _units(con)
    blocks, of_visits, crossed = _blocks(con, units["cluster"])
    for dimension, (values, grains, has_visits) in _dimensions(settings).items():
        con.execute(f"create or replace temp table metric_values as {values}")
        _sum(con, dimension, grains, units, [*blocks, *of_visits] if has_visits else blocks)
        if not has_visits:
            for table in ("sums", "times"):
                con.execute(f"insert into metric_{table} {_of_visits(table, dimension, grains)}")
    for dimension, values in crossed_dimensions(settings).items():
        con.execute(f"create or replace temp table metric_values as {values}")
        _sum(con, dimension, SEGMENT_GRAINS, units, crossed)
    cover(con, settings)
    sums = ", ".join(f"sum({name}) as {name}" for name in SUMS)
    con.execute(
        f"create or replace temp table metric_cells as select {KEY}, {sums} from metric_sums group by {KEY}"
    )
    for table in ("profiles", "rows", "values", "sums"):
        con.execute(f"drop table metric_{table}")


def _dimensions(settings: Settings) -> dict[str, tuple[str, tuple[str, ...], bool]]:
    """By dimension: SELECT of the value of each unit, its grains, and whether visits have values of their own;
    where not, metrics of visits alone are summed already, as one 'unknown'."""
    found: dict[str, tuple[str, tuple[str, ...], bool]] = {}
    found["all"] = ("select id, 'all' as value from metric_profiles", GRAINS, True)
    for name in DIMENSIONS:
        found[name] = (f"select id, {name} as value from metric_profiles", GRAINS, name in OF_VISITS)
    for family, attribute in attributes(settings):
        has_visits = (family, attribute) in OF_SESSIONS
        found[f"{family}.{attribute}"] = (_segment(family, attribute), SEGMENT_GRAINS, has_visits)
    return found


def _blocks(con: duckdb.DuckDBPyConnection, clusters: np.ndarray) -> tuple[list[Block], ...]:
    """The metrics that are summed for every dimension, those of visits alone, and those by platform and segment."""
    metrics = metrics_of(con)
    others = [metric for metric in metrics if not metric.is_of_visits]
    # Visits come last.
    size = max((int(metric.id.max()) + 1 for metric in others), default=0)
    of_visits = [metric for metric in metrics if metric.is_of_visits]
    by_both, few = crossed_metrics(con), clusters[:size]
    crossed = [metric for metric in others if metric.metric_id in by_both]
    return blocks_of(others, few), blocks_of(of_visits, clusters), blocks_of(crossed, few)


def _units(con: duckdb.DuckDBPyConnection) -> dict[str, np.ndarray]:
    """Cluster, numbered from 0, and the first day of each grain's period (since 1970) of the units, in their order."""
    import pandas as pd

    starts = ", ".join(f"cast({grain} - date '1970-01-01' as integer) as {grain}" for grain in GRAINS)
    found = columns_of(con, f"select cluster, {starts} from metric_profiles order by id")
    return found | {"cluster": pd.factorize(found["cluster"])[0]}


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


def _sum(
    con: duckdb.DuckDBPyConnection,
    dimension: str,
    grains: tuple[str, ...],
    units: dict[str, np.ndarray],
    blocks: list[Block],
) -> None:
    """Add the sums of a dimension, of which `metric_values` has the value of each unit."""
    import pandas as pd

    codes, values = _codes(con)
    size = max((len(block.sums) for block in blocks), default=0)
    found: dict[str, list[pd.DataFrame]] = {"sums": [], "times": []}
    for grain in grains:
        wide = grid_of(units[grain][:size], codes[:size], units["cluster"][:size])
        sums = [pd.DataFrame(sums_of(wide.first(len(block.sums)), block)) for block in blocks]
        times = [
            pd.DataFrame(percentiles)
            for block in blocks
            for metric in block.metrics
            if metric.shape == "seconds"
            for percentiles in percentiles_of(wide, metric).values()
        ]
        found["sums"] += [frame.assign(grain=grain) for frame in sums]
        found["times"] += [frame.assign(grain=grain) for frame in times]
    for table, columns in COLUMNS.items():
        if found[table]:
            _insert(con, table, pd.concat(found[table]), columns, dimension, values)


def _codes(con: duckdb.DuckDBPyConnection) -> tuple[np.ndarray, list[str]]:
    """Number of each unit's value, by unit, and the values."""
    import numpy as np

    found = con.execute("select distinct value from metric_values order by value").fetchall()
    values = [value for (value,) in found]
    coded = columns_of(
        con,
        """
        select u.id, v.code
        from metric_values as u
        inner join (
            select value, cast(row_number() over (order by value) - 1 as integer) as code
            from (select distinct value from metric_values) as found
        ) as v on v.value = u.value
    """,
    )
    codes = np.zeros(len(coded["id"]), dtype=np.int64)
    codes[coded["id"]] = coded["code"]
    return codes, values


def _insert(
    con: duckdb.DuckDBPyConnection,
    table: str,
    frame: pd.DataFrame,
    columns: str,
    dimension: str,
    values: list[str],
) -> None:
    """Put sums or percentiles of a dimension, with the names of their values, into their table."""
    import pandas as pd

    names = {
        "grain": pd.Categorical(frame["grain"]),
        "value_of": pd.Categorical.from_codes(frame["code"].to_numpy(), values),
    }
    con.register("metrics_summed", frame.assign(**names))
    con.execute(f"""
        insert into metric_{table}
        select metric_id, grain, date '1970-01-01' + cast(period as integer), {sql_text(dimension)}, value_of, {columns}
        from metrics_summed
    """)
    con.unregister("metrics_summed")


def _of_visits(table: str, dimension: str, grains: tuple[str, ...]) -> str:
    """SELECT of the cells of all visits as those of the value 'unknown'."""
    return f"""
    select a.* replace ({sql_text(dimension)} as dimension, 'unknown' as dimension_value)
    from metric_{table} as a
    inner join metric_names as n on n.metric_id = a.metric_id
    where a.dimension = 'all' and n.is_of_visits and a.grain in ('{"', '".join(grains)}')"""
