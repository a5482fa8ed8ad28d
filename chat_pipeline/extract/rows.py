"""Readers' rows, typed and checked: each either good, and written as a part, or set aside with a reason."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from chat_pipeline.disk import is_of_the_machine
from chat_pipeline.engine import insert_rows, keep_order
from chat_pipeline.extract.grown import Grown
from chat_pipeline.extract.parts import NewRows
from chat_pipeline.reading import json_trouble, sql_path, sql_text
from chat_pipeline.source import (
    READER_COLUMNS,
    Batch,
    PlainFile,
    Shape,
    Table,
    UnreadableFile,
)

EARLIEST = datetime(1990, 1, 1)
LATEST_AHEAD = timedelta(days=1)
# What a counted key ends with; the second row of it has "#2".
FIRST = "#1"
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


def read_files(new: NewRows, files: list[ReadFile], settings_of) -> dict[str, str]:
    """Read all files; those that can't be read, with the reason, by name."""
    unreadable: dict[str, str] = {}
    for group in _batches(files):
        unreadable |= _read_batch(new, group, settings_of(group[0].instance))
    return unreadable


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


def _read_batch(new: NewRows, files: list[ReadFile], settings) -> dict[str, str]:
    """Read a batch at once; if that fails, halve it until the files to blame stand alone."""
    con = new.con
    batch = Batch(con, tuple(file.plain for file in files), settings, files[0].instance)
    before = {table.name: new.parts(table) for table in new.source.tables}
    con.execute("begin")
    try:
        selects = files[0].shape.read(batch)
        # Rows know their numbers now.
        keep_order(con, False)
        _insert(new, files, selects)
        con.execute("commit")
        keep_order(con, True)
    except MemoryError:
        raise
    except Exception as error:  # of whatever kind: one file must not keep the others from loading
        con.execute("rollback")
        keep_order(con, True)
        for table in new.source.tables:
            for part in set(new.parts(table)) - set(before[table.name]):
                new.drop(table, part)
        if is_of_the_machine(error):
            raise
        if len(files) > 1:
            middle = len(files) // 2
            return _read_batch(new, files[:middle], settings) | _read_batch(new, files[middle:], settings)
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


def _insert(new: NewRows, files: list[ReadFile], selects: dict[str, str]) -> None:
    new.con.execute("""
        create or replace temp table batch_files (
            _path varchar, _source_file varchar, instance varchar, _delivered_at timestamp
        )
    """)
    insert_rows(
        new.con,
        "batch_files",
        [[str(file.plain.path), file.plain.name, file.instance, file.delivered_at] for file in files],
    )
    for name, select in selects.items():
        _insert_table(new, new.source.table(name), select)


def _insert_table(new: NewRows, table: Table, select: str) -> None:
    """Write the reader's rows as a part, but those that have a problem: they go to `set_aside`.

    Originals are asked for in a run of their own, if any row needs one: carried along for all rows
    they would cost more than the rest.
    """
    con = new.con
    given = {row[0]: row[1] for row in con.execute(f"describe {select}").fetchall()}
    if "_record_key" not in given:
        raise UnreadableFile(f"the reader of {table.name} gives no _record_key")
    columns = {
        **{f'"{column.name}"': _typed(column.name, column.type, given) for column in table.columns},
        **{
            name: _typed(name, kind, given)
            for name, kind in READER_COLUMNS
            if name not in ("_path", "_is_counted", "_problem", "_original")
        },
        "_record_key": "cast(_record_key as varchar)"
        + (f" || case when _is_counted then '{FIRST}' else '' end" if "_is_counted" in given else ""),
    }
    problem = f"coalesce({', '.join(_problems(table, given, new.loaded_at))})"
    # Rows with a problem are counted while they are left out. A plain "problem is null" would be moved before all
    # that it is made of, which would be worked out twice.
    con.execute("create or replace sequence problems")
    part = new.add(
        table,
        f"""
        with read_rows as ({select})
        select * from (
            select {", ".join(f"{sql} as {name}" for name, sql in columns.items())}, {problem} as problem,
                batch_files._source_file, batch_files.instance, batch_files._delivered_at,
                timestamp '{new.loaded_at}' as _loaded_at
            from read_rows join batch_files using (_path)
        ) where case when problem is null then true else nextval('problems') < 0 end
        """,
    )
    if part and "_is_counted" in given:
        _count_alike(new, table, part, select)
    if con.execute("select nextval('problems')").fetchone() != (1,):
        con.execute(f"""
            insert into set_aside
            with read_rows as ({select})
            select '{table.name}', batch_files.instance, batch_files._source_file, _source_row, {problem},
                {"_original" if "_original" in given else "null"}, timestamp '{new.loaded_at}'
            from read_rows join batch_files using (_path)
            where {problem} is not null
        """)


def _count_alike(new: NewRows, table: Table, part: Path, select: str) -> None:
    """Tell rows apart that share a counted key within their file.

    There are few of them, most often none, so they are sought in what is written: numbering all rows while they are
    read would sort them with all their columns. By hashes, as others that share one are told apart all the same.
    """
    alike = "hash(_source_file, _record_key)"
    rows = f"read_parquet({sql_path(part)})"
    shared = f"select {alike} from {rows} where suffix(_record_key, '{FIRST}') group by 1 having count(*) > 1"
    if not new.con.execute(f"{shared} limit 1").fetchone():
        return
    new.con.execute(f"""
        create or replace temp table placed as
        with read_rows as ({select})
        select file_row_number as row_id,
            row_number() over (partition by _source_file, _record_key order by _source_row) as place
        from {rows} where {alike} in ({shared}) and (_source_file, _source_row) in (
            select (_source_file, _source_row) from read_rows join batch_files using (_path) where _is_counted
        )
    """)
    new.replace(
        table,
        part,
        f"""
        select part.* replace (case when place > 1 then left(_record_key, -{len(FIRST)}) || '#' || place
            else _record_key end as _record_key)
        from {rows} as part left join placed on part.file_row_number = placed.row_id
        """,
    )


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
