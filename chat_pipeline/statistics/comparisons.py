"""The difference between two groups, with its interval and test: shares, means, ratios, clustered units.

Every difference is second minus first (treatment minus control).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chat_pipeline.statistics.intervals import Numbers

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Comparison:
    """Second minus first, its 95 % interval (unless asked otherwise), standard error, statistic and two-sided p.

    `df`: degrees of freedom of Student's t, None for the normal. Everything but `difference` is None where
    nothing varies: such data have no p.
    """

    difference: float
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    statistic: float | None = None
    p: float | None = None
    df: float | None = None


def two_proportion_z(k_a: int, n_a: int, k_b: int, n_b: int, level: float = 0.95) -> Comparison | None:
    """Two independent shares: pooled z-test without continuity correction, Newcombe's hybrid score interval.

    Equal to the uncorrected chi-squared test of the 2 x 2 table (z squared). None if a group is empty. Source: Fleiss,
    Statistical Methods for Rates and Proportions (1981); Newcombe, Statistics in Medicine 17 (1998), method 10;
    statsmodels `proportions_ztest`, `confint_proportions_2indep`.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

    if n_a <= 0 or n_b <= 0:
        return None
    difference = k_b / n_b - k_a / n_a
    if k_a + k_b in (0, n_a + n_b):
        return Comparison(difference)
    z, p = proportions_ztest([k_b, k_a], [n_b, n_a])
    low, high = confint_proportions_2indep(
        k_b, n_b, k_a, n_a, compare="diff", method="newcomb", alpha=1 - level
    )
    shares = ((k_a / n_a, n_a), (k_b / n_b, n_b))
    error = sum(share * (1 - share) / n for share, n in shares) ** 0.5
    return Comparison(difference, float(low), float(high), error or None, float(z), float(p))


def welch(a: Numbers, b: Numbers, level: float = 0.95) -> Comparison | None:
    """Two means of independent units whose variances may differ; None under two values in a group.

    Source: Welch, Biometrika 34 (1947); scipy `ttest_ind(equal_var=False)`.
    """
    import numpy as np
    from scipy.stats import ttest_ind

    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if len(a) < 2 or len(b) < 2:
        return None
    difference = float(b.mean() - a.mean())
    error = float(np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)))
    if error == 0:
        return Comparison(difference)
    found: Any = ttest_ind(b, a, equal_var=False)
    low, high = found.confidence_interval(level)
    return Comparison(
        difference,
        float(low),
        float(high),
        error,
        float(found.statistic),
        float(found.pvalue),
        float(found.df),
    )


def delta_ratio(
    x_a: Numbers, m_a: Numbers, x_b: Numbers, m_b: Numbers, level: float = 0.95
) -> Comparison | None:
    """Two ratios sum(x) / sum(m), a row per unit that was randomised (a person with x of m conversations).

    The variance of a ratio of means by the delta method, each group's with n - 1. None if a group has no m, or
    under two units. Source: Deng, Knoblich, Lu, KDD 2018 (arXiv 1803.06336), section 3.1; Kohavi, Tang, Xu,
    Trustworthy Online Controlled Experiments (2020), chapter 18.
    """
    first, second = _ratio(x_a, m_a), _ratio(x_b, m_b)
    if first is None or second is None:
        return None
    return _normal(second[0] - first[0], (first[1] + second[1]) ** 0.5, level)


def clustered_difference(
    x: Numbers, m: Numbers, cluster: Numbers, is_second: Numbers, level: float = 0.95
) -> Comparison | None:
    """Two ratios sum(x) / sum(m) whose units are clustered, a row per unit; a cluster may be in both groups.

    The difference is linearised by cluster (CR1 with C / (C - 1), Student's t with C - 1), equal to a regression
    of x / m on the group, weighted by m, with cluster-robust errors. None if a group has no m, or under two
    clusters. Source: Liang, Zeger, Biometrika 73 (1986); Cameron, Miller, Journal of Human Resources 50 (2015).
    """
    import numpy as np

    x, m = np.asarray(x, dtype=float), np.asarray(m, dtype=float)
    second = np.asarray(is_second, dtype=bool)
    m_a, m_b = float(m[~second].sum()), float(m[second].sum())
    if m_a <= 0 or m_b <= 0:
        return None
    share_a, share_b = float(x[~second].sum()) / m_a, float(x[second].sum()) / m_b
    share = np.where(second, share_b, share_a)
    scores = (x - share * m) * np.where(second, 1 / m_b, -1 / m_a)
    counts = m > 0
    _, codes = np.unique(np.asarray(cluster)[counts], return_inverse=True)
    by_cluster = np.bincount(codes, weights=scores[counts])
    clusters = len(by_cluster)
    if clusters < 2:
        return None
    error = float(np.sqrt(clusters / (clusters - 1) * (by_cluster**2).sum()))
    return _student(share_b - share_a, error, clusters - 1, level)


@dataclass(frozen=True)
class AgainstRest:
    """A group against all others. `cautious_p` is the larger of the comparison's p and of one by the spread of all
    clusters together: a small group in which a rare thing never happened has no spread of its own, and would look
    certain."""

    comparison: Comparison
    cautious_p: float | None
    clusters: int
    rest_clusters: int


def clustered_against_rest(
    x: Numbers, m: Numbers, cluster: Numbers, group: Numbers, level: float = 0.95
) -> dict[Any, AgainstRest]:
    """`clustered_difference` of every group against the rest at once, a row per group and cluster, all m over 0.

    The squares of clusters outside a group are the sums over all clusters less those inside, so that each row is
    looked at once, however many groups there are. Groups that are everything are left out.
    """
    import numpy as np

    x, m = np.asarray(x, dtype=float), np.asarray(m, dtype=float)
    _, codes = np.unique(np.asarray(cluster), return_inverse=True)
    names, groups = np.unique(np.asarray(group), return_inverse=True)
    totals = np.bincount(codes, weights=x), np.bincount(codes, weights=m)
    order = np.argsort(groups, kind="stable")
    rows_of = np.split(order, np.cumsum(np.bincount(groups))[:-1]) if len(order) else []
    found = {}
    for name, rows in zip(names.tolist(), rows_of, strict=True):
        m_all, m_b = totals[1].sum(), m[rows].sum()
        if m_all - m_b > 0 and len(totals[1]) >= 2:
            found[name] = _against_rest(x[rows], m[rows], codes[rows], totals, level)
    return found


def _against_rest(
    x: np.ndarray, m: np.ndarray, codes: np.ndarray, totals: tuple[np.ndarray, np.ndarray], level: float
) -> AgainstRest:
    """`x`, `m`, `codes`: the rows of the group; `totals`: x and m of every cluster."""
    x_rest, m_rest = totals[0][codes] - x, totals[1][codes] - m
    x_all, m_all, clusters = totals[0].sum(), totals[1].sum(), len(totals[0])
    m_b, m_a = m.sum(), m_all - m.sum()
    share_b, share_a = x.sum() / m_b, (x_all - x.sum()) / m_a

    everybody = ((totals[0] - share_a * totals[1]) ** 2).sum()
    inside = ((totals[0][codes] - share_a * totals[1][codes]) ** 2).sum()
    scores = (x - share_b * m) / m_b - (x_rest - share_a * m_rest) / m_a
    squares = (scores**2).sum() + max(0.0, everybody - inside) / m_a**2
    # All clusters about their common ratio, per m; of a share that is p (1 - p) deff.
    spread = ((totals[0] - x_all / m_all * totals[1]) ** 2).sum() / m_all * (1 / m_a + 1 / m_b)
    wide, none = (
        _student(float(share_b - share_a), float((clusters / (clusters - 1) * v) ** 0.5), clusters - 1, level)
        for v in (squares, spread)
    )
    ps = [found.p for found in (wide, none) if found.p is not None]
    return AgainstRest(
        wide, max(ps) if len(ps) == 2 else None, len(codes), clusters - int((m_rest <= 0).sum())
    )


def _ratio(x: Numbers, m: Numbers) -> tuple[float, float] | None:
    """The ratio of means and the variance of it."""
    import numpy as np

    x, m = np.asarray(x, dtype=float), np.asarray(m, dtype=float)
    n = len(m)
    if n < 2 or m.sum() <= 0:
        return None
    ratio = float(x.sum() / m.sum())
    residuals: np.ndarray = x - ratio * m
    return ratio, float((residuals**2).sum() / (n - 1) / n / m.mean() ** 2)


def _student(difference: float, error: float, df: int, level: float) -> Comparison:
    # What scipy.stats.t computes, without the minutes that its checks take where there are thousands of tests.
    from scipy.special import stdtr, stdtrit

    if error < 1e-12:
        return Comparison(difference)
    statistic, wide = difference / error, float(stdtrit(df, (1 + level) / 2)) * error
    p = float(2 * stdtr(df, -abs(statistic)))
    return Comparison(difference, difference - wide, difference + wide, error, statistic, p, df)


def _normal(difference: float, error: float, level: float) -> Comparison:
    from scipy.stats import norm

    if error < 1e-12:
        return Comparison(difference)
    wide = float(norm.ppf((1 + level) / 2)) * error
    z = difference / error
    return Comparison(difference, difference - wide, difference + wide, error, z, float(2 * norm.sf(abs(z))))
