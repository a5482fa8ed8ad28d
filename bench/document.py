"""The measured parts of docs/performance.md, between their marker comments: a table of all shapes, and the blobs."""

from __future__ import annotations

import re
from pathlib import Path

from bench.machine import machine
from bench.measure import Result

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
SHAPES, BLOBS = "shapes", "blobs"
HEADER = """\
| shape | files | MB | rows | best of | extraction s | of it CPU | bare copy s | of it CPU | times the copy | by CPU | rows a second |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"""
ROW = re.compile(r"^\| `([^`]+)`.*\|$", re.MULTILINE)


def row_of(result: Result, runs: int) -> str:
    """What was measured of one shape, as a row of the table."""
    net, bare = result.net, result.bare
    place = f" (copied: {result.case.stand_in})" if result.case.stand_in else ""
    cells = (
        f"`{result.case.name}`{place}",
        str(result.files),
        f"{result.size / 1e6:.0f}",
        f"{result.rows:,}",
        str(runs),
        *(f"{seconds:.2f}" for seconds in (net.wall, net.cpu, bare.wall, bare.cpu)),
        f"{net.wall / bare.wall:.1f}",
        f"{net.cpu / bare.cpu:.1f}",
        f"{result.rows / net.wall:,.0f}" if net.wall > 0 else "",
    )
    return f"| {' | '.join(cells)} |"


def write_row(row: str) -> None:
    """Put a shape's row in the table. Rows that were measured on another machine go: figures of two say nothing."""
    before = _part(SHAPES)
    rows = {found[1]: found[0] for found in ROW.finditer(before)} if machine() in before else {}
    rows |= {found[1]: found[0] for found in ROW.finditer(row)}
    table = "\n".join([HEADER, *(rows[name] for name in sorted(rows))])
    write_part(SHAPES, f"{machine()}\n\n{table}")


def write_part(name: str, text: str) -> None:
    """Replace what stands between a part's markers; a new part goes to the end."""
    begin, end = _markers(name)
    page = PAGE.read_text(encoding="utf-8")
    part = f"{begin}\n{text}\n{end}"
    known = begin in page
    PAGE.write_text(
        page.replace(begin + _part(name) + end, part) if known else f"{page}\n{part}\n", encoding="utf-8"
    )


def _part(name: str) -> str:
    begin, end = _markers(name)
    return PAGE.read_text(encoding="utf-8").partition(begin)[2].partition(end)[0]


def _markers(name: str) -> tuple[str, str]:
    return f"<!-- bench: {name} -->", f"<!-- end: {name} -->"
