"""What several tests at once do to their p-values. A p that could not be computed (None) is no test and stays None."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Adjusted so that the chance of any false finding among all stays at the level.

    Source: Holm, Scandinavian Journal of Statistics 6 (1979); statsmodels `multipletests`.
    """
    return _adjusted(ps, "holm")


def benjamini_hochberg(ps: Sequence[float | None]) -> list[float | None]:
    """Adjusted so that the expected share of false ones among the findings stays at the level (q-values).

    Source: Benjamini, Hochberg, Journal of the Royal Statistical Society B 57 (1995); statsmodels `multipletests`.
    """
    return _adjusted(ps, "fdr_bh")


def _adjusted(ps: Sequence[float | None], method: str) -> list[float | None]:
    from statsmodels.stats.multitest import multipletests

    tested = [p for p in ps if p is not None]
    if not tested:
        return [None] * len(ps)
    adjusted: Any = multipletests(tested, method=method)[1]
    rest = iter(adjusted)
    return [None if p is None else float(next(rest)) for p in ps]
