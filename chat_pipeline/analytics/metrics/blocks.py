"""Units of all metrics as matrices: a row per unit, the numbers of the metrics side by side in it.

A cell then adds up its rows for all metrics at once (`sums.py`). All are whole numbers and their sums exact, for sums of
fractions would depend on their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chat_pipeline.analytics._grids import EXACT_SINGLE
from chat_pipeline.analytics._sql import columns_of

if TYPE_CHECKING:
    import duckdb
    import numpy as np

COUNTS = ("pending", "excluded_test", "excluded_other")
# Shapes with an interval: counts and money have none.
MEASURED = ("rate", "mean", "seconds")
# Sums of whole numbers below this fit into integers of 64 bits.
EXACT_INTEGER = 2.0**62


@dataclass(frozen=True)
class Metric:
    """A metric's units: number of each (`id`) and its whole numbers; of a time in the order of the seconds."""

    metric_id: int
    shape: str
    is_of_visits: bool
    id: np.ndarray
    x: np.ndarray
    m: np.ndarray
    counts: dict[str, np.ndarray]

    @property
    def is_binary(self) -> bool:
        """Nothing but 0 and 1, and no numerator without a denominator where they are compared."""
        is_small = all(int(values.max(initial=0)) <= 1 for values in (self.x, self.m))
        return is_small and (self.shape not in MEASURED or bool((self.x <= self.m).all()))


@dataclass(frozen=True)
class Block:
    """Metrics side by side, all of persons (of whom the units say something together) or none. `sums`: x and m of each and, unless all are 0 and 1, units with an m, xx, xm, mm.
    `counts`: units and what else is counted of them, `placed` the name and metric of each of its columns."""

    metrics: list[Metric]
    is_of_persons: bool
    is_binary: bool
    sums: np.ndarray
    counts: np.ndarray
    placed: list[tuple[str, int]]

    def parts(self, summed: np.ndarray) -> tuple[np.ndarray, ...]:
        """x, m, units with an m, xx, xm, mm of `sums`, or of sums of its rows."""
        import numpy as np

        if not self.is_binary:
            return tuple(np.split(summed, 6, axis=1))
        x, m = np.split(summed, 2, axis=1)
        # The squares of 0 and 1 are 0 and 1.
        return x, m, m, x, x, m


def metrics_of(con: duckdb.DuckDBPyConnection) -> list[Metric]:
    """The units of each metric, from `metric_rows`."""
    found = []
    names = con.execute(
        "select metric_id, shape, is_of_visits from metric_names order by metric_id"
    ).fetchall()
    for metric_id, shape, is_of_visits in names:
        got = columns_of(
            con,
            f"select id, numerator, denominator, {', '.join(COUNTS)} from metric_rows where metric_id = ?"
            + (" order by numerator" if shape == "seconds" else ""),
            [metric_id],
        )
        counts = {name: got[name] for name in COUNTS if got[name].any()}
        found.append(
            Metric(metric_id, shape, is_of_visits, got["id"], got["numerator"], got["denominator"], counts)
        )
    return found


def blocks_of(metrics: list[Metric], clusters: np.ndarray) -> list[Block]:
    """Metrics as blocks over all units, of which `clusters` has the persons."""
    kinds: dict[tuple[bool, bool], list[Metric]] = {}
    for metric in metrics:
        kinds.setdefault((metric.shape.startswith("persons"), metric.is_binary), []).append(metric)
    return [_block(group, *kind, clusters) for kind, group in kinds.items()]


def _block(metrics: list[Metric], is_of_persons: bool, is_binary: bool, clusters: np.ndarray) -> Block:
    import numpy as np

    width, size = len(metrics), len(clusters)
    sums = np.zeros((size, (2 if is_binary else 6) * width), dtype=_type(metrics, is_binary, clusters))
    placed = [(name, k) for k, metric in enumerate(metrics) for name in ("units", *metric.counts)]
    most = max((float(values.sum()) for metric in metrics for values in metric.counts.values()), default=0)
    counts = np.zeros((size, len(placed)), dtype=np.float32 if max(most, size) < EXACT_SINGLE else float)
    for k, metric in enumerate(metrics):
        x, m = (values.astype(sums.dtype) for values in _compared(metric))
        parts = (x, m) if is_binary else (x, m, m > 0, x * x, x * m, m * m)
        for place, values in enumerate(parts):
            sums[metric.id, place * width + k] = values
    for column, (name, k) in enumerate(placed):
        counts[metrics[k].id, column] = metrics[k].counts.get(name, 1)
    return Block(metrics, is_of_persons, is_binary, sums, counts, placed)


def _compared(metric: Metric) -> tuple[np.ndarray, np.ndarray]:
    """x and m. Of persons of whom all units must fit: whether the unit does not, and whether it counts."""
    import numpy as np

    if metric.shape != "persons_all":
        return metric.x, metric.m
    counted = np.ones(len(metric.x), dtype=bool)
    for name in COUNTS[1:]:
        counted &= metric.counts.get(name, np.zeros(1)) == 0
    return counted & (metric.x == 0), counted


def _type(metrics: list[Metric], is_binary: bool, clusters: np.ndarray) -> type:
    """Type in which the sums are exact; only where squares leave even 64 bits, they are doubles."""
    import numpy as np

    if is_binary:
        return np.float32 if len(clusters) < EXACT_SINGLE else float
    highest = 0.0
    for metric in metrics:
        if metric.shape in MEASURED and len(metric.id):
            by_person = np.bincount(clusters[metric.id], weights=metric.x)
            highest = max(highest, float(by_person.max() * by_person.sum()))
    return np.int64 if highest < EXACT_INTEGER else float
