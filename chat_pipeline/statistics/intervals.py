"""Intervals of a share and of a percentile, and what clustering costs them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

# Anything numpy makes a one-dimensional array of.
Numbers = Sequence[float] | Any


def wilson(
    k: float, n: float, n_effective: float | None = None, level: float = 0.95
) -> tuple[float, float] | None:
    """Wilson's score interval of k / n, on `n_effective` (n / deff) units where they are not independent.

    Clamped to [0, 1] and to contain the value (rounding puts the bound beyond it at 0 and 1). None without units.
    Source: Wilson, JASA 22 (1927); statsmodels `proportion_confint`.
    """
    from statsmodels.stats.proportion import proportion_confint

    units = n if n_effective is None else n_effective
    if n <= 0 or units <= 0:
        return None
    share = k / n
    low, high = proportion_confint(share * units, units, alpha=1 - level, method="wilson")
    return max(0.0, min(share, float(low))), min(1.0, max(share, float(high)))


def deff_by_cluster(x: Numbers, m: Numbers, cluster: Numbers) -> float | None:
    """Design effect of the ratio sum(x) / sum(m) of 0-1 events: its variance linearised by cluster over p(1-p)/n.

    At least 1; None where it can't be estimated (a share of 0 or 1, a single cluster). Source: Kish, Survey
    Sampling (1965), sections 5.3 and 6.4, without the factor C / (C - 1).
    """
    by_x, by_m = _by_cluster(x, m, cluster)
    units = float(by_m.sum())
    share = float(by_x.sum()) / units if units > 0 else 0.0
    if not 0 < share < 1 or len(by_m) < 2:
        return None
    linearised = float(((by_x - share * by_m) ** 2).sum())
    return max(1.0, linearised / (units * share * (1 - share)))


def units_alike(x: Numbers, m: Numbers, cluster: Numbers) -> float:
    """How many independent units the ratio is worth: n / deff, or the clusters where deff can't be estimated."""
    deff = deff_by_cluster(x, m, cluster)
    _, by_m = _by_cluster(x, m, cluster)
    return float(len(by_m)) if deff is None else float(by_m.sum()) / deff


def percentile_interval(values: Numbers, q: float, level: float = 0.95) -> tuple[float | None, float | None]:
    """Interval of the q-quantile by order statistics; a side is None where the values are too few to bound it.

    The ranks l and u hold P(l <= B <= u - 1) >= level for B ~ Binomial(n, q), each tail at most half the rest.
    Source: Conover, Practical Nonparametric Statistics (3rd ed.), section 3.2.
    """
    import numpy as np
    from scipy.stats import binom

    ordered = np.sort(np.asarray(values, dtype=float))
    n = len(ordered)
    if n == 0:
        return None, None
    tail = (1 - level) / 2
    low, high = int(binom.ppf(tail, n, q)), int(binom.ppf(1 - tail, n, q)) + 1
    return (
        float(ordered[low - 1]) if low >= 1 else None,
        float(ordered[high - 1]) if high <= n else None,
    )


def _by_cluster(x: Numbers, m: Numbers, cluster: Numbers) -> tuple[np.ndarray, np.ndarray]:
    """Sums of x and m per cluster; clusters without a unit (m = 0) say nothing and are left out."""
    import numpy as np

    _, codes = np.unique(np.asarray(cluster), return_inverse=True)
    by_x = np.bincount(codes, weights=np.asarray(x, dtype=float))
    by_m = np.bincount(codes, weights=np.asarray(m, dtype=float))
    return by_x[by_m > 0], by_m[by_m > 0]
