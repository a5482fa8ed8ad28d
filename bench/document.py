"""The measured parts of docs/performance.md, each between its own marker comments."""

from __future__ import annotations

import re
from pathlib import Path

from bench.machine import machine
from bench.measure import Result

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
BLOBS = "blobs"
HEADER = "| | wall s | CPU s | times the bare copy (wall) | (CPU) |\n|---|---:|---:|---:|---:|"


def table_of(result: Result, runs: int) -> str:
    """What was measured of one shape, as text with a table."""
    bare = result.bare
    lines = [
        f"| {name} | {s.wall:.2f} | {s.cpu:.2f} | {s.wall / bare.wall:.1f} | {s.cpu / bare.cpu:.1f} |"
        for name, s in (
            ("extraction", result.whole),
            ("without its fixed part", result.net),
            ("bare copy", bare),
        )
    ]
    place = f"; the bare copy read {result.case.stand_in}" if result.case.stand_in else ""
    count = f"{result.files} files" if result.files > 1 else "1 file"
    return "\n".join(
        [
            f"**{result.case.name}**: {count}, {result.size / 1e6:.0f} MB, {result.rows:,} rows; best of {runs}{place}.",
            "",
            HEADER,
            *lines,
            "",
            machine(),
        ]
    )


def write_part(name: str, text: str) -> None:
    """Replace what stands between a part's markers; a new part goes to the end."""
    begin, end = f"<!-- bench: {name} -->", f"<!-- end: {name} -->"
    page = PAGE.read_text(encoding="utf-8")
    part = f"{begin}\n{text}\n{end}"
    known = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    PAGE.write_text(
        known.sub(lambda _: part, page) if known.search(page) else f"{page}\n{part}\n", encoding="utf-8"
    )
