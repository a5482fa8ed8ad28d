"""Two arms compared on one metric: which test fits, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chat_pipeline.statistics import (
    Comparison,
    delta_ratio,
    detectable_by_error,
    mann_whitney,
    smallest_detectable_difference,
    two_proportion_z,
    welch,
)

if TYPE_CHECKING:
    import numpy as np

LEVEL = 0.05
# Fewer units in an arm give no verdict.
LEAST_UNITS = 30


@dataclass(frozen=True)
class Sample:
    """An arm's units on one metric: numerator `x` and denominator `m` of each, m above 0."""

    x: np.ndarray
    m: np.ndarray

    @property
    def value(self) -> float | None:
        return float(self.x.sum() / self.m.sum()) if len(self.m) else None

    def is_single(self) -> bool:
        return bool((self.m == 1).all())

    def is_share(self) -> bool:
        return self.is_single() and bool(((self.x == 0) | (self.x == 1)).all())


def compare(first: Sample, second: Sample, is_volume: bool = False) -> dict[str, Any]:
    """The columns of a comparison: test, difference, interval, p, p_mann_whitney, smallest detectable difference."""
    test, found, detectable = _fitting(first, second, is_volume)
    has_values = first.value is not None and second.value is not None
    ranks = None if test == "z" else mann_whitney(first.x / first.m, second.x / second.m)
    return {
        "test": test if found and found.p is not None else None,
        # Nothing varying leaves a difference all the same.
        "difference": (second.value or 0.0) - (first.value or 0.0) if has_values else None,
        "interval_low": found.low if found else None,
        "interval_high": found.high if found else None,
        "p": found.p if found else None,
        "p_mann_whitney": ranks.p if ranks else None,
        "smallest_detectable_difference": detectable,
    }


def _fitting(first: Sample, second: Sample, is_volume: bool) -> tuple[str, Comparison | None, float | None]:
    """The test's name, its result, and the difference that it could see."""
    n_a, n_b = len(first.m), len(second.m)
    if first.is_share() and second.is_share() and not is_volume:
        k_a, k_b = int(first.x.sum()), int(second.x.sum())
        seen = smallest_detectable_difference(k_a / n_a, n_a, n_b, LEVEL) if n_a and n_b else None
        return "z", two_proportion_z(k_a, n_a, k_b, n_b), seen
    if first.is_single() and second.is_single():
        found = welch(first.x, second.x)
        return "welch", found, detectable_by_error(found.standard_error if found else None, LEVEL)
    found = delta_ratio(first.x, first.m, second.x, second.m)
    return "delta", found, detectable_by_error(found.standard_error if found else None, LEVEL)
