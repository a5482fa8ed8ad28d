"""The ledger: what each load read, and what was decided about files. The ledger is the commit:
rows in raw count only if a line here names their file and load."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

import duckdb

from chat_pipeline import __version__
from chat_pipeline.engine import insert_rows
from chat_pipeline.home import Home
from chat_pipeline.reading import sql_path, sql_text

FILES_PART = "_files.parquet"
TYPES = {
    "str": "varchar",
    "int": "bigint",
    "datetime | None": "timestamp",
    "int | None": "bigint",
}


@dataclass(frozen=True)
class Line:
    """One file, raw table and load (or decision). `load` is where the rows are, `sequence` the load
    that wrote this line; `archive` is the file in the folder (a zip, where `path` is a member of it).
    `reader` names the reader's version and the settings it read with."""

    source: str
    instance: str
    path: str
    archive: str
    table_name: str
    shape: str
    state: str
    reason: str
    failed_checks: str
    size: int
    mtime_ns: int
    delivered_at: datetime | None
    sha256: str
    read: int
    loaded: int
    unchanged: int
    quarantined: int
    held: int
    newest_at: datetime | None
    reader: str
    load: int | None
    sequence: int
    loaded_at: datetime | None
    decided_by: str = ""
    because: str = ""
    package_version: str = __version__


COLUMNS = [field.name for field in fields(Line)]


def _types() -> str:
    return ", ".join(f"{field.name} {TYPES[str(field.type)]}" for field in fields(Line))


def write_lines(con: duckdb.DuckDBPyConnection, target: Path, lines: list[Line]) -> None:
    """Write ledger lines as a Parquet part (an empty typed one if there are none)."""
    con.execute(f"create or replace temp table ledger_lines ({_types()})")
    insert_rows(con, "ledger_lines", [[getattr(line, name) for name in COLUMNS] for line in lines])
    con.execute(f"copy ledger_lines to {sql_text(str(target))} (format parquet)")


def read_lines(home: Home, source: str | None = None) -> list[Line]:
    """Every line of the ledger, of one source or of all, in the order in which they were written."""
    parts = sorted(home.raw.glob(f"{source or '[!_]*'}/load-*/{FILES_PART}"))
    if not parts:
        return []
    listed = ", ".join(sql_path(part) for part in parts)
    with duckdb.connect() as con:
        rows = con.execute(
            f"select {', '.join(COLUMNS)} from read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
            " order by sequence, source, path, table_name"
        ).fetchall()
    return [Line(*row) for row in rows]


def latest(lines: list[Line]) -> dict[str, list[Line]]:
    """The newest lines of each path (one per raw table)."""
    newest: dict[str, int] = {}
    for line in lines:
        newest[line.path] = max(newest.get(line.path, -1), line.sequence)
    found: dict[str, list[Line]] = {}
    for line in lines:
        if line.sequence == newest[line.path]:
            found.setdefault(line.path, []).append(line)
    return found


def standing(lines: list[Line], without: Collection[tuple[str, str]] = ()) -> list[Line]:
    """The lines whose rows count, as stg_ledger__loads has it: loaded and not forgotten since, of each content
    that a path had the newest reading. `without`: (path, content) whose rows are about to be replaced."""
    forgotten: dict[str, int] = {}
    for line in lines:
        if line.state == "forgotten":
            forgotten[line.path] = max(forgotten.get(line.path, -1), line.sequence)
    newest: dict[tuple[str, str, str], Line] = {}
    for line in lines:
        content = (line.path, line.table_name, line.sha256)
        if (
            line.state == "loaded"
            and line.sequence > forgotten.get(line.path, -1)
            and (line.path, line.sha256) not in without
            and (content not in newest or line.sequence > newest[content].sequence)
        ):
            newest[content] = line
    return [line for line in newest.values() if line.loaded + line.unchanged > 0]
