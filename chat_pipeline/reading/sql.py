"""SQL literals and temporary tables: what every reader of files needs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
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


def temporary(batch: Batch, select: str) -> str:
    """The name of a temporary table with the rows of a SELECT."""
    name = fresh_name("rows")
    batch.con.execute(f"create temp table {name} as {select}")
    return name
