"""docs/validation.md: what stands between its markers, and how `make validation` writes it.

As a program: `validation_page.py VENDOR_FILES PUBLISHED_RESULTS`, the first a table as text, the second JSON
lines of {dataset, figure, published, ours, verdict}; an empty or missing one leaves its part as it is.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "validation.md"
VENDOR_FILES, PUBLISHED_RESULTS = "vendor files", "published results"
# Where the comparison with vendors' files writes its table when the page is made anew.
VARIABLE = "VALIDATION_VENDOR_FILES"


def markdown(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; bars and line breaks in cells must not end them."""
    lines = [header, ["---"] * len(header), *rows]
    cells = [[str(cell).replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def part(page: str, name: str) -> str:
    """What stands between the markers of a part."""
    begin, end = _markers(name)
    assert page.count(begin) == page.count(end) == 1, f"{PAGE.name} needs {begin} and {end} once each"
    return page.split(begin)[1].split(end)[0].strip()


def with_part(page: str, name: str, text: str) -> str:
    """The page with another text between the markers of a part."""
    begin, end = _markers(name)
    part(page, name)
    before, after = page.split(begin)[0], page.split(end)[1]
    return f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}"


def _markers(name: str) -> tuple[str, str]:
    return f"<!-- {name} -->", f"<!-- end of {name} -->"


def published_table(lines: Iterable[str]) -> str:
    rows = sorted({tuple(json.loads(line).values()) for line in lines if line.strip()})
    return markdown(("data set", "figure", "published", "ours", "verdict"), rows)


def keep_or_compare(table: str) -> None:
    """The table for the page that is being made, else an error if the kept page says otherwise."""
    if path := os.environ.get(VARIABLE):
        Path(path).write_text(table, encoding="utf-8")
        return
    kept = part(PAGE.read_text(encoding="utf-8"), VENDOR_FILES)
    assert kept == table, f"docs/{PAGE.name} is out of date: run `make validation`"


def main(vendor_files: str, published_results: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, path, made in (
        (VENDOR_FILES, Path(vendor_files), lambda text: text),
        (PUBLISHED_RESULTS, Path(published_results), lambda text: published_table(text.splitlines())),
    ):
        if path.is_file() and (text := path.read_text(encoding="utf-8")).strip():
            page = with_part(page, name, made(text))
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
