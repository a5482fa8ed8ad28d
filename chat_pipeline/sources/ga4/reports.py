"""How GA4's aggregated reports become raw reports: CSV of the user interface, answers of the Data API.

Both are small, and neither is one table: they are read in Python.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from chat_pipeline.reading import json_trouble, python_rows, sql_text
from chat_pipeline.source import Batch, PlainFile, UnreadableFile
from chat_pipeline.sources.ga4.columns import REPORT_COLUMNS
from chat_pipeline.sources.ga4.stacked import (
    GRAND_TOTAL,
    StackedTable,
    first_metric,
    stacked_tables,
    unique,
)

Row = dict[str, Any]
NAMES = [column.name for column in REPORT_COLUMNS]


def read_ui(batch: Batch) -> dict[str, str]:
    """Rows of CSV reports and explorations."""
    return {"reports": " union all ".join(_select(batch, file, _ui_rows(file)) for file in batch.files)}


def read_data_api(batch: Batch) -> dict[str, str]:
    """Rows of runReport's and batchRunReports' answers."""
    return {"reports": " union all ".join(_select(batch, file, _api_rows(file)) for file in batch.files)}


def _select(batch: Batch, file: PlainFile, rows: Iterator[Row]) -> str:
    names = ["source_row", "problem", "original", *NAMES]
    texts = ([None if row.get(name) is None else str(row[name]) for name in names] for row in rows)
    table = python_rows(batch, names, texts)
    return f"""
        select {sql_text(str(file.path))} as _path, cast(source_row as bigint) as _source_row,
            {", ".join(NAMES)}, table_number || '|' || table_row as _record_key,
            problem as _problem, original as _original
        from {table}
    """


def _ui_rows(file: PlainFile) -> Iterator[Row]:
    number = 0
    for number, table in enumerate(stacked_tables(file.path.read_text(encoding="utf-8")), start=1):
        yield from _table_rows(number, table)
    if not number:
        raise UnreadableFile("lines of # without a table below: export the report again")


def _table_rows(number: int, table: StackedTable) -> Iterator[Row]:
    names, heading = table.header, table.heading
    cut = [_without_total(cells, len(names)) for _, cells in table.lines]
    first = first_metric(names, [cells for cells, _ in cut if len(cells) == len(names)])
    start, end = [*heading.dates, None, None][:2]
    for position, ((line, original), (cells, is_total)) in enumerate(
        zip(table.lines, cut, strict=True), start=1
    ):
        fits = len(cells) == len(names)
        yield {
            "source_row": line,
            "problem": None if fits else f"{len(cells)} cells under {len(names)} headers",
            "original": json.dumps(original, ensure_ascii=False),
            "report": heading.report,
            "section": heading.section,
            "property": heading.property,
            "start_date": start,
            "end_date": end,
            "table_number": number,
            "table_row": position,
            "is_total": is_total,
            "dimensions": _object(names[:first], cells[:first]),
            "metrics": _object(names[first:], cells[first:]),
        }


def _without_total(cells: list[str], width: int) -> tuple[list[str], bool]:
    """A row's cells, and whether it is an exploration's sum: "Grand total" stands in a cell beyond the
    header's, or in place of a dimension."""
    is_total = any(cell.strip().casefold() == GRAND_TOTAL for cell in cells)
    plain = ["" if cell.strip().casefold() == GRAND_TOTAL else cell for cell in cells]
    return (plain[:width] if is_total else plain), is_total


def _object(names: Sequence[str], values: Sequence[str | None]) -> str:
    return json.dumps(
        {name: value or None for name, value in zip(names, values, strict=False)}, ensure_ascii=False
    )


def _api_rows(file: PlainFile) -> Iterator[Row]:
    count = 0
    for number, report in enumerate(_answers(file), start=1):
        rows = [(kind == "totals", row) for kind in ("rows", "totals") for row in report.get(kind) or []]
        for position, (is_total, row) in enumerate(rows, start=1):
            count += 1
            yield {
                "source_row": count,
                "original": json.dumps(row, ensure_ascii=False),
                "table_number": number,
                "table_row": position,
                "is_total": is_total,
                "dimensions": _named(report, row, "dimension"),
                "metrics": _named(report, row, "metric"),
            }


def _answers(file: PlainFile) -> list[Row]:
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


def _named(report: Row, row: Row, kind: str) -> str:
    """A row's values by the names in the answer's headers; the Python client writes snake_case."""
    headers = report.get(f"{kind}Headers") or report.get(f"{kind}_headers") or []
    values = row.get(f"{kind}Values") or row.get(f"{kind}_values") or []
    return _object(unique([header["name"] for header in headers]), [value.get("value") for value in values])
