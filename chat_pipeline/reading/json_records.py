"""JSON files into records: lines, arrays, single objects. Parsed by DuckDB, whole batches at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from chat_pipeline.reading.sql import LINE_BYTES, numbered, paths, sql_text, temporary
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
            _path, _source_row, case when json_valid(line) then line end as record,
            case when not json_valid(line) then 'broken JSON' end as _problem, line as _original
        from ({_numbered(batch, name, len(files))})
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
        select _path, _source_row, record, cast(null as varchar) as _problem, record as _original
        from ({_numbered(batch, name, len(files))})
    """


def _numbered(batch: Batch, name: str, file_count: int) -> str:
    """SQL: a table's rows with their number in their file.

    A table made by one SELECT keeps the files' order in its rowid: counting rows in a window would
    read on one core only.
    """
    if file_count == 1:
        return numbered(batch, name)
    return f"""
        select * exclude (first_row), rowid - first_row + 1 as _source_row
        from {name} join (select _path, min(rowid) as first_row from {name} group by _path) using (_path)
    """


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


def elements(batch: Batch, select: str, found: str, carried: Mapping[str, str] | None = None) -> str:
    """Elements of a list in each record, numbered through the file.

    From rows of `records` to rows _path, _source_row, record (the element), _problem, _original. `found`:
    SQL for the list of a `record`, or a JSON path of it. `carried`: SQL about the outer record by the name
    of the column that gives it to its elements. A broken record stays as it is, without these.
    """
    found = f"json_extract(record, {sql_text(found + '[*]')})" if found.startswith("$") else found
    outer = ", ".join(
        f"case when _problem is null then {sql} end as {name}" for name, sql in (carried or {}).items()
    )
    name = temporary(
        batch,
        f"""
        select _path, _source_row as outer_row, _problem, case when _problem is not null then _original end as _original,
            {outer + "," if outer else ""} case when _problem is null then coalesce({found}, []) end as elements
        from ({select})
        """,
    )
    # Numbered by their outer records: to sort all elements would cost more than to read them.
    before = temporary(
        batch,
        f"""
        select rowid as outer_id, cast(sum(row_count) over (partition by _path order by outer_row) - row_count as bigint)
            as rows_before
        from (select rowid, _path, outer_row, coalesce(len(elements), 1) as row_count from {name})
        """,
    )
    names = "".join(f"{column}, " for column in carried or {})
    return f"""
        select _path, rows_before + position as _source_row, element as record, {names}
            cast(null as varchar) as _problem, element as _original
        from (
            select _path, rows_before, {names} unnest(range(1, 1 + len(elements))) as position,
                cast(unnest(elements) as varchar) as element
            from {name} as given join {before} on outer_id = given.rowid
        )
        union all by name
        select _path, rows_before + 1 as _source_row, _problem, _original
        from {name} as broken join {before} on outer_id = broken.rowid where _problem is not null
    """


def extra(record: str, declared: Sequence[str], *, usual: bool = False) -> str:
    """SQL expression: the fields of a JSON record that are not declared, as JSON text, or null.

    `usual`: most records have such fields, so they are not sought before they are taken.
    """
    # A `case` stops at the first name that fits, `in` compares all.
    known = " ".join(f"when {sql_text(name)} then false" for name in declared)
    removed = sql_text(json.dumps(dict.fromkeys(declared)))
    if usual:
        return f"nullif(cast(json_merge_patch({record}, {removed}) as varchar), '{{}}')"
    return (
        f"case when len(list_filter(json_keys({record}), lambda key: case key {known} else true end)) > 0 "
        f"then cast(json_merge_patch({record}, {removed}) as varchar) end"
    )
