"""Readers' rows into temporary tables: typed, checked, each either good or set aside with a reason."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from chat_pipeline.disk import is_of_the_machine
from chat_pipeline.engine import insert_rows, keep_order
from chat_pipeline.extract.grown import Grown
from chat_pipeline.reading import json_trouble, sql_text
from chat_pipeline.source import (
    READER_COLUMNS,
    Batch,
    PlainFile,
    Shape,
    Source,
    Table,
    UnreadableFile,
    raw_types,
)

EARLIEST = datetime(1990, 1, 1)
LATEST_AHEAD = timedelta(days=1)
# Columns of a raw row that are known when the load is written.
MADE_LATER = ("_load", "_content_hash")
BATCH_FILES = 2000
BATCH_BYTES = 512 << 20


@dataclass(frozen=True)
class ReadFile:
    """A plain file with what becomes of its rows. `grown`: only what it grew by is in it."""

    plain: PlainFile
    instance: str
    shape: Shape
    delivered_at: datetime
    grown: Grown | None = None


def create_tables(con: duckdb.DuckDBPyConnection, source: Source) -> None:
    """An empty `new_<table>` per raw table, and `set_aside` for rows that can't be used.

    No temporary ones: those are seen by one cursor only, and the audit uses another.
    """
    for table in source.tables:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in raw_types(table) if name not in MADE_LATER)
        con.execute(
            f"create or replace table new_{table.name} ({columns}, _is_counted boolean, problem varchar)"
        )
    con.execute("""
        create or replace table set_aside (
            table_name varchar, instance varchar, _source_file varchar, _source_row bigint, reason varchar,
            original varchar, _loaded_at timestamp
        )
    """)


def read_files(
    con: duckdb.DuckDBPyConnection, source: Source, files: list[ReadFile], settings_of, loaded_at: datetime
) -> dict[str, str]:
    """Read all files into the temporary tables; files that can't be read, with the reason, by name."""
    unreadable: dict[str, str] = {}
    for group in _batches(files):
        unreadable |= _read_batch(con, source, group, settings_of(group[0].instance), loaded_at)
    return unreadable


def take_out(con: duckdb.DuckDBPyConnection, source: Source, name: str) -> None:
    """Drop the rows of a file, as if it had not been read."""
    for table in (*(f"new_{table.name}" for table in source.tables), "set_aside"):
        con.execute(f"delete from {table} where _source_file = ?", [name])


def _batches(files: list[ReadFile]) -> Iterator[list[ReadFile]]:
    by_kind = sorted(files, key=lambda file: (file.instance, file.shape.name, file.plain.name))
    for _, same in itertools.groupby(by_kind, key=lambda file: (file.instance, file.shape.name)):
        batch: list[ReadFile] = []
        size = 0
        for file in same:
            weight = _weight(file)
            if batch and (len(batch) == BATCH_FILES or size + weight > BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(file)
            size += weight
        if batch:
            yield batch


def _weight(file: ReadFile) -> int:
    try:
        return file.plain.path.stat().st_size
    except FileNotFoundError:  # it vanished: reading tells
        return 0


def _read_batch(con, source: Source, files: list[ReadFile], settings, loaded_at: datetime) -> dict[str, str]:
    """Read a batch at once; if that fails, halve it until the files to blame stand alone."""
    batch = Batch(con, tuple(file.plain for file in files), settings, files[0].instance)
    con.execute("begin")
    try:
        selects = files[0].shape.read(batch)
        # Rows know their numbers now.
        keep_order(con, False)
        _insert(con, source, files, selects, loaded_at)
        con.execute("commit")
        keep_order(con, True)
    except MemoryError:
        raise
    except Exception as error:  # of whatever kind: one file must not keep the others from loading
        con.execute("rollback")
        keep_order(con, True)
        if is_of_the_machine(error):
            raise
        if len(files) > 1:
            middle = len(files) // 2
            return _read_batch(con, source, files[:middle], settings, loaded_at) | _read_batch(
                con, source, files[middle:], settings, loaded_at
            )
        return {files[0].plain.name: _reason(files[0].plain, error)}
    return {}


def _reason(file: PlainFile, error: Exception) -> str:
    if not isinstance(error, duckdb.Error):
        return told(error)
    if file.sniff.kind == "json" and "JSON" in str(error) and (reason := json_trouble(file.path)):
        return reason
    return str(error).splitlines()[0].replace(str(file.path), file.name)


def told(error: Exception) -> str:
    """What a reader of files raised, without what the file holds."""
    if isinstance(error, UnreadableFile):
        return str(error)
    return f"the reader failed on it ({type(error).__name__}): a fault of the program, please report it"


def _insert(con, source: Source, files: list[ReadFile], selects: dict[str, str], loaded_at: datetime) -> None:
    con.execute("""
        create or replace temp table batch_files (
            _path varchar, _source_file varchar, instance varchar, _delivered_at timestamp
        )
    """)
    insert_rows(
        con,
        "batch_files",
        [[str(file.plain.path), file.plain.name, file.instance, file.delivered_at] for file in files],
    )
    for name, select in selects.items():
        _insert_table(con, source.table(name), select, loaded_at)


def _insert_table(con: duckdb.DuckDBPyConnection, table: Table, select: str, loaded_at: datetime) -> None:
    """Run the reader's select, each row with its problem; what has one moves to `set_aside`.

    Originals are asked for in a run of their own, if any row needs one: carried along for all rows
    they would cost more than the rest.
    """
    given = {row[0]: row[1] for row in con.execute(f"describe {select}").fetchall()}
    if "_record_key" not in given:
        raise UnreadableFile(f"the reader of {table.name} gives no _record_key")
    columns = {
        **{f'"{column.name}"': _typed(column.name, column.type, given) for column in table.columns},
        **{
            name: _typed(name, kind, given)
            for name, kind in READER_COLUMNS
            if name not in ("_path", "_problem", "_original")
        },
        "_record_key": "_record_key"
        + (" || case when _is_counted then '#1' else '' end" if "_is_counted" in given else ""),
    }
    problem = f"coalesce({', '.join(_problems(table, given, loaded_at))})"
    con.execute(f"""
        insert into new_{table.name} by name
        with read_rows as ({select})
        select {", ".join(f"{sql} as {name}" for name, sql in columns.items())}, {problem} as problem,
            batch_files._source_file, batch_files.instance, batch_files._delivered_at,
            timestamp '{loaded_at}' as _loaded_at
        from read_rows join batch_files using (_path)
    """)
    if "_is_counted" in given:
        _count_alike(con, table)
    found = con.execute(f"select count(*) from new_{table.name} where problem is not null").fetchone()
    if found and found[0]:
        con.execute(f"""
            insert into set_aside
            with read_rows as ({select})
            select '{table.name}', batch_files.instance, batch_files._source_file, _source_row, {problem},
                {"_original" if "_original" in given else "null"}, timestamp '{loaded_at}'
            from read_rows join batch_files using (_path)
            where {problem} is not null
        """)
        con.execute(f"delete from new_{table.name} where problem is not null")


def _count_alike(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Tell rows apart that share a counted key within their file.

    There are few of them, so they are sought in the finished table: numbering all rows while they are
    read would sort them with all their columns. By hashes, as others that share one are told apart all the same.
    """
    alike = "hash(_source_file, _record_key)"
    con.execute(f"""
        update new_{table.name} set _record_key = regexp_replace(new_{table.name}._record_key, '#1$', '#' || place)
        from (
            select rowid as row_id,
                row_number() over (partition by _source_file, _record_key order by _source_row) as place
            from new_{table.name} where _is_counted and {alike} in (
                select {alike} from new_{table.name} where _is_counted group by 1 having count(*) > 1
            )
        ) as placed
        where new_{table.name}.rowid = placed.row_id and place > 1
    """)


def _typed(name: str, kind: str, given: dict[str, str]) -> str:
    return f'try_cast("{name}" as {kind})' if name in given else f"cast(null as {kind})"


def _problems(table: Table, given: dict[str, str], loaded_at: datetime) -> list[str]:
    """SQL expressions, each why a row can't be used, or null."""
    found = ["_problem"] if "_problem" in given else []
    for column in table.columns:
        kind = column.type.lower()
        if kind != "varchar" and column.name in given and given[column.name].lower() != kind:
            found.append(
                f'case when "{column.name}" is not null and try_cast("{column.name}" as {column.type}) is null'
                f" then {sql_text(f'{column.name} is no {column.type}')} end"
            )
    found.append("case when _record_key is null then 'no key' end")
    if table.event_at in given:
        at = f'try_cast("{table.event_at}" as timestamp)'
        found.append(f"""
            case when {at} < timestamp '{EARLIEST}' then '{table.event_at} is before 1990'
                when {at} > timestamp '{loaded_at + LATEST_AHEAD}'
                then '{table.event_at} is more than a day after the load' end
        """)
    return found
