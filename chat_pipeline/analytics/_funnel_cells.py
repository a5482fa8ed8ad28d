"""Entries of funnels counted by period, dimension and step: numbers in arrays, summed by the cells of `_grids.py`.

One dimension and grain after the other, so that only its own cells are in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chat_pipeline.analytics._grids import EXACT_SINGLE, Grid, added, grid_of
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pyarrow as pa


DIMENSIONS = {"all": "'all'", "instance": "platform || '/' || instance"} | {
    name: name for name in ("platform", "channel", "language", "bot_version", "intent_group", "acquisition")
}
GRAINS = ("day", "week", "month")
# By name what an entry's value is, and by which grains it is counted.
Dimensions = dict[str, tuple[str, tuple[str, ...]]]
# A day of a segment holds next to nothing, and there would be ten times as many of them.
SEGMENT_GRAINS = ("week", "month")
# What no rate counts: name and state.
APART = {"open": "open", "excluded_test": "test", "excluded_unidentified": "unidentified"}


@dataclass(frozen=True)
class Entries:
    """Numbers of the entries, a row each: funnel and cluster from 0, first day of each grain's period (since 1970).

    Of `apart` and `judged` a column per name and step, 0 or 1: `apart` those in the states that no rate counts, `judged`
    those that reached the step (m), then those of them that went on (x). `timed`: entry, step (from 0) and seconds since the step
    before, in the order of the seconds.
    """

    steps: int
    funnel: np.ndarray
    cluster: np.ndarray
    starts: dict[str, np.ndarray]
    apart: np.ndarray
    judged: np.ndarray
    timed: tuple[np.ndarray, np.ndarray, np.ndarray]


def create_cells(
    con: duckdb.DuckDBPyConnection, funnels: dict[str, int], dimensions: Dimensions, among: str
) -> None:
    """Register `funnel_cells`: a row per funnel, grain, period, dimension, value and step with what is counted of it.

    `funnels`: number of steps by name. Every step up to the most of any funnel has a row, if nobody reached it too.
    `among`: which entries, as a condition on their first step.
    """
    import pyarrow as pa

    units = con.execute(_units(funnels, dimensions, among)).to_arrow_table()
    entries = _entries(con, units, max(funnels.values(), default=1))
    found = []
    for number, (dimension, (_, grains)) in enumerate(dimensions.items()):
        values = units.column(f"value_{number}").combine_chunks()
        values = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        codes = values.indices.to_numpy().astype(int)
        for grain in grains:
            grid = grid_of(
                entries.starts[grain], entries.funnel * len(values.dictionary) + codes, entries.cluster
            )
            named = {"funnel": list(funnels), "dimension_value": values.dictionary}
            found.append(_cells(entries, grid, named, dimension, grain))
    con.register("funnel_cells", pa.concat_tables(found, promote_options="default"))


def _units(funnels: dict[str, int], dimensions: Dimensions, among: str) -> str:
    """SELECT of a row per entry."""
    numbers = [f"when {sql_text(name)} then {number}" for number, name in enumerate(funnels)]
    starts = ", ".join(
        f"cast(date_trunc('{grain}', entered_date) as date) - date '1970-01-01' as {grain}"
        for grain in GRAINS
    )
    states = ", ".join(f"state = '{state}' as {name}" for name, state in APART.items())
    values = ", ".join(f"{value} as value_{number}" for number, (value, _) in enumerate(dimensions.values()))
    return f"""
    select
        hash(entry_key) as entry, hash(cluster) as cluster, case funnel {" ".join(numbers or ["when '' then 0"])} end as funnel, {starts}, {states},
        case when is_converted then 1000 else last_step end as last_step, {values}
    from analytics.funnel_entries as e
    left join segment_columns as s on s.conversation_key = e.entry_conversation_key
    where step = 1 and {among}
    """


def _entries(con: duckdb.DuckDBPyConnection, units: pa.Table, steps: int) -> Entries:
    import numpy as np
    import pandas as pd

    rows = con.execute("""
        select hash(entry_key) as entry, step - 1 as step, coalesce(seconds_from_previous, -1) as seconds
        from analytics.funnel_entries order by seconds
    """).fetchnumpy()
    has = {name: units.column(name).to_numpy() for name in units.column_names if not name.startswith("value")}
    size, step, seconds = len(units), np.asarray(rows["step"]), np.asarray(rows["seconds"])
    # The entries come first, each once: their places are their numbers.
    entry = pd.factorize(np.concatenate([has["entry"], np.asarray(rows["entry"])]))[0][size:]
    # Those that are counted alone.
    entry, step, seconds = (values[entry < size] for values in (entry, step, seconds))
    reached = np.zeros((size, steps), dtype=bool)
    reached[entry, step] = True
    apart = np.concatenate([reached & has[name][:, None] for name in APART], axis=1)
    is_judged = ~np.logical_or.reduce([has[name] for name in APART])
    m = reached & is_judged[:, None]
    # An entry goes on from a step, optional ones too, when it reaches a later required one.
    x = m & (has["last_step"][:, None] > np.arange(1, steps + 1))
    number = np.float32 if size < EXACT_SINGLE else float
    timed = is_judged[entry] & (seconds >= 0)
    return Entries(
        steps,
        has["funnel"].astype(int),
        pd.factorize(has["cluster"])[0],
        {grain: has[grain].astype(int) for grain in GRAINS},
        apart.astype(number),
        np.concatenate([m, x], axis=1).astype(number),
        (entry[timed], step[timed], seconds[timed]),
    )


def _cells(entries: Entries, grid: Grid, names: dict[str, Any], dimension: str, grain: str) -> pa.Table:
    """Rows of a dimension and grain. Numbers of step 1 stand beside those of each step (first_*, t_*)."""
    import numpy as np
    import pyarrow as pa

    cells, steps = len(grid.period), entries.steps
    counts = dict(
        zip(APART, np.split(added(grid.cell, cells, entries.apart), len(APART), axis=1), strict=True)
    )
    counts |= _squares(entries, grid)
    first = {f"first_{name}": counts[name][:, :1] for name in ("entered", "open", "persons", "mm")}
    wide = {name: np.broadcast_to(column, (cells, steps)) for name, column in (counts | first).items()}
    width = len(names["dimension_value"])
    codes = {"funnel": grid.code // width, "dimension_value": grid.code % width}
    columns = {
        name: pa.DictionaryArray.from_arrays(np.repeat(codes[name].astype(np.int32), steps), given)
        for name, given in ((name, pa.array(given)) for name, given in names.items())
    }
    texts = {
        name: pa.array([text]).dictionary_encode()
        for name, text in (("grain", grain), ("dimension", dimension))
    }
    for name, text in texts.items():
        columns[name] = text.take(pa.array(np.zeros(cells * steps, dtype=np.int8)))
    columns["period"] = np.repeat(grid.period.astype(np.int32), steps)
    columns["step"] = np.tile(np.arange(1, steps + 1, dtype=np.int32), cells)
    columns |= {name: column.astype(np.int64).ravel() for name, column in wide.items()}
    columns["median_seconds"] = pa.array(_medians(entries, grid), from_pandas=True)
    return pa.table(columns)


def _squares(entries: Entries, grid: Grid) -> dict[str, np.ndarray]:
    """Judged entries, those that went on, their persons, and sums over persons of squares and products.

    First as if each entry were a person, then what it adds that several are one's. `first_m`: how often the
    person's entries reach the step times how often the person enters.
    """
    import numpy as np

    m, x = np.split(added(grid.cell, len(grid.period), entries.judged).astype(float), 2, axis=1)
    names = ("persons", "xx", "xm", "mm", "first_m")
    units, person, cells = grid.repeated
    by_person = np.split(added(person, len(cells), entries.judged, units).astype(float), 2, axis=1)
    own_m, own_x = by_person
    once = (own_m, own_x, own_x, own_m, own_m)
    together = ((own_m > 0).astype(float), own_x**2, own_x * own_m, own_m**2, own_m * own_m[:, :1])
    more = np.concatenate([b - a for a, b in zip(once, together, strict=True)], axis=1)
    more = np.split(added(cells, len(grid.period), more), len(names), axis=1)
    sums = dict(zip(names, (a + b for a, b in zip((m, x, x, m, m), more, strict=True)), strict=True))
    return {"entered": m, "converted": x, **sums}


def _medians(entries: Entries, grid: Grid) -> np.ndarray:
    """Median seconds from the step before, by cell and step; NaN without any."""
    import numpy as np

    entry, step, seconds = entries.timed
    size = len(grid.period) * entries.steps
    place = grid.cell[entry] * entries.steps + step
    # By place, and within it by seconds as they come; few places sort in linear time.
    seconds = seconds[np.argsort(place.astype(np.min_scalar_type(size)), kind="stable")]
    units = np.bincount(place, minlength=size)
    begin, found = np.cumsum(units) - units, np.full(size, np.nan)
    at = np.flatnonzero(units)
    low, high = begin[at] + (units[at] - 1) // 2, begin[at] + units[at] // 2
    found[at] = (seconds[low] + seconds[high]) / 2
    return found
