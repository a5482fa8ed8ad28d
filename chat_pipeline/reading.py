"""Turning files into rows for a reader: one function per file form, none of them knows a vendor.

Each returns a SELECT for the batch's connection. Text is parsed by DuckDB, whole batches at a time;
SQLite, Excel and Avro, for which DuckDB would have to download an extension, go through Python.
Row numbers are the file's own: line, CSV record after the header, or array element, from 1.
"""

from __future__ import annotations

import itertools
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from chat_pipeline.source import Batch, PlainFile, UnreadableFile

# DuckDB's own default; a longer line (a 300 KB card is nothing) needs room of its own.
LINE_BYTES = 2 << 20
OBJECT_BYTES = 16 << 20
LARGEST_OBJECT_BYTES = 256 << 20
# Cells beyond the header that a ragged CSV record may have and still be set aside as itself.
SPARE_CELLS = 8
CHUNK_ROWS = 50_000

_numbers = itertools.count()


def sql_text(value: str) -> str:
    """A text as SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def glob_text(path: Path | str) -> str:
    """A path as a pattern that matches only itself: DuckDB reads every path as a glob."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))


def sql_path(path: Path | str) -> str:
    """A path as SQL literal that names just this file."""
    return sql_text(glob_text(path))


def _paths(files: Iterable[PlainFile]) -> str:
    return "[" + ", ".join(sql_path(file.path) for file in files) + "]"


def _temporary(batch: Batch, select: str) -> str:
    name = f"rows_{next(_numbers)}"
    batch.con.execute(f"create temp table {name} as {select}")
    return name


def records(batch: Batch) -> str:
    """One row per top-level JSON record: a line, an array element, or the one object.

    Columns _path, _source_row, record (JSON text, null where broken), _problem, _original.
    """
    by_layout: dict[str, list[PlainFile]] = {}
    for file in batch.files:
        by_layout.setdefault(file.sniff.layout, []).append(file)
    readers = {"lines": _line_records, "array": _array_records, "object": _object_records}
    return " union all ".join(readers[layout](batch, files) for layout, files in by_layout.items())


def _line_records(batch: Batch, files: list[PlainFile]) -> str:
    longest = max([LINE_BYTES, *(file.longest_line + 1 for file in files)])
    name = _temporary(
        batch,
        f"""
        select filename as _path, row_number() over () as line_number, line
        from read_csv({_paths(files)}, columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '', escape = '',
            header = false, auto_detect = false, filename = true, strict_mode = false,
            max_line_size = {longest}, buffer_size = {4 * longest})
        """,
    )
    return f"""
        select
            _path, line_number - first_line + 1 as _source_row,
            case when json_valid(line) then line end as record,
            case when not json_valid(line) then 'broken JSON' end as _problem,
            line as _original
        from {name} join (select _path, min(line_number) as first_line from {name} group by _path) using (_path)
        where trim(line, ' \t\r') <> ''
    """


def _array_records(batch: Batch, files: list[PlainFile]) -> str:
    size = max(file.path.stat().st_size for file in files) + 1
    size = min(max(OBJECT_BYTES, size), LARGEST_OBJECT_BYTES)
    name = _temporary(
        batch,
        f"""
        select filename as _path, row_number() over () as element_number, cast(json as varchar) as record
        from read_json_objects({_paths(files)}, format = 'array', filename = true, maximum_object_size = {size})
        """,
    )
    return f"""
        select _path, element_number - first_element + 1 as _source_row, record,
            cast(null as varchar) as _problem, record as _original
        from {name} join (select _path, min(element_number) as first_element from {name} group by _path) using (_path)
    """


def _object_records(batch: Batch, files: list[PlainFile]) -> str:
    return f"""
        select _path, cast(1 as bigint) as _source_row, document as record,
            cast(null as varchar) as _problem, document as _original
        from ({documents(Batch(batch.con, tuple(files), batch.settings, batch.instance))})
    """


def documents(batch: Batch) -> str:
    """One row per file: _path, document (the whole file as JSON text)."""
    name = _temporary(
        batch, f"select filename as _path, content as document from read_text({_paths(batch.files)})"
    )
    broken = batch.con.execute(f"select _path from {name} where not json_valid(document)").fetchall()
    if broken:
        raise UnreadableFile(json_trouble(Path(broken[0][0])))
    return f"select _path, document from {name}"


def json_trouble(path: Path) -> str:
    """Where and why a file is no JSON, as line and column."""
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        before = text[: error.pos].rstrip()
        hint = error.msg
        if before.endswith(",") and text[error.pos : error.pos + 1] in ("]", "}"):
            hint = "a comma before the closing bracket"
        return f"invalid JSON at line {error.lineno} column {error.colno} ({hint})"
    except RecursionError:
        return "invalid JSON (nested too deeply)"
    return "invalid JSON"


def elements(select: str, path: str) -> str:
    """Elements of the array at a JSON path of each record, numbered through the file.

    From rows of `records` to rows _path, _source_row, record (the element), parent (the outer
    record without the array), _problem, _original. A broken record stays as it is, without parent.
    """
    # Every element carries its parent: with the array in it, 20 MB of events would become gigabytes.
    removed: Any = None
    for key in reversed(path.removeprefix("$.").split(".")):
        removed = {key: removed}
    return f"""
        with outer_records as materialized ({select}),
        taken_apart as materialized (
            select _path, _source_row as outer_row,
                cast(json_merge_patch(record, {sql_text(json.dumps(removed))}) as varchar) as parent,
                json_extract(record, {sql_text(path + "[*]")}) as elements
            from outer_records where _problem is null
        ),
        every_element as (
            select _path, outer_row, parent, unnest(range(1, 1 + len(elements))) as position,
                cast(unnest(elements) as varchar) as element
            from taken_apart
            union all by name
            select _path, _source_row as outer_row, _problem, _original from outer_records where _problem is not null
        )
        select _path, row_number() over (partition by _path order by outer_row, position) as _source_row,
            element as record, parent, _problem, coalesce(element, _original) as _original
        from every_element
    """


def extra(record: str, declared: Sequence[str]) -> str:
    """SQL expression: the fields of a JSON record that are not declared, as JSON text, or null."""
    names = ", ".join(sql_text(name) for name in declared)
    removed = sql_text(json.dumps(dict.fromkeys(declared)))
    return (
        f"case when len(list_filter(json_keys({record}), lambda key: key not in ({names}))) > 0 "
        f"then cast(json_merge_patch({record}, {removed}) as varchar) end"
    )


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
    rejects = f"rejects_{next(_numbers)}"
    # An empty cell stays '' and one that is missing becomes null: so ragged records show.
    name = _temporary(
        batch,
        f"""
        select row_number() over () as record_number, *
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
    good = _named_cells(name, file, columns, "record_number", problem, given)
    return f"""
        {good}
        union all by name
        select {sql_text(str(file.path))} as _path, cast(line as bigint) - 1 as _source_row,
            'no CSV record: ' || lower(replace(cast(error_type as varchar), '_', ' ')) as _problem, csv_line as _original
        from {rejects}
    """


def _named_cells(
    name: str, file: PlainFile, columns: Mapping[str, str], number: str, problem: str, original: str
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
    filled = ", ".join(f"{sql_text(header)}, nullif({cell}, '')" for header, cell in others)
    rest = (
        f"nullif(cast(json_merge_patch('{{}}', json_object({filled})) as varchar), '{{}}')"
        if others
        else "null"
    )
    return f"""
        select {sql_text(str(file.path))} as _path, {number} as _source_row, {", ".join(selected)},
            cast({rest} as varchar) as _extra, {problem} as _problem, cast(to_json({original}) as varchar) as _original
        from {name}
    """


def excel_rows(batch: Batch, columns: Mapping[str, str]) -> str:
    """The same as `csv_rows` for the first sheet of Excel files; dates become ISO text."""
    return " union all by name ".join(_excel_file(batch, file, columns) for file in batch.files)


def _excel_file(batch: Batch, file: PlainFile, columns: Mapping[str, str]) -> str:
    from openpyxl import load_workbook

    with file.path.open("rb") as stream:
        sheet = load_workbook(stream, read_only=True, data_only=True).worksheets[0]
        rows = itertools.dropwhile(
            lambda row: all(cell is None for cell in row), sheet.iter_rows(values_only=True)
        )
        next(rows, None)
        count = len(file.sniff.columns)
        filled = ([_cell_text(cell) for cell in row] for row in rows if any(cell is not None for cell in row))
        name = python_rows(
            batch, [f"c{i}" for i in range(count)], ((row + [None] * count)[:count] for row in filled)
        )
    given = f"list_value({', '.join(f'c{i}' for i in range(count))})"
    return _named_cells(name, file, columns, "row_number", "cast(null as varchar)", given)


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


def sqlite_rows(batch: Batch, table: str) -> str:
    """All columns of a SQLite table as text, with _path and _source_row (in the table's own order)."""
    return " union all by name ".join(_sqlite_file(batch, file, table) for file in batch.files)


def _sqlite_file(batch: Batch, file: PlainFile, table: str) -> str:
    import sqlite3
    from contextlib import closing
    from urllib.parse import quote

    columns = file.sniff.tables[table]
    quoted = ", ".join('"' + column.replace('"', '""') + '"' for column in columns)
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file.path))}?mode=ro&immutable=1", uri=True)) as db:
            db.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
            rows = db.execute(f'select {quoted} from "{table}" order by rowid')
            # str() of a float keeps all its digits, SQLite's own cast to text does not.
            texts = ([None if value is None else _plain(value) for value in row] for row in rows)
            name = python_rows(batch, columns, texts)
    except sqlite3.DatabaseError as error:
        raise UnreadableFile(f"damaged SQLite file ({error})") from error
    return f"select {sql_text(str(file.path))} as _path, row_number as _source_row, * exclude (row_number) from {name}"


def _plain(value: Any) -> str:
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)


def avro_rows(batch: Batch) -> str:
    """One row per Avro record: the columns of `records`, the record as JSON text."""
    return " union all ".join(_avro_file(batch, file) for file in batch.files)


def _avro_file(batch: Batch, file: PlainFile) -> str:
    import fastavro

    try:
        with file.path.open("rb") as stream:
            texts = ([json.dumps(record, default=_plain)] for record in fastavro.reader(stream))
            name = python_rows(batch, ["record"], texts)
    except (EOFError, IndexError, KeyError, TypeError, ValueError, zlib.error) as error:
        raise UnreadableFile(f"damaged Avro file ({str(error) or type(error).__name__})") from error
    return f"""
        select {sql_text(str(file.path))} as _path, row_number as _source_row, record,
            cast(null as varchar) as _problem, record as _original
        from {name}
    """


def python_rows(batch: Batch, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> str:
    """A temporary table of text columns from Python rows, with their row_number."""
    import pyarrow

    schema = pyarrow.schema(
        [("row_number", pyarrow.int64()), *((column, pyarrow.string()) for column in columns)]
    )
    name = f"rows_{next(_numbers)}"
    declared = ", ".join(f'"{column}" varchar' for column in columns)
    batch.con.execute(f"create temp table {name} (row_number bigint, {declared})")
    numbered = enumerate(rows, start=1)
    while chunk := list(itertools.islice(numbered, CHUNK_ROWS)):
        values = [[number for number, _ in chunk], *zip(*(row for _, row in chunk), strict=True)]
        arrow = pyarrow.table(
            [pyarrow.array(v, f.type) for v, f in zip(values, schema, strict=True)], schema=schema
        )
        batch.con.register("python_rows", arrow)
        batch.con.execute(f"insert into {name} select * from python_rows")
        batch.con.unregister("python_rows")
    return name


def parquet_rows(batch: Batch) -> str:
    """Every column as stored, with _path and _source_row."""
    return f"""
        select * exclude (filename, file_row_number), filename as _path, file_row_number + 1 as _source_row
        from read_parquet({_paths(batch.files)}, filename = true, file_row_number = true, union_by_name = true,
            hive_partitioning = false)
    """
