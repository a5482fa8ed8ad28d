"""What the checks against published results found, kept for the table in docs/validation.md.

`record` only writes; each test asserts for itself.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

DATASETS = Path(__file__).parents[2] / "../shared/real/datasets"
# Where the rows go, a JSON object per line; nothing is kept without it.
VARIABLE = "VALIDATION_RESULTS"


def record(dataset: str, figure: str, published: object, ours: object, verdict: str) -> None:
    """Append one row of the table: what was published, what we find, and "equal", "within ..." or why not."""
    if path := os.environ.get(VARIABLE):
        row = {
            "dataset": dataset,
            "figure": figure,
            "published": str(published),
            "ours": str(ours),
            "verdict": verdict,
        }
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def check(dataset: str, figure: str, published: object, ours: object, digits: int | None = None) -> None:
    """Record the row and fail unless both are equal, floats to so many digits after the point.

    Without `digits` a float must be within a millionth of the published one.
    """
    if isinstance(published, float):
        assert isinstance(ours, (int, float))
        wanted = pytest.approx(published, rel=1e-6) if digits is None else round(published, digits)
        fits = (ours if digits is None else round(ours, digits)) == wanted
        kind = "within 1e-6" if digits is None else f"equal to {digits} digits"
    else:
        fits, kind = ours == published, "equal"
    record(dataset, figure, published, ours, kind if fits else "differs")
    assert fits, f"{dataset}, {figure}: published {published}, ours {ours}"


def dataset(name: str) -> Path:
    """A file of the public data sets; skips the test where they are not there."""
    path = DATASETS / name
    if not path.exists():
        pytest.skip(f"the shared real data are not here: {path}")
    return path
