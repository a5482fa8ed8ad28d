"""SQL literals and temporary tables: what every reader of files needs."""

from __future__ import annotations

import itertools
import json
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


def filled_json(cells: Iterable[tuple[str, str]]) -> str:
    """SQL: a JSON object of texts by name, without those that are null; null if all are.

    The same as `json_merge_patch('{}', json_object(...))`, which takes half as long again.
    """
    members = ", ".join(
        f"case when {text} is not null then {sql_text(',' + json.dumps(name, ensure_ascii=False) + ':')} || to_json({text}) end"
        for name, text in cells
    )
    return f"'{{' || nullif(substr(concat({members}), 2), '') || '}}'" if members else "cast(null as varchar)"


def temporary(batch: Batch, select: str) -> str:
    """The name of a temporary table with the rows of a SELECT."""
    name = fresh_name("rows")
    batch.con.execute(f"create temp table {name} as {select}")
    return name
