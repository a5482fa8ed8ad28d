"""What several tests at once do to their p-values. A p that could not be computed (None) is no test and stays None."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Adjusted so that the chance of any false finding among all stays at the level.

    The largest so far of (n - i + 1) x p_(i), i from 1, at most 1. Source: Holm, Scandinavian Journal of Statistics 6
    (1979). Not statsmodels' `multipletests`: it collects the garbage of the whole process at every call.
    """
    tested = [p for p in ps if p is not None]
    order = sorted(range(len(tested)), key=tested.__getitem__)
    adjusted, largest = [0.0] * len(tested), 0.0
    for place, at in enumerate(order):
        largest = max(largest, min(1.0, (len(tested) - place) * tested[at]))
        adjusted[at] = largest
    return _put_back(ps, adjusted)


def benjamini_hochberg(ps: Sequence[float | None]) -> list[float | None]:
    """Adjusted so that the expected share of false ones among the findings stays at the level (q-values).

    Source: Benjamini, Hochberg, Journal of the Royal Statistical Society B 57 (1995); scipy `false_discovery_control`.
    """
    from scipy.stats import false_discovery_control

    tested = [p for p in ps if p is not None]
    return _put_back(ps, map(float, false_discovery_control(tested)) if tested else ())


def _put_back(ps: Sequence[float | None], adjusted: Iterable[float]) -> list[float | None]:
    rest = iter(adjusted)
    return [None if p is None else next(rest) for p in ps]
