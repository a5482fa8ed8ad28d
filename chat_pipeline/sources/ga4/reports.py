"""How GA4's aggregated reports become raw reports: CSV of the user interface, answers of the Data API.

Neither is one table: Python finds the tables in a file and hands over their cells; what a row says is made
of its cells in SQL, for all tables of the same headers at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from chat_pipeline.reading import json_trouble, python_rows, sql_text
from chat_pipeline.source import Batch, PlainFile, UnreadableFile
from chat_pipeline.sources.ga4.stacked import (
    GRAND_TOTAL,
    Heading,
    StackedTable,
    first_metric,
    stacked_tables,
    unique,
)

Answer = dict[str, Any]
# Names of a table's dimensions, and of its metrics.
Headers = tuple[tuple[str, ...], tuple[str, ...]]
# Number of its table and place in it, line in the file, whether it is a sum, what is wrong with it; and its cells.
Row = tuple[Any, ...]
PLACE = ("table_number", "table_row", "source_row", "is_total", "problem")
HEADING = ("report", "section", "property", "start_date", "end_date")


def read_ui(batch: Batch) -> dict[str, str]:
    """Rows of CSV reports and explorations."""
    return {"reports": " union all ".join(_ui_file(batch, file) for file in batch.files)}


def read_data_api(batch: Batch) -> dict[str, str]:
    """Rows of runReport's and batchRunReports' answers."""
    return {"reports": " union all ".join(_api_file(batch, file) for file in batch.files)}


def _ui_file(batch: Batch, file: PlainFile) -> str:
    text = file.path.read_text(encoding="utf-8")
    may_have_totals = GRAND_TOTAL in text.casefold()
    headings: list[Heading] = []
    rows: dict[Headers, list[Row]] = {}
    for number, table in enumerate(stacked_tables(text), start=1):
        headings.append(table.heading)
        cells = [row for _, row in table.lines]
        totals = _take_totals(cells, len(table.header)) if may_have_totals else set[int]()
        first = first_metric(table.header, [row for row in cells if len(row) == len(table.header)])
        headers = (tuple(table.header[:first]), tuple(table.header[first:]))
        rows.setdefault(headers, []).extend(_ui_rows(number, table, cells, totals))
    if not headings:
        raise UnreadableFile("lines of # without a table below: export the report again")
    return _select(batch, file, headings, rows)


def _take_totals(rows: list[list[str]], width: int) -> set[int]:
    """Take the mark out of an exploration's sums: "Grand total" stands in a cell beyond the header's, or in
    place of a dimension. Changes `rows`; the places of the sums."""
    totals = set()
    for place, cells in enumerate(rows):
        if GRAND_TOTAL in "\n".join(cells).casefold():
            plain = ["" if cell.strip().casefold() == GRAND_TOTAL else cell for cell in cells]
            if plain != cells:
                rows[place] = plain[:width]
                totals.add(place)
    return totals


def _ui_rows(number: int, table: StackedTable, rows: list[list[str]], totals: set[int]) -> Iterator[Row]:
    width = len(table.header)
    for place, ((line, original), cells) in enumerate(zip(table.lines, rows, strict=True)):
        mark = "true" if place in totals else "false"
        if len(cells) == width:
            yield (str(number), str(place + 1), str(line), mark, None, None, *cells)
        else:
            problem = f"{len(cells)} cells under {width} headers"
            told = json.dumps(original, ensure_ascii=False)
            yield (str(number), str(place + 1), str(line), mark, problem, told, *[None] * width)


def _select(
    batch: Batch, file: PlainFile, headings: Sequence[Heading], rows: dict[Headers, list[Row]]
) -> str:
    """SQL: raw rows of one file; `headings` are those of its tables, `rows` its rows by their headers."""
    told = [(str(number), *_words(heading)) for number, heading in enumerate(headings, start=1)]
    heading = python_rows(batch, ["number", *HEADING], told)
    found = []
    for (dimensions, metrics), given in rows.items():
        cells = [f"c{place}" for place in range(len(dimensions) + len(metrics))]
        table = python_rows(batch, [*PLACE, "original", *cells], given)
        found.append(f"""
            select {", ".join(PLACE)}, original, {_object(dimensions, cells)} as dimensions,
                {_object(metrics, cells[len(dimensions) :])} as metrics
            from {table}
        """)
    return f"""
        select {sql_text(str(file.path))} as _path, cast(source_row as bigint) as _source_row, {", ".join(HEADING)},
            table_number, table_row, is_total, dimensions, metrics, table_number || '|' || table_row as _record_key,
            problem as _problem, original as _original
        from ({" union all ".join(found)}) join {heading} on number = table_number
    """


def _words(heading: Heading) -> tuple[str | None, ...]:
    start, end = [*heading.dates, None, None][:2]
    return heading.report, heading.section, heading.property, start, end


def _object(names: Sequence[str], cells: Sequence[str]) -> str:
    """SQL: a JSON object of cells by their names, null where they are empty."""
    filled = [f"nullif({cell}, '')" for cell in cells[: len(names)]]
    pairs = list(zip(map(sql_text, names), filled, strict=True))
    # A struct is made in half the time, but its names must differ in more than their case.
    if names and len({name.casefold() for name in names}) == len(names):
        return f"cast(to_json({{{', '.join(f'{name}: {cell}' for name, cell in pairs)}}}) as varchar)"
    return f"cast(json_object({', '.join(f'{name}, {cell}' for name, cell in pairs)}) as varchar)"


def _api_file(batch: Batch, file: PlainFile) -> str:
    answers = _answers(file)
    rows: dict[Headers, list[Row]] = {}
    count = 0
    for number, report in enumerate(answers, start=1):
        headers = (_names(report, "dimension"), _names(report, "metric"))
        given = rows.setdefault(headers, [])
        widths = (len(headers[0]), len(headers[1]))
        place = 0
        for kind, mark in (("rows", "false"), ("totals", "true")):
            for row in report.get(kind) or []:
                place, count = place + 1, count + 1
                cells = [*_values(row, "dimension", widths[0]), *_values(row, "metric", widths[1])]
                given.append((str(number), str(place), str(count), mark, None, None, *cells))
    return _select(batch, file, [Heading()] * len(answers), rows or {((), ()): []})


def _answers(file: PlainFile) -> list[Answer]:
    """The reports of a file: an answer, several in a list or in lines, or those of one batch."""
    text = file.path.read_text(encoding="utf-8")
    try:
        values = [
            json.loads(part) for part in (text.split("\n") if _is_lines(file) else [text]) if part.strip()
        ]
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(json_trouble(file.path) or "invalid JSON") from error
    answers = [a for value in values for a in (value if isinstance(value, list) else [value])]
    return [report for answer in answers for report in answer.get("reports", [answer])]


def _is_lines(file: PlainFile) -> bool:
    return file.sniff.layout == "lines"


def _names(report: Answer, kind: str) -> tuple[str, ...]:
    """Names in the answer's headers; the Python client writes snake_case."""
    headers = report.get(f"{kind}Headers") or report.get(f"{kind}_headers") or []
    return tuple(unique([header["name"] for header in headers]))


def _values(row: Answer, kind: str, width: int) -> list[str | None]:
    """A row's values, as many as there are names."""
    values = row.get(f"{kind}Values") or row.get(f"{kind}_values") or []
    found = [value.get("value") for value in values]
    return found if len(found) == width else (found + [None] * width)[:width]
