"""Differences between groups: by hand, against statsmodels, and how often a difference is found where none is."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from chat_pipeline.statistics import (
    Comparison,
    clustered_against_rest,
    clustered_difference,
    delta_ratio,
    two_proportion_z,
    welch,
)


def test_newcombe_interval_as_printed() -> None:
    # Newcombe (1998), Table II, method 10: 56/70 against 48/80, and 9/10 against 3/10.
    for (k_b, n_b), (k_a, n_a), low, high in (
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
    ):
        found = two_proportion_z(k_a, n_a, k_b, n_b)
        assert found is not None
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_what_does_not_vary_has_no_p() -> None:
    assert two_proportion_z(0, 10, 0, 5) == Comparison(0.0)
    assert two_proportion_z(10, 10, 5, 5) == Comparison(0.0)
    assert two_proportion_z(0, 0, 1, 5) is None
    assert welch([1, 1], [2, 2]) == Comparison(1.0)
    assert welch([1], [2, 3]) is None
    assert delta_ratio([0, 0], [1, 1], [0, 0], [2, 1]) == Comparison(0.0)
    assert delta_ratio([0, 0], [0, 0], [0, 1], [2, 1]) is None
    assert clustered_difference([0, 0], [1, 1], ["a", "b"], [False, True]) == Comparison(0.0)
    assert clustered_difference([0, 1], [1, 1], ["a", "a"], [False, True]) is None
    assert clustered_difference([0, 1], [1, 0], ["a", "b"], [False, True]) is None


def test_delta_ratio_by_hand() -> None:
    # First: units 1 of 2, 1 of 2 and 1 of 2: ratio 1/2 and no variance. Second: 2 of 2, 0 of 1: 2/3, mean m 1.5;
    # residuals 2/3, -2/3: variance 8/9 / 1 / 2 / 2.25 = 0.197531.
    found = delta_ratio([1, 1, 1], [2, 2, 2], [2, 0], [2, 1])
    assert found is not None
    assert found.difference == pytest.approx(1 / 6)
    assert found.standard_error == pytest.approx(0.197531**0.5, abs=1e-6)
    assert found.p == pytest.approx(0.7077, abs=1e-4)


def persons(rng: np.random.Generator, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Conversations of persons: person, outcome, and which persons come in the second half of their chats."""
    chats = rng.integers(1, 9, size=number)
    person = np.repeat(np.arange(number), chats)
    share = np.repeat(rng.beta(0.7, 0.7, size=number), chats)
    return person, rng.binomial(1, share), rng.random(len(person))


def test_clustered_difference_is_the_regression_with_robust_errors() -> None:
    rng = np.random.default_rng(3)
    person, outcome, coin = persons(rng, 50)
    weight = rng.integers(1, 4, size=len(person))
    x, second = outcome * weight, coin < 0.4
    found = clustered_difference(x, weight, person, second)
    fit = sm.WLS(x / weight, sm.add_constant(second.astype(float)), weights=weight).fit(
        cov_type="cluster", cov_kwds={"groups": person, "use_correction": False}, use_t=True
    )
    assert found is not None
    assert found.difference == pytest.approx(fit.params[1])
    assert found.standard_error == pytest.approx(fit.bse[1] * (50 / 49) ** 0.5)


def test_every_group_against_the_rest_is_the_clustered_difference() -> None:
    rng = np.random.default_rng(6)
    person, outcome, _ = persons(rng, 80)
    group = rng.choice(["a", "b", "c"], size=len(person))
    # A row per person and group, as the function wants them.
    rows = sorted({(g, p) for g, p in zip(group, person, strict=True)})
    sums = [(group == g) & (person == p) for g, p in rows]
    x, m = [int(outcome[part].sum()) for part in sums], [int(part.sum()) for part in sums]
    found = clustered_against_rest(x, m, [p for _, p in rows], [g for g, _ in rows])
    assert sorted(found) == ["a", "b", "c"]
    for name, against in found.items():
        one = clustered_difference(outcome, np.ones(len(person)), person, group == name)
        assert one is not None
        for field in ("difference", "low", "high", "standard_error", "statistic", "p", "df"):
            assert getattr(against.comparison, field) == pytest.approx(getattr(one, field)), field
        assert against.clusters == len(set(person[group == name].tolist()))
        assert against.rest_clusters == len(set(person[group != name].tolist()))


def test_a_group_without_any_hit_is_not_certain() -> None:
    # 40 persons without a hit, 400 of whom one in twelve has one: 3 to be expected, none is no wonder.
    x = [0] * 40 + ([1] + [0] * 11) * 33 + [0] * 4
    found = clustered_against_rest(x, [1] * 440, range(440), ["few"] * 40 + ["rest"] * 400)["few"]
    assert found.comparison.p is not None
    assert found.comparison.p < 1e-6
    assert found.cautious_p is not None
    assert 0.04 < found.cautious_p < 0.1
    # Where nothing varies there is no p at all, and a group that is everything has no rest.
    assert clustered_against_rest([1, 1, 1], [1, 1, 1], [1, 2, 3], ["a", "a", "b"])["a"].cautious_p is None
    assert clustered_against_rest([1, 0], [1, 1], [1, 2], ["a", "a"]) == {}


def test_clustered_difference_of_single_units_is_close_to_the_z_test() -> None:
    rng = np.random.default_rng(4)
    outcome, second = rng.binomial(1, 0.3, size=4000), rng.random(4000) < 0.5
    found = clustered_difference(outcome, np.ones(4000), np.arange(4000), second)
    plain = two_proportion_z(
        int(outcome[~second].sum()),
        int((~second).sum()),
        int(outcome[second].sum()),
        int(second.sum()),
    )
    assert found is not None
    assert plain is not None
    assert found.difference == pytest.approx(plain.difference)
    assert found.p == pytest.approx(plain.p, abs=0.002)


def test_size_where_persons_are_randomised_and_chats_are_counted() -> None:
    rng = np.random.default_rng(5)
    false = {"clustered": 0, "delta": 0, "plain": 0}
    covered, runs = 0, 800
    for _ in range(runs):
        person, outcome, _ = persons(rng, 200)
        is_second = rng.random(200) < 0.5
        second = is_second[person]
        x, m = np.bincount(person, outcome), np.bincount(person)
        found = clustered_difference(outcome, np.ones(len(person)), person, second)
        ratio = delta_ratio(x[~is_second], m[~is_second], x[is_second], m[is_second])
        plain = two_proportion_z(
            int(outcome[~second].sum()), int((~second).sum()), int(outcome[second].sum()), int(second.sum())
        )
        assert found is not None
        assert ratio is not None
        assert plain is not None
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0 <= found.high
        for name, test in (("clustered", found), ("delta", ratio), ("plain", plain)):
            assert test.p is not None
            false[name] += test.p < 0.05
    assert 0.93 <= covered / runs <= 0.97
    assert 0.03 <= false["clustered"] / runs <= 0.07
    assert 0.03 <= false["delta"] / runs <= 0.07
    # By the chat, as if they were independent, the test cries wolf.
    assert false["plain"] / runs > 0.12


def test_size_where_a_person_is_in_both_groups() -> None:
    rng = np.random.default_rng(6)
    false, runs = 0, 600
    for _ in range(runs):
        person, outcome, coin = persons(rng, 150)
        found = clustered_difference(outcome, np.ones(len(person)), person, coin < 0.3)
        assert found is not None
        assert found.p is not None
        false += found.p < 0.05
    assert 0.03 <= false / runs <= 0.075


def test_a_difference_that_is_there_is_found() -> None:
    rng = np.random.default_rng(7)
    a, b = rng.binomial(1, 0.2, size=3000), rng.binomial(1, 0.26, size=3000)
    found = clustered_difference(
        np.concatenate([a, b]), np.ones(6000), np.arange(6000), np.arange(6000) >= 3000
    )
    assert found is not None
    assert found.p is not None
    assert found.p < 1e-4
    assert found.difference > 0
