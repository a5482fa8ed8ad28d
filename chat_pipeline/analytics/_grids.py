"""Cells of a dimension and a grain, and sums over them: products with a sparse matrix, exact in whole numbers.

As SQL each number of a cell would be an aggregate, and each dimension a hash table over all persons and periods.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

# Sums of whole numbers below this are exact in floats of 32 bits.
EXACT_SINGLE = 2.0**24
# Up to so many possible numbers a table of them all is cheaper than sorting.
FEW = 2**20


@dataclass(frozen=True)
class Grid:
    """Cells of a dimension and grain. `cell`: of each unit; `person`: number of its (person, cell);
    `period`, `code`: of each cell the day it begins (since 1970) and the number of its value."""

    cell: np.ndarray
    person: np.ndarray
    period: np.ndarray
    code: np.ndarray

    def first(self, size: int) -> Grid:
        """The same cells with the first units alone."""
        return Grid(self.cell[:size], self.person[:size], self.period, self.code)

    @cached_property
    def repeated(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Units of persons who have several in the cell: their number, person (from 0), and the cell of each person."""
        import numpy as np

        several = np.bincount(self.person) > 1 if len(self.person) else np.zeros(0, dtype=bool)
        units = np.flatnonzero(several[self.person])
        person = (np.cumsum(several) - 1)[self.person[units]]
        cells = np.zeros(int(several.sum()), dtype=np.int64)
        cells[person] = self.cell[units]
        return units, person, cells


def grid_of(periods: np.ndarray, codes: np.ndarray, clusters: np.ndarray) -> Grid:
    """The grid of units with these periods, values and persons (numbered from 0)."""
    import pandas as pd

    width = int(codes.max(initial=0)) + 1
    starts, period = _distinct(periods)
    cells, cell = _distinct(period * width + codes)
    person, _ = pd.factorize(clusters * len(cells) + cell)
    return Grid(cell, person, starts[cells // width], cells % width)


def _distinct(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The numbers found, in order, and the place of each in them; unsorted where they lie close together."""
    import numpy as np

    least, most = int(numbers.min(initial=0)), int(numbers.max(initial=0))
    if most - least > FEW + 4 * len(numbers):
        return np.unique(numbers, return_inverse=True)
    found = np.zeros(most - least + 1, dtype=bool)
    found[numbers - least] = True
    return np.flatnonzero(found) + least, (np.cumsum(found) - 1)[numbers - least]


def added(index: np.ndarray, size: int, rows: np.ndarray, of: np.ndarray | None = None) -> np.ndarray:
    """Sums of the rows of a matrix (of those with the numbers `of`) by `index`."""
    import numpy as np
    from scipy.sparse import csr_matrix

    ones = np.ones(len(index), dtype=rows.dtype)
    places = np.arange(len(index)) if of is None else of
    return csr_matrix((ones, (index, places)), shape=(size, len(rows))) @ rows
