"""Sums over the cells of a dimension and grain, with what their intervals need: products of matrices (`blocks.py`).

As SQL each metric would be a join and a hash table of its own, for each dimension and grain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_pipeline.analytics._grids import Grid, added
from chat_pipeline.analytics._sql import Z
from chat_pipeline.analytics.metrics.blocks import COUNTS, MEASURED, Block, Metric

if TYPE_CHECKING:
    import numpy as np

SUMS: tuple[str, ...] = ("x", "m", "persons", "xx", "xm", "mm")
PERCENTILES = {"median": 0.5, "p90": 0.9}


def sums_of(grid: Grid, block: Block) -> dict[str, np.ndarray]:
    """Every sum of every cell and metric with a unit; squares and products are those of persons.

    First as if each unit were a person, then what it adds that several are one's.
    """
    import numpy as np

    cells, width = len(grid.period), len(block.metrics)
    plain = block.parts(added(grid.cell, cells, block.sums))
    summed = {name: values.astype(_wide(values)) for name, values in zip(SUMS, plain, strict=True)}
    for name, values in _of_repeated(grid, block).items():
        summed[name] += values
    for k, metric in enumerate(block.metrics):
        if metric.shape == "persons_all":
            # Whose units all fit is there and missed none; nothing is divided by them.
            summed["x"][:, k], summed["m"][:, k] = summed["m"][:, k] - summed["x"][:, k], 0
        if metric.shape not in MEASURED and not metric.shape.startswith("persons"):
            for name in SUMS[2:]:
                summed[name][:, k] = 0
    counted = {name: np.zeros((cells, width), dtype=np.int64) for name in ("units", *COUNTS)}
    for (name, k), values in zip(block.placed, added(grid.cell, cells, block.counts).T, strict=True):
        counted[name][:, k] = values
    cell, k = np.nonzero(counted.pop("units"))
    ids = np.array([metric.metric_id for metric in block.metrics])
    found = {name: values[cell, k] for name, values in (summed | counted).items()}
    return {"metric_id": ids[k], "period": grid.period[cell], "code": grid.code[cell], **found}


def _of_repeated(grid: Grid, block: Block) -> dict[str, np.ndarray]:
    """By sum what is added if several units of a cell are one person's."""
    import numpy as np

    units, person, cells = grid.repeated
    by_person = added(person, len(cells), block.sums, units)
    old = dict(zip(SUMS, (values.astype(_wide(values)) for values in block.parts(by_person)), strict=True))
    x, m = old["x"], old["m"]
    counted = (m > 0).astype(m.dtype)
    if block.is_of_persons:
        x, m = (x > 0).astype(x.dtype), counted
    new = {"persons": counted, "xx": x * x, "xm": x * m, "mm": m * m}
    if block.is_of_persons:
        new |= {"x": x, "m": m}
    more = np.concatenate([values - old[name] for name, values in new.items()], axis=1)
    summed = np.split(added(cells, len(grid.period), more), len(new), axis=1)
    return dict(zip(new, summed, strict=True))


def _wide(values: np.ndarray) -> Any:
    """Type for squares: integers where they are integers, else doubles."""
    import numpy as np

    return np.int64 if values.dtype == np.int64 else float


def percentiles_of(grid: Grid, metric: Metric) -> dict[str, dict[str, Any]]:
    """Median and 90th percentile of each cell with times, bounds by order statistics (normal ranks of the binomial)."""
    import numpy as np

    is_timed = metric.m == 1
    cell, seconds = grid.cell[metric.id[is_timed]], metric.x[is_timed]
    units = np.bincount(cell, minlength=len(grid.period))
    # By cell, and within it by seconds as the units are; few cells sort in linear time.
    seconds = seconds[np.argsort(cell.astype(np.min_scalar_type(len(grid.period))), kind="stable")]
    at = np.flatnonzero(units)
    begin, n = (np.cumsum(units) - units)[at], units[at]
    found = {}
    for name, share in PERCENTILES.items():
        place = (n - 1) * share
        below, above = (seconds[begin + end(place).astype(np.int64)] for end in (np.floor, np.ceil))
        spread = Z * np.sqrt(n * (share * (1 - share)))
        low = np.maximum(1, np.floor(n * share - spread)).astype(np.int64)
        high = np.minimum(n, np.ceil(1 + n * share + spread)).astype(np.int64)
        found[name] = {
            "metric_id": metric.metric_id,
            "period": grid.period[at],
            "code": grid.code[at],
            "name": name,
            "units": n,
            "value": below + (above - below) * (place - np.floor(place)),
            "low": seconds[begin + low - 1],
            "high": seconds[begin + high - 1],
        }
    return found
