"""The tests of experiments on published cases: textbooks, R's documentation, and the game Cookie Cats."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from results import check, dataset

from chat_pipeline.statistics import (
    chi_squared,
    mann_whitney,
    sample_ratio,
    sample_size_two_proportions,
    smallest_detectable_difference,
    two_proportion_z,
    welch,
)


def case(name: str) -> dict[str, Any]:
    cases = json.loads(dataset("ab_textbook/cases.json").read_text())
    return next(case for case in cases if case["id"] == name)


def cookie_cats() -> dict[str, np.ndarray]:
    with gzip.open(dataset("ab_cookie_cats/cookie_cats.csv.gz"), "rt") as file:
        return dict(_columns(file))


def _columns(file: Any) -> Iterator[tuple[str, np.ndarray]]:
    import pandas

    frame = pandas.read_csv(file)
    assert len(frame) == 90189
    for version, name in (("gate_30", "a"), ("gate_40", "b")):
        arm = frame[frame["version"] == version]
        yield f"retention_1_{name}", arm["retention_1"].to_numpy()
        yield f"retention_7_{name}", arm["retention_7"].to_numpy()
        yield f"rounds_{name}", arm["sum_gamerounds"].to_numpy()


@pytest.mark.parametrize("name", ["srm_kohavi", "cookie_cats_srm"])
def test_sample_ratio(name: str) -> None:
    wanted = case(name)
    found = sample_ratio(wanted["observed"], wanted["expected_ratio"])
    assert found is not None
    check("ab_textbook", f"{name}: chi-squared", wanted["chi2"], found.statistic, digits=4)
    # Kohavi's p is given to six digits.
    assert found.p == pytest.approx(wanted["p"], rel=2e-6)
    check("ab_textbook", f"{name}: p", wanted["p"], float(f"{found.p:.6g}"))


def test_equal_shares_of_smokers() -> None:
    wanted = case("smokers")
    found = chi_squared(wanted["successes"], wanted["totals"])
    assert found is not None
    assert found.df == wanted["df"]
    check("ab_textbook", "smokers: chi-squared", wanted["chi2"], found.statistic, digits=4)
    check("ab_textbook", "smokers: p", wanted["p"], found.p, digits=6)


def test_sleep() -> None:
    wanted = case("sleep_welch")
    found = welch(wanted["b"], wanted["a"])
    assert found is not None
    assert found.statistic is not None
    assert found.df is not None
    assert found.p is not None
    check("ab_textbook", "sleep: t", wanted["t"], found.statistic, digits=4)
    check("ab_textbook", "sleep: df", wanted["df"], found.df, digits=3)
    check("ab_textbook", "sleep: p", wanted["p"], found.p, digits=5)
    # R prints the interval too.
    assert (found.low, found.high) == pytest.approx((-3.3654832, 0.2054832), abs=1e-7)


def test_sample_size_and_its_inverse() -> None:
    wanted = case("power_prop")
    units = sample_size_two_proportions(wanted["p1"], wanted["p2"], wanted["alpha"], wanted["power"])
    check("ab_textbook", "power.prop.test: n per group", wanted["n_per_group"], units, digits=1)
    assert units == pytest.approx(wanted["n_per_group"], abs=0.02)
    # With 77 units per group the difference that was planned for can be seen, with 76 not quite.
    seen = [smallest_detectable_difference(0.5, n, n, wanted["alpha"], wanted["power"]) for n in (77, 76)]
    assert seen[0] is not None
    assert seen[1] is not None
    assert seen[0] < 0.25 < seen[1]


@pytest.mark.parametrize("name", ["cookie_cats_ret1", "cookie_cats_ret7"])
def test_two_shares(name: str) -> None:
    wanted = case(name)
    found = two_proportion_z(*wanted["control"], *wanted["treatment"])
    assert found is not None
    assert found.statistic is not None
    check("ab_textbook", f"{name}: z", wanted["z"], found.statistic, digits=5)
    check("ab_textbook", f"{name}: p", wanted["p_z"], found.p)
    (k_a, n_a), (k_b, n_b) = wanted["control"], wanted["treatment"]
    yates = chi_squared([k_a, k_b], [n_a, n_b], is_corrected=True)
    plain = chi_squared([k_a, k_b], [n_a, n_b])
    assert yates is not None
    assert plain is not None
    check("ab_textbook", f"{name}: p (Yates)", wanted["p_yates"], yates.p)
    assert plain.p == pytest.approx(found.p, rel=1e-9)


def test_cookie_cats_from_its_rows() -> None:
    arms = cookie_cats()
    for day, z, p in ((1, -1.78409, 0.07440965529691913), (7, -3.16436, 0.001554249975614329)):
        first, second = arms[f"retention_{day}_a"], arms[f"retention_{day}_b"]
        found = two_proportion_z(int(first.sum()), len(first), int(second.sum()), len(second))
        assert found is not None
        assert found.statistic is not None
        check("ab_cookie_cats", f"day {day}: z", z, found.statistic, digits=5)
        check("ab_cookie_cats", f"day {day}: p", p, found.p)
        if day == 7:
            assert found.low is not None
            assert found.high is not None
            check("ab_cookie_cats", "day 7: interval, low (points)", -1.33, 100 * found.low, digits=2)
            check("ab_cookie_cats", "day 7: interval, high (points)", -0.31, 100 * found.high, digits=2)


def test_cookie_cats_rounds_and_split() -> None:
    arms = cookie_cats()
    split = sample_ratio([len(arms["rounds_a"]), len(arms["rounds_b"])], [0.5, 0.5])
    assert split is not None
    check("ab_cookie_cats", "split: p", 0.008607987810836262, split.p)
    assert 0.001 < split.p < 0.01
    means = welch(arms["rounds_b"], arms["rounds_a"])
    assert means is not None
    assert means.statistic is not None
    assert means.p is not None
    check("ab_cookie_cats", "rounds: Welch's t", 0.88544, means.statistic, digits=5)
    check("ab_cookie_cats", "rounds: Welch's p", 0.375924, means.p, digits=6)
    ranks = mann_whitney(arms["rounds_a"], arms["rounds_b"])
    assert ranks is not None
    check("ab_cookie_cats", "rounds: Mann-Whitney p", 0.0502088, ranks.p, digits=7)
