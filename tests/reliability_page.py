"""docs/reliability.md: how `make reliability` writes what stands between its markers.

Tests record what they counted in the file that the variable names; as a program this module puts it in the page.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from validation_page import markdown, with_part

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reliability.md"
VARIABLE = "RELIABILITY_RESULTS"
TITLES = {"kills": "kills", "readers": "readers", "hostile": "hostile files"}


def record(part: str, counts: Mapping[str, int]) -> None:
    """Add counts to a part of the page, if it is being made."""
    if path := os.environ.get(VARIABLE):
        with Path(path).open("a", encoding="utf-8") as out:
            out.write(json.dumps({"part": part, "counts": dict(counts)}) + "\n")


def tables(lines: list[str]) -> dict[str, str]:
    """The table of each part that something was recorded of: counts of its tests added up."""
    sums: dict[str, Counter[str]] = {}
    for line in lines:
        told = json.loads(line)
        sums.setdefault(told["part"], Counter()).update(told["counts"])
    made = f"{date.today()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return {
        part: markdown(
            ("figure", "count"), [*((name, f"{n:,}") for name, n in counts.items()), ("made on", made)]
        )
        for part, counts in sums.items()
    }


def main(results: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for part, table in tables(Path(results).read_text(encoding="utf-8").splitlines()).items():
        page = with_part(page, TITLES[part], table)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
