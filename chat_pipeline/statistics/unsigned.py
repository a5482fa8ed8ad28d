"""Tests that give no difference of their own: of a table, of ranks, of a split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chat_pipeline.statistics.intervals import Numbers


@dataclass(frozen=True)
class Test:
    """A statistic and its p; `df`: degrees of freedom, None where it has none."""

    # Not for pytest to collect.
    __test__ = False

    statistic: float
    p: float
    df: int | None = None


def chi_squared(successes: Sequence[int], totals: Sequence[int], is_corrected: bool = False) -> Test | None:
    """Whether several shares are equal: Pearson's chi-squared; `is_corrected`: Yates, two shares only.

    None if a group is empty, or all or none succeeded. Source: Fleiss (1981), chapter 9; scipy `chi2_contingency`.
    """
    from scipy.stats import chi2_contingency

    if len(totals) < 2 or min(totals) <= 0 or sum(successes) in (0, sum(totals)):
        return None
    failures = [n - k for k, n in zip(successes, totals, strict=True)]
    found: Any = chi2_contingency([list(successes), failures], correction=is_corrected)
    return Test(float(found.statistic), float(found.pvalue), int(found.dof))


def mann_whitney(a: Numbers, b: Numbers) -> Test | None:
    """Whether one group's values tend to be larger: two-sided rank test, normal with ties and continuity.

    `statistic` is the probability that a value of b exceeds one of a (ties half). None if a group is empty or all
    values are equal. Source: Mann, Whitney, Annals of Mathematical Statistics 18 (1947); scipy `mannwhitneyu`.
    """
    import numpy as np
    from scipy.stats import mannwhitneyu

    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if not len(a) or not len(b) or np.ptp(np.concatenate([a, b])) == 0:
        return None
    found = mannwhitneyu(b, a, alternative="two-sided", method="asymptotic")
    return Test(float(found.statistic) / (len(a) * len(b)), float(found.pvalue))


def sample_ratio(observed: Sequence[int], planned: Sequence[float]) -> Test | None:
    """Whether the units fell on the arms as planned (shares of 1): chi-squared goodness of fit; None without units.

    A p under 0.001 says that the split is broken and the comparison with it. Source: Kohavi, Tang, Xu, Trustworthy
    Online Controlled Experiments (2020), chapter 21; scipy `chisquare`.
    """
    from scipy.stats import chisquare

    units = sum(observed)
    if units == 0:
        return None
    found = chisquare(list(observed), [share * units / sum(planned) for share in planned])
    return Test(float(found.statistic), float(found.pvalue), len(observed) - 1)
