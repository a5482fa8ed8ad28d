"""Sums of metrics over cells by matrices against the same counted unit by unit."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from chat_pipeline.analytics._grids import grid_of
from chat_pipeline.analytics._segment_ranks import Stretches, twice_ranks
from chat_pipeline.analytics.metrics.blocks import Metric, blocks_of
from chat_pipeline.analytics.metrics.sums import SUMS, percentiles_of, sums_of

SIZE = 400


def made(rng: np.random.Generator, metric_id: int, shape: str, highest: int) -> Metric:
    """Some of the units; those pending or excluded are 0."""
    ids = np.flatnonzero(rng.random(SIZE) < 0.6)
    m = rng.integers(0, 2, len(ids)) if shape != "count" else np.zeros(len(ids), dtype=int)
    x = rng.integers(0, highest + 1, len(ids)) * (
        m if shape not in ("count", "persons_any", "persons_all") else 1
    )
    test = rng.integers(0, 2, len(ids)) * (m == 0)
    order = np.argsort(x, kind="stable") if shape == "seconds" else np.arange(len(ids))
    x = np.where(test > 0, 0, x)
    return Metric(metric_id, shape, False, ids[order], x[order], m[order], {"excluded_test": test[order]})


def counted(metric: Metric, cells: np.ndarray, clusters: np.ndarray) -> dict[int, dict[str, float]]:
    """The sums by cell, a person after the other."""
    persons: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for place, unit in enumerate(metric.id):
        row = (int(metric.x[place]), int(metric.m[place]), int(metric.counts["excluded_test"][place]))
        persons[cells[unit], clusters[unit]].append(row)
    found: dict[int, dict[str, float]] = defaultdict(lambda: dict.fromkeys((*SUMS, "excluded_test"), 0))
    for (cell, _), rows in persons.items():
        x, m = sum(row[0] for row in rows), sum(row[1] for row in rows)
        if metric.shape.startswith("persons"):
            x, m = int(x > 0), int(m > 0)
        if metric.shape == "persons_all":
            there = [row[0] for row in rows if not row[2]]
            x, m = int(bool(there) and all(there)), 0
        sums = found[cell]
        sums["x"] += x
        sums["m"] += m
        sums["excluded_test"] += sum(row[2] for row in rows)
        if metric.shape in ("rate", "seconds", "mean"):
            for name, value in (("persons", m > 0), ("xx", x * x), ("xm", x * m), ("mm", m * m)):
                sums[name] += value
    return found


@pytest.mark.parametrize(
    ("shape", "highest"),
    [("rate", 1), ("mean", 5), ("seconds", 10**6), ("seconds", 3 * 10**9), ("count", 1), ("persons_any", 1),
     ("persons_all", 1), ("persons_rate", 1)],
)  # fmt: skip
def test_sums_are_those_counted_by_hand(shape: str, highest: int) -> None:
    rng = np.random.default_rng(3)
    clusters, codes, days = (rng.integers(0, n, SIZE) for n in (60, 3, 4))
    metric = made(rng, 7, shape, highest)
    grid = grid_of(days, codes, clusters)
    (block,) = blocks_of([metric], clusters)
    found = sums_of(grid, block)
    expected = counted(metric, days * 10 + codes, clusters)
    assert set(found["period"] * 10 + found["code"]) == set(expected)
    names = ["x", "m", "excluded_test"] + (
        ["persons", "xx", "xm", "mm"] if shape in ("rate", "mean", "seconds") else []
    )
    for place, cell in enumerate(found["period"] * 10 + found["code"]):
        for name in names:
            # Beyond 64 bits doubles have to do.
            assert float(found[name][place]) == pytest.approx(expected[cell][name], rel=1e-12), name


def test_percentiles_of_a_cell() -> None:
    rng = np.random.default_rng(4)
    metric = made(rng, 1, "seconds", 500)
    grid = grid_of(np.zeros(SIZE, dtype=int), np.arange(SIZE) % 2, np.arange(SIZE))
    found = percentiles_of(grid, metric)
    for code in (0, 1):
        times = metric.x[(metric.m == 1) & (metric.id % 2 == code)]
        for name, share in (("median", 50), ("p90", 90)):
            assert found[name]["value"][code] == pytest.approx(np.percentile(times, share))
            assert found[name]["low"][code] <= found[name]["value"][code] <= found[name]["high"][code]


def test_no_units_have_no_cells() -> None:
    none = np.zeros(0, dtype=int)
    (block,) = blocks_of([Metric(1, "rate", False, none, none, none, {})], none)
    assert len(sums_of(grid_of(none, none, none), block)["x"]) == 0


def test_equals_share_a_rank_among_all_of_the_day() -> None:
    # Values 5, 5, 9: ranks 1.5, 1.5, 3; twice the mid-rank less the half in the middle: 2, 2, 5.
    assert twice_ranks(np.array([0, 0, 1])).tolist() == [2, 2, 5]
    stretches = Stretches(np.array([1, 1, 3]), np.array([4, 2, 9]), np.array([0, 0, 2]), np.array([1, 3, 3]))
    days = [(rows, present.tolist(), places.tolist()) for rows, present, places in stretches.days()]
    assert days == [(slice(0, 1), [0, 1], [0]), (slice(1, 3), [0, 2], [0, 1])]
