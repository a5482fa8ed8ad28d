"""A load of a source on disk: written aside, then made visible by one rename."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from chat_pipeline.disk import flush
from chat_pipeline.engine import insert_rows
from chat_pipeline.extract.ledger import FILES_PART, Line, write_lines
from chat_pipeline.home import Home
from chat_pipeline.reading import sql_path, sql_text
from chat_pipeline.source import Source, Table, raw_types

QUARANTINE_PART = "_quarantine.parquet"


def next_number(home: Home, source: Source) -> int:
    """The number of the next load; it orders deliveries, not the clock."""
    numbers = [int(folder.name.removeprefix("load-")) for folder in (home.raw / source.name).glob("load-*")]
    return max(numbers, default=0) + 1


def ensure_empty_load(home: Home, source: Source) -> None:
    """`load-000000`: an empty typed part of each declared table, so that no table is ever missing."""
    folder = home.raw / source.name / "load-000000"
    if folder.is_dir() and not _outdated(folder, source):
        return
    with duckdb.connect() as con:
        staged = home.incoming / source.name / folder.name
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        for table in source.tables:
            columns = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in raw_types(table))
            con.execute(
                f"copy (select {columns} where false) to {sql_text(str(staged / f'{table.name}.parquet'))}"
                " (format parquet)"
            )
        write_lines(con, staged / FILES_PART, [])
    if folder.is_dir():
        shutil.rmtree(folder)
    _make_visible(staged, folder)


def _outdated(folder: Path, source: Source) -> bool:
    with duckdb.connect() as con:
        for table in source.tables:
            part = folder / f"{table.name}.parquet"
            if not part.is_file():
                return True
            rows = con.execute(f"describe select * from read_parquet({sql_path(part)})").fetchall()
            wanted = con.execute(
                "describe select "
                + ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in raw_types(table))
            ).fetchall()
            if [row[:2] for row in rows] != [row[:2] for row in wanted]:
                return True
    return False


def write_load(
    con: duckdb.DuckDBPyConnection, home: Home, source: Source, number: int, lines: list[Line], keep: set[str]
) -> None:
    """Write load `number`: rows of the files in `keep`, rows set aside, ledger; then make it visible."""
    name = f"load-{number:06d}"
    staged = home.incoming / source.name / name
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    con.execute("create or replace temp table kept_files (_source_file varchar)")
    insert_rows(con, "kept_files", [[path] for path in sorted(keep)])
    for table in source.tables:
        _write_part(con, table, number, staged / f"{table.name}.parquet")
    con.execute(f"copy set_aside to {sql_text(str(staged / QUARANTINE_PART))} (format parquet)")
    write_lines(con, staged / FILES_PART, lines)
    _make_visible(staged, home.raw / source.name / name)


def write_decision(home: Home, source: Source, lines: list[Line]) -> None:
    """A load without rows: what a person decided about files (accepted, forgotten)."""
    staged = home.incoming / source.name / f"load-{lines[0].sequence:06d}"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    with duckdb.connect() as con:
        write_lines(con, staged / FILES_PART, lines)
    _make_visible(staged, home.raw / source.name / staged.name)


def _write_part(con, table: Table, number: int, target: Path) -> None:
    columns = ", ".join(
        f'{number}::bigint as "_load"' if name == "_load" else f'"{name}"' for name, _ in raw_types(table)
    )
    select = f"select {columns} from new_{table.name} where _source_file in (from kept_files)"
    found = con.execute(f"select count(*) from ({select})").fetchone()
    if found and found[0]:
        con.execute(f"copy ({select}) to {sql_text(str(target))} (format parquet, compression zstd)")


def _make_visible(staged: Path, target: Path) -> None:
    for part in staged.iterdir():
        flush(part)
    flush(staged)
    target.parent.mkdir(parents=True, exist_ok=True)
    staged.rename(target)
    flush(target.parent)
