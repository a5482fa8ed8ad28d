"""CSV and Excel files into named cells of text."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from chat_pipeline.disk import is_of_the_machine
from chat_pipeline.reading.from_python import python_rows
from chat_pipeline.reading.sql import (
    LINE_BYTES,
    cells_json,
    fresh_name,
    numbered,
    sql_path,
    sql_text,
    temporary,
)
from chat_pipeline.source import Batch, PlainFile, UnreadableFile

# Cells beyond the header that a ragged CSV record may have and still be set aside as itself.
SPARE_CELLS = 8


def csv_rows(batch: Batch, columns: Mapping[str, str]) -> str:
    """One row per CSV record: the wanted columns by name, all text, empty cells null.

    `columns` maps headers (any case, trimmed) to names; several headers may map to one name, the
    first that the file has counts. Adds _path, _source_row, _extra (the other cells as JSON text),
    _problem (a record with too few or too many cells) and _original (its cells as JSON array).
    """
    return " union all by name ".join(_csv_file(batch, file, columns) for file in batch.files)


def _csv_file(batch: Batch, file: PlainFile, columns: Mapping[str, str]) -> str:
    count = len(file.sniff.columns)
    cells = [f"c{i}" for i in range(count + SPARE_CELLS)]
    types = "{" + ", ".join(f"'{cell}': 'VARCHAR'" for cell in cells) + "}"
    longest = max(LINE_BYTES, file.longest_line + 1)
    rejects = fresh_name("rejects")
    # An empty cell stays '' and one that is missing becomes null: so ragged records show.
    name = temporary(
        batch,
        f"""
        select *
        from read_csv({sql_path(file.path)}, columns = {types}, header = true, auto_detect = false,
            delim = {sql_text(file.sniff.delimiter)}, quote = '"', escape = '"', nullstr = '\x02', null_padding = true,
            strict_mode = false, parallel = false, max_line_size = {longest}, buffer_size = {4 * longest},
            store_rejects = true, rejects_table = '{rejects}', rejects_scan = '{rejects}_scan')
        """,
    )
    given = f"list_value({', '.join(cells)})"
    problem = f"""
        case when {cells[count - 1]} is null then 'fewer cells than the header has columns ({count})'
            when {cells[count]} is not null then 'more cells than the header has columns ({count})' end
    """
    good = _named_cells(batch, f"({numbered(batch, name)})", file, columns, problem, given)
    return f"""
        {good}
        union all by name
        select {sql_text(str(file.path))} as _path, cast(line as bigint) - 1 as _source_row,
            'no CSV record: ' || lower(replace(cast(error_type as varchar), '_', ' ')) as _problem, csv_line as _original
        from {rejects}
    """


def _named_cells(
    batch: Batch,
    rows: str,
    file: PlainFile,
    columns: Mapping[str, str],
    problem: str,
    original: str,
) -> str:
    wanted = {header.strip().casefold(): target for header, target in columns.items()}
    found: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    for position, header in enumerate(file.sniff.columns):
        target = wanted.get(header.strip().casefold())
        if target and target not in found:
            found[target] = f"c{position}"
        else:
            others.append((header, f"c{position}"))
    selected = [
        f"nullif({found[target]}, '') as {target}"
        if target in found
        else f"cast(null as varchar) as {target}"
        for target in dict.fromkeys(columns.values())
    ]
    rest = cells_json(batch, rows, {header: f"nullif({cell}, '')" for header, cell in others})
    return f"""
        select {sql_text(str(file.path))} as _path, _source_row, {", ".join(selected)},
            {rest} as _extra, {problem} as _problem, cast(to_json({original}) as varchar) as _original
        from {rows}
    """


def excel_rows(batch: Batch, columns: Mapping[str, str]) -> str:
    """The same as `csv_rows` for the first sheet of Excel files; dates become ISO text."""
    return " union all by name ".join(_excel_file(batch, file, columns) for file in batch.files)


def _excel_file(batch: Batch, file: PlainFile, columns: Mapping[str, str]) -> str:
    count = len(file.sniff.columns)
    try:
        name = python_rows(batch, [f"c{i}" for i in range(count)], _excel_cells(file, count))
    except Exception as error:  # of whatever kind: openpyxl checks little of what it reads
        if is_of_the_machine(error):
            raise
        raise UnreadableFile(f"damaged Excel file ({type(error).__name__})") from error
    given = f"list_value({', '.join(f'c{i}' for i in range(count))})"
    rows = f"(select * exclude (row_number), row_number as _source_row from {name})"
    return _named_cells(batch, rows, file, columns, "cast(null as varchar)", given)


def _excel_cells(file: PlainFile, count: int) -> Iterator[list[str | None]]:
    """The first sheet's rows below its header, empty ones aside, each of `count` cells."""
    from openpyxl import load_workbook

    with file.path.open("rb") as stream:
        sheet = load_workbook(stream, read_only=True, data_only=True).worksheets[0]
        rows = itertools.dropwhile(
            lambda row: all(cell is None for cell in row), sheet.iter_rows(values_only=True)
        )
        next(rows, None)
        for row in rows:
            if any(cell is not None for cell in row):
                yield ([_cell_text(cell) for cell in row] + [None] * count)[:count]


def _cell_text(cell: Any) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if hasattr(cell, "isoformat"):
        return (
            cell.isoformat(sep=" ") if hasattr(cell, "hour") and hasattr(cell, "year") else cell.isoformat()
        )
    # Excel keeps whole numbers as floats: an id must not end in ".0".
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
