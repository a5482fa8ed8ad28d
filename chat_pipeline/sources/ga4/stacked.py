"""Tables of a GA4 report as its user interface writes them: one under the other, lines of `#` above each."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from chat_pipeline.source import UnreadableFile

NUMBER = re.compile(r"-?[\d.,]*\d%?")
DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)|(\d\d)-(\d\d)-(\d{4})")
DATED = re.compile(r"# *[^:]+: *(\d{8}|\d{4}-\d\d-\d\d|\d\d-\d\d-\d{4})")
SPAN = re.compile(r"# *(\d{8}) ?[-–] ?(\d{8})")
DASHES = re.compile(r"#? *-{4,}")
# Of lines that are empty or part of a heading.
BEGINNINGS = "#- ,;\t"
# Dimensions whose values look like numbers; a report's first column is one whatever it holds.
NUMERIC_DIMENSIONS = {"nth day", "nth week", "nth month", "date", "day", "week", "month", "year", "hour"}
GRAND_TOTAL = "grand total"


@dataclass
class Heading:
    """What the lines of `#` above a table say; all but `section` holds for the tables below too."""

    report: str | None = None
    property: str | None = None
    section: str | None = None
    dates: list[str] = field(default_factory=list)


@dataclass
class StackedTable:
    """A table of the file; `lines`: line number in the file and cells of each row."""

    heading: Heading
    header: list[str]
    lines: list[tuple[int, list[str]]] = field(default_factory=list)


def is_heading(line: str) -> bool:
    """Whether a report's first line is one of the block above its first table."""
    return bool(DASHES.fullmatch(line) or DATED.fullmatch(line) or SPAN.fullmatch(line))


def stacked_tables(text: str) -> Iterator[StackedTable]:
    """The tables in the file's order."""
    plain = next((line for line in text.splitlines() if line.strip(" ,;\t") and line[0] != "#"), "")
    delimiter = max(",;\t", key=plain.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    notes: list[str] = []
    heading, table = Heading(), None
    for cells in _cells(reader):
        # Nearly all lines: neither empty nor of a heading.
        if table and cells and cells[0] and cells[0][0] not in BEGINNINGS:
            table.lines.append((reader.line_num, cells))
            continue
        # A spreadsheet that saved the file again filled every line up with empty cells.
        line = delimiter.join(cells).rstrip(delimiter + " ")
        if table and (not line or is_heading(line)):
            yield table
            table = None
        if table:
            table.lines.append((reader.line_num, cells))
        elif line.startswith("#") or DASHES.fullmatch(line):
            notes.append(line)
        elif line:
            heading, notes = _heading(notes, heading), []
            table = StackedTable(heading, unique(cells))
    if table:
        yield table


def _cells(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise UnreadableFile(f"no readable table ({error})") from error


def _heading(notes: Sequence[str], above: Heading) -> Heading:
    """The heading that lines of `#` make. Words differ by language, places do not: between the lines
    of dashes stand the report's title, the account, the property; below them a table's title, the dates."""
    found = Heading(above.report, above.property, None, above.dates)
    dashes = [position for position, note in enumerate(notes) if DASHES.fullmatch(note)]
    framed: list[str] = []
    days: list[str] = []
    for position, note in enumerate(notes):
        words = note.removeprefix("#").strip()
        dated = SPAN.fullmatch(note) or DATED.fullmatch(note)
        if dated:
            days += dated.groups()
        elif not words or position in dashes:
            continue
        elif len(dashes) > 1 and dashes[0] < position < dashes[-1]:
            framed.append(words)
        else:
            found.section = found.section or words
    if framed:
        found.report = framed[0]
        found.property = framed[-1].split(": ", 1)[-1] if len(framed) > 1 else None
    found.dates = [_iso(day) for day in days] or found.dates
    return found


def _iso(day: str) -> str:
    parts = DAY.fullmatch(day)
    year, month, date, own_date, own_month, own_year = parts.groups() if parts else (None,) * 6
    return f"{year or own_year}-{month or own_month}-{date or own_date}"


def first_metric(names: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Where the metrics begin: at the first column, but the very first, that holds numbers only."""
    for position in range(1, len(names)):
        filled = [cell for cell in (row[position].strip() for row in rows) if cell]
        numbers = filled and all(NUMBER.fullmatch(cell) for cell in filled)
        if numbers and names[position].casefold() not in NUMERIC_DIMENSIONS:
            return position
    return min(1, len(names) - 1)


def unique(header: Sequence[str]) -> list[str]:
    """Names without blanks and repetitions, which an object could not keep."""
    found: list[str] = []
    for position, cell in enumerate(header, start=1):
        name = cell.strip() or f"column {position}"
        found.append(name if name not in found else f"{name} ({position})")
    return found
