"""New rows against what is in raw: which say nothing new, and which confirmed rows must be written now."""

from __future__ import annotations

from datetime import datetime

import duckdb

from chat_pipeline.engine import insert_rows
from chat_pipeline.extract import ledger, restore, unchanged
from chat_pipeline.extract.ledger import Line
from chat_pipeline.extract.versions import add_new, gather, key_hash, parts_of
from chat_pipeline.home import Home
from chat_pipeline.source import Source, Table


def with_raw(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    source: Source,
    number: int,
    known: list[Line],
    kept: dict[str, str],
    *,
    whole: bool,
) -> None:
    """Fill `kept_files`, and per table `unchanged_<table>` and `restored_<table>`, and `confirmed`.

    `kept`: files whose rows enter raw, with their content's hash. `whole`: everything is written, as the newest
    export alone tells what there is.
    """
    con.execute("create or replace table kept_files (_source_file varchar)")
    insert_rows(con, "kept_files", [[path] for path in sorted(kept)])
    unchanged.create_tables(con, source.tables)
    restore.create_tables(con, source.tables)
    standing = ledger.standing(known)
    staying = ledger.standing(known, set(kept.items()))
    replaced = [line for line in standing if line not in staying]
    for table in source.tables:
        if table.replaces == "file" or not _gather(con, home, source, table, staying, replaced):
            continue
        if not _can_repeat(con, table, len(kept)):
            continue
        add_new(con, table, number)
        if not whole:
            unchanged.find(con, table, number)
        if restore.read_confirmed(con, home, source, table):
            _with_own(con, table)
            restore.restore(con, home, source, table)
        con.execute(f"drop table versions_{table.name}")


def _gather(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    source: Source,
    table: Table,
    staying: list[Line],
    replaced: list[Line],
) -> bool:
    """Gather the rows of all keys that are new, or that lose a row as its file's content was read again;
    whether there are any."""
    wanted = f"select {key_hash(table)} from new_{table.name} where _source_file in (from kept_files)"
    losing = [line for line in replaced if line.table_name == table.name]
    if losing:
        con.execute("create or replace table replaced_loads (path varchar, load bigint)")
        insert_rows(con, "replaced_loads", [[line.path, line.load] for line in losing])
        wanted += f""" union all select {key_hash(table)} from {parts_of(home, source, table)}
            where (_source_file, _load) in (select (path, load) from replaced_loads)"""
    if not con.execute(f"{wanted} limit 1").fetchone():
        return False
    gather(con, home, source, table, staying, wanted)
    return True


def _can_repeat(con: duckdb.DuckDBPyConnection, table: Table, file_count: int) -> bool:
    """Whether new rows may say what stands: in raw (`versions_<table>` so far), or in another file of the load."""
    if con.execute(f"select 1 from versions_{table.name} limit 1").fetchone():
        return True
    if table.replaces != "record" or file_count < 2:
        return False
    several = f"""
        select 1 from new_{table.name} where _source_file in (from kept_files)
        group by {key_hash(table)} having min(_source_file) <> max(_source_file) limit 1
    """
    return con.execute(several).fetchone() is not None


def _with_own(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """What is confirmed now may decide too, if an older delivery comes in the same load."""
    con.execute(f"insert into known_confirmed from confirmed where table_name = '{table.name}'")


def without(con: duckdb.DuckDBPyConnection, home: Home, source: Source, lines: list[Line], path: str) -> int:
    """Fill `restored_<table>` with what must be written once the file is forgotten (`lines` say so already);
    the count of rows."""
    unchanged.create_tables(con, source.tables)
    restore.create_tables(con, source.tables)
    count = 0
    for table in source.tables:
        if table.replaces == "file":
            continue
        con.execute("create or replace table forgotten_files (path varchar)")
        insert_rows(con, "forgotten_files", [[path]])
        wanted = f"""select {key_hash(table)} from {parts_of(home, source, table)}
            where _source_file in (from forgotten_files)"""
        gather(con, home, source, table, ledger.standing(lines), wanted)
        if restore.read_confirmed(con, home, source, table):
            count += restore.restore(con, home, source, table)
    return count


def whole_snapshot(con: duckdb.DuckDBPyConnection, home: Home, source: Source, known: list[Line]) -> int:
    """Fill `restored_<table>` with what the newest load of each account and table confirmed: settings say now that
    it holds all there is, so its rows must be there; the count of rows."""
    restore.create_tables(con, source.tables)
    count = 0
    for table in source.tables:
        newest: dict[str, tuple[datetime, int]] = {}
        lines = [line for line in ledger.standing(known) if line.table_name == table.name]
        for line in lines:
            rank = (line.delivered_at or datetime.min, line.load or 0)
            newest[line.instance] = max(newest.get(line.instance, rank), rank)
        told = [s for s in lines if s.unchanged and s.load == newest[s.instance][1]]
        con.execute("create or replace table standing_loads (path varchar, load bigint)")
        insert_rows(con, "standing_loads", [[line.path, line.load] for line in told])
        if not told or not restore.read_confirmed(con, home, source, table):
            continue
        con.execute(f"""
            create or replace table deciding as
            select path, load, delivered_at, loaded_at, row + step as row, of_path, of_load, of_row + step as of_row
            from (select *, unnest(range(length)) as step from known_confirmed)
            where (path, load, row + step) not in (
                select (_source_file, _load, _source_row) from {parts_of(home, source, table)}
            )
        """)
        count += restore.materialise(con, home, source, table)
    return count
