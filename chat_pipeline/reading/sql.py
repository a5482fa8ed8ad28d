"""SQL literals and temporary tables: what every reader of files needs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path

from chat_pipeline.source import Batch, PlainFile

# DuckDB's own default; a longer line (a 300 KB card is nothing) needs room of its own.
LINE_BYTES = 2 << 20

_numbers = itertools.count()


def fresh_name(kind: str) -> str:
    """A name that no table of this process has yet."""
    return f"{kind}_{next(_numbers)}"


def sql_text(value: str) -> str:
    """A text as SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def sql_name(name: str) -> str:
    """A column's or table's name in SQL; files bring names of any kind."""
    return '"' + name.replace('"', '""') + '"'


def glob_text(path: Path | str) -> str:
    """A path as a pattern that matches only itself: DuckDB reads every path as a glob."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))


def sql_path(path: Path | str) -> str:
    """A path as SQL literal that names just this file."""
    return sql_text(glob_text(path))


def paths(files: Iterable[PlainFile]) -> str:
    """The files as a SQL list."""
    return "[" + ", ".join(sql_path(file.path) for file in files) + "]"


def trimmed(text: str) -> str:
    """SQL: `trim` of a text; most need none, and to call it for all costs more than to look."""
    return f"case when starts_with({text}, ' ') or suffix({text}, ' ') then trim({text}) else {text} end"


def filled_cells(batch: Batch, rows: str, cells: Mapping[str, str]) -> dict[str, str]:
    """Those of `rows`' cells (SQL of a text by name) that any row fills: most columns of wide exports are empty."""
    if not cells:
        return {}
    asked = ", ".join(f"bool_or({cell} is not null)" for cell in cells.values())
    (filled,) = batch.con.execute(f"select {asked} from {rows}").fetchall()
    return {name: cell for (name, cell), is_filled in zip(cells.items(), filled, strict=True) if is_filled}


def cells_json(batch: Batch, rows: str, cells: Mapping[str, str]) -> str:
    """SQL: a JSON object of a row's filled cells (SQL of a text by name); null if none is."""
    used = filled_cells(batch, rows, cells)
    if not used:
        return "cast(null as varchar)"
    given = struct_json(used)
    return f"""case when {all_filled(used)} then cast({given} as varchar)
        else nullif(cast(json_merge_patch('{{}}', {given}) as varchar), '{{}}') end"""


def all_filled(cells: Mapping[str, str]) -> str:
    """SQL: whether no cell of a row is null."""
    return " and ".join(f"{cell} is not null" for cell in cells.values()) or "true"


def struct_json(cells: Mapping[str, str]) -> str:
    """SQL: a JSON object of texts (SQL by name), null where they are.

    Made of a struct, in half the time of `json_object` and a patch; but a struct's names must differ in
    more than their case.
    """
    if not cells:
        return "json('{}')"
    if "" not in cells and len({name.casefold() for name in cells}) == len(cells):
        return f"to_json({{{', '.join(f'{sql_text(name)}: {cell}' for name, cell in cells.items())}}})"
    pairs = ", ".join(f"{sql_text(name)}, {cell}" for name, cell in cells.items())
    return f"json_merge_patch('{{}}', json_object({pairs}))"


def numbered(batch: Batch, name: str) -> str:
    """SQL: the rows of a table with one file's rows in their order, numbered from 1."""
    # Those of an open transaction count from a large number.
    (first,) = batch.con.execute(f"select coalesce(min(rowid), 0) from {name}").fetchall()[0]
    return f"select *, rowid - {first} + 1 as _source_row from {name}"


def temporary(batch: Batch, select: str) -> str:
    """The name of a temporary table with the rows of a SELECT."""
    name = fresh_name("rows")
    batch.con.execute(f"create temp table {name} as {select}")
    return name
