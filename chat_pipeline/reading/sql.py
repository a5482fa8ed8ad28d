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


def cells_json(batch: Batch, rows: str, cells: Mapping[str, str]) -> str:
    """SQL: a JSON object of `rows`' cells (SQL of a text by name), those aside that no row fills; null if none is."""
    if not cells:
        return "cast(null as varchar)"
    filled = batch.con.execute(
        f"select {', '.join(f'bool_or({cell} is not null)' for cell in cells.values())} from {rows}"
    ).fetchall()[0]
    used = [
        (sql_text(name), cell)
        for (name, cell), is_filled in zip(cells.items(), filled, strict=True)
        if is_filled
    ]
    if not used:
        return "cast(null as varchar)"
    # As a struct in half the time; but its names must differ in more than their case.
    if len({name.casefold() for name, _ in used} - {"''"}) == len(used):
        given = f"to_json({{{', '.join(f'{name}: {cell}' for name, cell in used)}}})"
    else:
        given = (
            f"json_merge_patch('{{}}', json_object({', '.join(f'{name}, {cell}' for name, cell in used)}))"
        )
    return f"case when coalesce({', '.join(cell for _, cell in used)}) is not null then cast({given} as varchar) end"


def temporary(batch: Batch, select: str) -> str:
    """The name of a temporary table with the rows of a SELECT."""
    name = fresh_name("rows")
    batch.con.execute(f"create temp table {name} as {select}")
    return name
