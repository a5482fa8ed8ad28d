"""Intervals of shares and percentiles against printed values, against SQL's, and by how often they hold the truth."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat_pipeline.analytics._sql import wilson as wilson_sql
from chat_pipeline.statistics import deff_by_cluster, percentile_interval, units_alike, wilson


def test_wilson_as_printed_by_newcombe() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), Table I, method 3.
    for k, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)):
        assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_wilson_without_units_is_none() -> None:
    assert wilson(0, 0) is None
    assert wilson(1, 2, n_effective=0) is None


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(1, 200), st.floats(0.5, 200))
def test_wilson_holds_its_value_and_is_sql_s(k: int, n: int, alike: float) -> None:
    k = min(k, n)
    found = wilson(k, n, alike)
    assert found is not None
    assert 0 <= found[0] <= k / n <= found[1] <= 1
    sql = [
        wilson_sql(f"cast({k} as double) / {n}", f"cast({alike!r} as double)", side)
        for side in ("low", "high")
    ]
    assert found == pytest.approx(duckdb.sql(f"select {', '.join(sql)}").fetchone(), abs=1e-12)


def test_design_effect_by_hand() -> None:
    # Persons with 3 of 4, 0 of 2, 1 of 2: p = 1/2, residuals 1, -1, 0: 2 / (8 x 1/4) = 1.
    x, m, person = [3, 0, 1], [4, 2, 2], ["a", "b", "c"]
    assert deff_by_cluster(x, m, person) == pytest.approx(1.0)
    # Persons with 4 of 4 and 0 of 4: residuals 2, -2: 8 / (8 x 1/4) = 4, so that 8 units are worth 2.
    assert deff_by_cluster([1] * 4 + [0] * 4, [1] * 8, [1] * 4 + [2] * 4) == pytest.approx(4.0)
    assert units_alike([1] * 4 + [0] * 4, [1] * 8, [1] * 4 + [2] * 4) == pytest.approx(2.0)


def test_design_effect_that_can_not_be_estimated_leaves_the_clusters() -> None:
    for x in ([0, 0, 0], [1, 1, 1]):
        assert deff_by_cluster(x, [1, 1, 1], ["a", "a", "b"]) is None
        assert units_alike(x, [1, 1, 1], ["a", "a", "b"]) == 2
    assert deff_by_cluster([1, 0], [1, 1], ["a", "a"]) is None
    assert units_alike([], [], []) == 0
    # A person without a unit is not counted.
    assert units_alike([1, 0], [1, 0], ["a", "b"]) == 1


def test_percentiles_by_order_statistics_as_printed() -> None:
    # The sign test's interval of the median at n = 10: second and ninth value, 97.9 %; n = 5 has none at 95 %.
    assert percentile_interval(range(10, 0, -1), 0.5) == (2, 9)
    assert percentile_interval(range(6), 0.5) == (0, 5)
    assert percentile_interval(range(5), 0.5) == (None, None)
    # 16 values, upper quartile: P(B <= 8) = 0.027, P(B <= 9) = 0.080, P(B <= 14) = 0.937: each tail under 5 %.
    assert percentile_interval(range(1, 17), 0.75, 0.9) == (9, 16)
    assert percentile_interval([], 0.5) == (None, None)


def test_percentile_interval_holds_the_truth() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for values in rng.exponential(size=(2000, 40)):
        low, high = percentile_interval(values, 0.9)
        # The 90th of 40 has no upper bound at 95 %: open there.
        held += (low is None or low <= np.log(10)) and (high is None or np.log(10) <= high)
    assert 0.94 <= held / 2000 <= 0.99


def test_wilson_on_alike_units_holds_the_truth_where_plain_wilson_does_not() -> None:
    rng = np.random.default_rng(2)
    clustered = plain = 0
    for _ in range(600):
        turns = rng.integers(1, 20, size=120)
        # Persons differ: their own shares are spread around 0.3.
        k = rng.binomial(turns, rng.beta(0.9, 2.1, size=120))
        units = units_alike(k, turns, np.arange(120))
        low, high = wilson(int(k.sum()), int(turns.sum()), units) or (1, 0)
        clustered += low <= 0.3 <= high
        low, high = wilson(int(k.sum()), int(turns.sum())) or (1, 0)
        plain += low <= 0.3 <= high
    assert 0.92 <= clustered / 600 <= 0.975
    assert plain / 600 < 0.75
