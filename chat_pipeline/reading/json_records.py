"""JSON files into records: lines, arrays, single objects. Parsed by DuckDB, whole batches at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chat_pipeline.reading.sql import LINE_BYTES, paths, sql_text, temporary
from chat_pipeline.source import Batch, PlainFile, UnreadableFile

OBJECT_BYTES = 16 << 20
LARGEST_OBJECT_BYTES = 256 << 20
# An escape that is no sign alone, as of an emoji that was cut; Python reads it, JSON does not allow it.
HALF_A_PAIR = re.compile(
    r"(?<!\\)(?:\\\\)*(?:\\(u[dD][89abAB][0-9a-fA-F]{2})(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\(u[dD][c-fC-F][0-9a-fA-F]{2}))"
)


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
    name = temporary(
        batch,
        f"""
        select filename as _path, line
        from read_csv({paths(files)}, columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '', escape = '',
            header = false, auto_detect = false, filename = true, strict_mode = false,
            max_line_size = {longest}, buffer_size = {4 * longest})
        """,
    )
    return f"""
        select
            _path, rowid - first_row + 1 as _source_row,
            case when json_valid(line) then line end as record,
            case when not json_valid(line) then 'broken JSON' end as _problem,
            line as _original
        from {_numbered(name)}
        -- To trim every line would cost more than to parse it.
        where case when starts_with(line, '{{') then true else trim(line, ' \t\r') <> '' end
    """


def _array_records(batch: Batch, files: list[PlainFile]) -> str:
    size = max(file.path.stat().st_size for file in files) + 1
    size = min(max(OBJECT_BYTES, size), LARGEST_OBJECT_BYTES)
    name = temporary(
        batch,
        f"""
        select filename as _path, cast(json as varchar) as record
        from read_json_objects({paths(files)}, format = 'array', filename = true, maximum_object_size = {size})
        """,
    )
    return f"""
        select _path, rowid - first_row + 1 as _source_row, record,
            cast(null as varchar) as _problem, record as _original
        from {_numbered(name)}
    """


def _numbered(name: str) -> str:
    """SQL: a table's rows with their rowid, and the `first_row` of their file.

    A table made by one SELECT keeps the files' order in its rowid: counting rows in a window would
    read on one core only.
    """
    return f"{name} join (select _path, min(rowid) as first_row from {name} group by _path) using (_path)"


def _object_records(batch: Batch, files: list[PlainFile]) -> str:
    return f"""
        select _path, cast(1 as bigint) as _source_row, document as record,
            cast(null as varchar) as _problem, document as _original
        from ({documents(Batch(batch.con, tuple(files), batch.settings, batch.instance))})
    """


def documents(batch: Batch) -> str:
    """One row per file: _path, document (the whole file as JSON text)."""
    name = temporary(
        batch, f"select filename as _path, content as document from read_text({paths(batch.files)})"
    )
    broken = batch.con.execute(f"select _path from {name} where not json_valid(document)").fetchall()
    if broken:
        raise UnreadableFile(json_trouble(Path(broken[0][0])) or "invalid JSON")
    return f"select _path, document from {name}"


def json_trouble(path: Path) -> str:
    """Where and why a file is no JSON, as line and column; empty if it is."""

    def refused(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        json.loads(text, parse_constant=refused, parse_int=float)
    except json.JSONDecodeError as error:
        before = text[: error.pos].rstrip()
        hint = error.msg
        if before.endswith(",") and text[error.pos : error.pos + 1] in ("]", "}"):
            hint = "a comma before the closing bracket"
        return f"invalid JSON at line {error.lineno} column {error.colno} ({hint})"
    except RecursionError:
        return "invalid JSON (nested too deeply)"
    except ValueError as error:
        return f"invalid JSON ({error})"
    if half := HALF_A_PAIR.search(text):
        line = text.count("\n", 0, half.start()) + 1
        return f"invalid JSON at line {line} (half a surrogate pair: \\{half[1] or half[2]})"
    return ""


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
        counted as (
            select _path, outer_row, len(elements) as row_count from taken_apart
            union all
            select _path, _source_row, 1 from outer_records where _problem is not null
        ),
        -- Rows are numbered by their outer records: to sort all elements would cost more than to read them.
        placed as (
            select _path, outer_row,
                sum(coalesce(row_count, 0)) over (partition by _path order by outer_row) - coalesce(row_count, 0) as rows_before
            from counted
        ),
        every_element as materialized (
            select _path, outer_row, parent, unnest(range(1, 1 + len(elements))) as position,
                cast(unnest(elements) as varchar) as element
            from taken_apart
        )
        select _path, cast(rows_before + position as bigint) as _source_row, element as record, parent,
            cast(null as varchar) as _problem, element as _original
        from every_element join placed using (_path, outer_row)
        union all by name
        select _path, cast(rows_before + 1 as bigint) as _source_row, _problem, _original
        from (select *, _source_row as outer_row from outer_records where _problem is not null) as broken
            join placed using (_path, outer_row)
    """


def extra(record: str, declared: Sequence[str]) -> str:
    """SQL expression: the fields of a JSON record that are not declared, as JSON text, or null."""
    names = ", ".join(sql_text(name) for name in declared)
    removed = sql_text(json.dumps(dict.fromkeys(declared)))
    return (
        f"case when len(list_filter(json_keys({record}), lambda key: key not in ({names}))) > 0 "
        f"then cast(json_merge_patch({record}, {removed}) as varchar) end"
    )
