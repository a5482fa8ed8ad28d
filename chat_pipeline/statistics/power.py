"""How small a difference an experiment can see, and how many units it needs to see one."""

from __future__ import annotations

from typing import Any


def smallest_detectable_difference(
    share: float, n_a: int, n_b: int, level: float = 0.05, power: float = 0.8
) -> float | None:
    """The rise over `share` that a two-sided z-test of two shares finds with that power; None where none is.

    The inverse of `sample_size_two_proportions`, n_a units with `share` and n_b with more. A share over one half is
    looked at from the other side (the fall from it), so that 0.9 has room. Source: Fleiss (1981), chapter 3; statsmodels
    `power_proportions_2indep`.
    """
    from scipy.optimize import brentq
    from statsmodels.stats.proportion import power_proportions_2indep

    if n_a < 1 or n_b < 1 or not 0 < share < 1:
        return None
    base = min(share, 1 - share)

    def missing(difference: float) -> float:
        ratio: Any = n_a / n_b
        found: Any = power_proportions_2indep(difference, base, n_b, ratio=ratio, alpha=level)
        return float(found.power) - power

    largest = 1 - base - 1e-9
    if missing(largest) < 0:
        return None
    rise: Any = brentq(missing, 1e-9, largest)
    return float(rise)


def detectable_by_error(
    standard_error: float | None, level: float = 0.05, power: float = 0.8
) -> float | None:
    """The difference that a two-sided test with this standard error finds with that power: means, ratios, clusters.

    (z of 1 - level / 2 + z of power) x standard error. Source: Bloom, Evaluation Review 19 (1995).
    """
    from scipy.stats import norm

    if not standard_error:
        return None
    return float(norm.ppf(1 - level / 2) + norm.ppf(power)) * standard_error


def sample_size_two_proportions(a: float, b: float, level: float = 0.05, power: float = 0.8) -> float:
    """Units per group for a two-sided z-test of the shares a and b, equal groups; not rounded up.

    Source: Fleiss (1981), formula 3.14, as R's `power.prop.test`; statsmodels `samplesize_proportions_2indep_onetail`.
    """
    from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

    return float(samplesize_proportions_2indep_onetail(b - a, a, power, alpha=level))
