"""How GA4's aggregated reports become raw reports: CSV of the user interface, answers of the Data API.

Neither is one table: Python finds the tables in a file and hands over their cells; what a row says is made
of its cells in SQL, for all tables of the same headers at once.
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chat_pipeline.reading import json_trouble, many_small_objects, python_columns, python_rows, sql_text
from chat_pipeline.source import Batch, PlainFile, UnreadableFile
from chat_pipeline.sources.ga4.stacked import (
    GRAND_TOTAL,
    Heading,
    first_metric,
    stacked_tables,
    unique,
)

Answer = dict[str, Any]
# Names of a table's dimensions, and of its metrics.
Headers = tuple[tuple[str, ...], tuple[str, ...]]
# Number of its table and place in it, line in the file, whether it is a sum, what is wrong with it.
PLACE = ("table_number", "table_row", "source_row", "is_total", "problem")
HEADING = ("report", "section", "property", "start_date", "end_date")


def read_ui(batch: Batch) -> dict[str, str]:
    """Rows of CSV reports and explorations."""
    with many_small_objects():
        return {"reports": " union all ".join(_ui_file(batch, file) for file in batch.files)}


def read_data_api(batch: Batch) -> dict[str, str]:
    """Rows of runReport's and batchRunReports' answers."""
    with many_small_objects():
        return {"reports": " union all ".join(_api_file(batch, file) for file in batch.files)}


@dataclass
class Rows:
    """Rows of a file's tables with the same headers, as columns: those of PLACE, the original of a row in
    trouble, then the cells."""

    width: int
    columns: list[list[str | None]] = field(init=False)

    def __post_init__(self) -> None:
        self.columns = [[] for _ in range(len(PLACE) + 1 + self.width)]

    def add(
        self,
        number: int,
        lines: Sequence[int],
        cells: Sequence[Sequence[str | None]],
        totals: Container[int],
        troubles: Mapping[int, tuple[str, str]],
    ) -> None:
        """The rows of table `number`; `totals` and `troubles` (what is wrong, the original) by place from 0."""
        count = len(cells)
        if troubles:
            cells = [[None] * self.width if place in troubles else row for place, row in enumerate(cells)]
        problems = [troubles.get(place, (None, None)) for place in range(count)] if troubles else []
        head = (
            [str(number)] * count,
            map(str, range(1, count + 1)),
            map(str, lines),
            ("true" if place in totals else "false" for place in range(count)),
            (problem for problem, _ in problems) if problems else [None] * count,
            (original for _, original in problems) if problems else [None] * count,
        )
        for column, values in zip(self.columns, (*head, *zip(*cells, strict=True)), strict=False):
            column.extend(values)


def _ui_file(batch: Batch, file: PlainFile) -> str:
    text = file.path.read_text(encoding="utf-8")
    may_have_totals = GRAND_TOTAL in text.casefold()
    headings: list[Heading] = []
    rows: dict[Headers, Rows] = {}
    for number, table in enumerate(stacked_tables(text), start=1):
        headings.append(table.heading)
        width = len(table.header)
        cells = [row for _, row in table.lines]
        totals = _take_totals(cells, width) if may_have_totals else set[int]()
        troubles = {
            place: (
                f"{len(row)} cells under {width} headers",
                json.dumps(table.lines[place][1], ensure_ascii=False),
            )
            for place, row in enumerate(cells)
            if len(row) != width
        }
        first = first_metric(table.header, [row for row in cells if len(row) == width] if troubles else cells)
        headers = (tuple(table.header[:first]), tuple(table.header[first:]))
        lines = [line for line, _ in table.lines]
        rows.setdefault(headers, Rows(width)).add(number, lines, cells, totals, troubles)
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


def _select(batch: Batch, file: PlainFile, headings: Sequence[Heading], rows: dict[Headers, Rows]) -> str:
    """SQL: raw rows of one file; `headings` are those of its tables, `rows` its rows by their headers."""
    told = [(str(number), *_words(heading)) for number, heading in enumerate(headings, start=1)]
    heading = python_rows(batch, ["number", *HEADING], told)
    found = []
    for (dimensions, metrics), given in rows.items():
        cells = [f"c{place}" for place in range(given.width)]
        table = python_columns(batch, dict(zip((*PLACE, "original", *cells), given.columns, strict=True)))
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
    """SQL: a JSON object of cells by their names, null where they are empty; spaced as Python writes it."""
    told = [
        f"{sql_text(json.dumps(name, ensure_ascii=False) + ': ')} || coalesce(cast(to_json(nullif({cell}, '')) as varchar), 'null')"
        for name, cell in zip(names, cells, strict=False)
    ]
    return " || ".join(["'{'", " || ', ' || ".join(told), "'}'"] if told else ["'{}'"])


def _api_file(batch: Batch, file: PlainFile) -> str:
    answers = _answers(file)
    rows: dict[Headers, Rows] = {}
    count = 0
    for number, report in enumerate(answers, start=1):
        dimensions, metrics = _names(report, "dimension"), _names(report, "metric")
        plain, sums = report.get("rows") or [], report.get("totals") or []
        cells = [
            [*_values(row, "dimension", len(dimensions)), *_values(row, "metric", len(metrics))]
            for row in (*plain, *sums)
        ]
        totals = range(len(plain), len(cells))
        lines = range(count + 1, count + len(cells) + 1)
        given = rows.setdefault((dimensions, metrics), Rows(len(dimensions) + len(metrics)))
        given.add(number, lines, cells, totals, {})
        count += len(cells)
    return _select(batch, file, [Heading()] * len(answers), rows or {((), ()): Rows(0)})


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
    # Texts, as Google writes them; what a tool in between made of them stays readable.
    told = [value.get("value") for value in values]
    found = [text if text is None or isinstance(text, str) else json.dumps(text) for text in told]
    return found if len(found) == width else (found + [None] * width)[:width]
