"""A load of a source on disk: written aside, then made visible by one rename."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from chat_pipeline.disk import flush
from chat_pipeline.engine import keep_order
from chat_pipeline.extract.ledger import FILES_PART, Line, write_lines
from chat_pipeline.extract.parts import PARQUET, NewRows
from chat_pipeline.extract.unchanged import CONFIRMED_PART
from chat_pipeline.home import Home, load_number
from chat_pipeline.reading import sql_path, sql_text
from chat_pipeline.source import Source, Table, raw_types

QUARANTINE_PART = "_quarantine.parquet"
EMPTY_LOAD = "load-000000"


def next_number(home: Home, source: Source) -> int:
    """The number of the next load; it orders deliveries, not the clock."""
    return max(map(load_number, (home.raw / source.name).glob("load-*")), default=0) + 1


def ensure_empty_load(home: Home, source: Source) -> None:
    """`load-000000`: an empty typed part of each declared table, so that no table is ever missing."""
    folder = home.raw / source.name / EMPTY_LOAD
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
    make_visible(staged, folder)


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


def write_load(con: duckdb.DuckDBPyConnection, home: Home, new: NewRows, lines: list[Line]) -> None:
    """Write the load: what `compare` left of the files in `kept_files`, rows set aside, ledger; then make
    it visible."""
    source = new.source
    staged = _stage(home, source, new.number)
    keep_order(con, False)
    for table in source.tables:
        parts, target = new.parts(table), staged / f"{table.name}.parquet"
        if len(parts) == 1 and _enters_whole(con, table):
            parts[0].rename(target)
            continue
        columns = ", ".join(f'"{name}"' for name, _ in raw_types(table))
        rows = f"""
            select {columns} from new_{table.name}
            where _source_file in (from kept_files) and new_row not in (select new_row from unchanged_{table.name})
        """
        _write_part(con, f"{rows} union all from restored_{table.name}", target)
    keep_order(con, True)
    _write_part(con, "from confirmed", staged / CONFIRMED_PART)
    con.execute(f"copy set_aside to {sql_text(str(staged / QUARANTINE_PART))} (format parquet)")
    write_lines(con, staged / FILES_PART, lines)
    make_visible(staged, home.raw / source.name / staged.name)


def write_restored(
    con: duckdb.DuckDBPyConnection, home: Home, source: Source, number: int, lines: list[Line]
) -> None:
    """A load of no file: what a person decided (accepted, forgotten), and the rows that must be written for it."""
    staged = _stage(home, source, number)
    for table in source.tables:
        _write_part(con, f"from restored_{table.name}", staged / f"{table.name}.parquet")
    write_lines(con, staged / FILES_PART, lines)
    make_visible(staged, home.raw / source.name / staged.name)


def _stage(home: Home, source: Source, number: int) -> Path:
    staged = home.incoming / source.name / f"load-{number:06d}"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    return staged


def _enters_whole(con: duckdb.DuckDBPyConnection, table: Table) -> bool:
    """Whether raw gets all new rows of the table, and no other ones."""
    left_out = f"""
        select 1 from unchanged_{table.name} union all select 1 from restored_{table.name}
        union all select 1 from new_{table.name} where _source_file not in (from kept_files)
    """
    return con.execute(f"{left_out} limit 1").fetchone() is None


def _write_part(con: duckdb.DuckDBPyConnection, select: str, target: Path) -> None:
    """A part of these rows, none if there are none."""
    if con.execute(f"select 1 from ({select}) limit 1").fetchone():
        con.execute(f"copy ({select}) to {sql_text(str(target))} ({PARQUET})")


def make_visible(staged: Path, target: Path) -> None:
    for part in staged.iterdir():
        flush(part)
    flush(staged)
    target.parent.mkdir(parents=True, exist_ok=True)
    staged.rename(target)
    flush(target.parent)
