"""Tests of tables, ranks and splits, corrections for many tests, and power: printed values, hand counts, bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from chat_pipeline.statistics import (
    benjamini_hochberg,
    chi_squared,
    detectable_by_error,
    holm,
    mann_whitney,
    sample_ratio,
    sample_size_two_proportions,
    smallest_detectable_difference,
    two_proportion_z,
)

# Benjamini, Hochberg (1995), section 3.1: 15 p-values; 4 are found by their rule, 3 by Holm's at 0.05.
PUBLISHED = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
]  # fmt: skip


def test_corrections_as_published() -> None:
    assert sum(p is not None and p <= 0.05 for p in benjamini_hochberg(PUBLISHED)) == 4
    assert sum(p is not None and p <= 0.05 for p in holm(PUBLISHED)) == 3
    assert benjamini_hochberg(PUBLISHED)[3] == pytest.approx(0.0095 * 15 / 4)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_corrections_are_those_of_statsmodels(ps: list[float]) -> None:
    assert holm(ps) == pytest.approx(list(multipletests(ps, method="holm")[1]))
    assert benjamini_hochberg(ps) == pytest.approx(list(multipletests(ps, method="fdr_bh")[1]))


def test_a_test_that_was_not_made_corrects_nothing() -> None:
    assert holm([0.01, None, 0.04]) == [pytest.approx(0.02), None, pytest.approx(0.04)]
    assert benjamini_hochberg([None, 0.03]) == [None, pytest.approx(0.03)]
    assert holm([]) == []
    assert holm([None]) == [None]


def test_rank_test_by_hand() -> None:
    # b exceeds a in 8 of 9 pairs; U = 8, mean 4.5, sd sqrt(9 x 7 / 12), less 1/2: z = 1.3093.
    found = mann_whitney([1, 2, 4], [3, 5, 6])
    assert found is not None
    assert found.statistic == pytest.approx(8 / 9)
    assert found.p == pytest.approx(0.19043, abs=1e-5)
    assert mann_whitney([1, 1], [1]) is None
    assert mann_whitney([], [1]) is None


def test_tables_that_say_nothing_have_no_p() -> None:
    assert chi_squared([0, 0], [5, 5]) is None
    assert chi_squared([5, 5], [5, 5]) is None
    assert chi_squared([1, 0], [5, 0]) is None
    assert chi_squared([1], [5]) is None
    assert sample_ratio([0, 0], [0.5, 0.5]) is None


def test_a_planned_split_need_not_be_even() -> None:
    found = sample_ratio([900, 100], [0.9, 0.1])
    assert found is not None
    assert (found.statistic, found.p, found.df) == (0, 1, 1)
    # 10 more than planned in the small arm: 100 / 100 + 100 / 900.
    found = sample_ratio([890, 110], [0.9, 0.1])
    assert found is not None
    assert found.statistic == pytest.approx(1 + 1 / 9)


def test_three_arms() -> None:
    found = sample_ratio([120, 100, 80], [1 / 3, 1 / 3, 1 / 3])
    assert found is not None
    assert (found.statistic, found.df) == (pytest.approx(8), 2)
    assert found.p == pytest.approx(0.0183156, abs=1e-7)


def test_the_smallest_detectable_difference_is_found_as_often_as_it_says() -> None:
    rise = smallest_detectable_difference(0.2, 800, 400)
    assert rise is not None
    rng = np.random.default_rng(8)
    found = 0
    for k_a, k_b in zip(rng.binomial(800, 0.2, 1500), rng.binomial(400, 0.2 + rise, 1500), strict=True):
        test = two_proportion_z(int(k_a), 800, int(k_b), 400)
        assert test is not None
        found += test.p is not None and test.p < 0.05
    assert found / 1500 == pytest.approx(0.8, abs=0.04)


def test_detectable_differences_agree_and_can_be_missing() -> None:
    rise = smallest_detectable_difference(0.2, 1000, 1000)
    assert rise is not None
    assert sample_size_two_proportions(0.2, 0.2 + rise) == pytest.approx(1000, rel=1e-3)
    # 0.9 is looked at as 0.1.
    assert smallest_detectable_difference(0.9, 500, 500) == pytest.approx(
        smallest_detectable_difference(0.1, 500, 500)
    )
    assert smallest_detectable_difference(0.1, 2, 2) is None
    assert smallest_detectable_difference(0.1, 0, 2) is None
    assert smallest_detectable_difference(0.0, 50, 50) is None
    assert detectable_by_error(0.01) == pytest.approx(0.0280159, abs=1e-7)
    assert detectable_by_error(None) is None
