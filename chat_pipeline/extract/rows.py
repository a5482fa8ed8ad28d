"""Files read batch by batch: each by its shape's reader, what can't be read alone to blame."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import duckdb

from chat_pipeline.disk import is_of_the_machine
from chat_pipeline.engine import insert_rows, keep_order
from chat_pipeline.extract.grown import Grown
from chat_pipeline.extract.parts import NewRows
from chat_pipeline.extract.typed import write_rows
from chat_pipeline.reading import json_trouble
from chat_pipeline.source import (
    Batch,
    PlainFile,
    Shape,
    UnreadableFile,
)

BATCH_FILES = 2000
# What our SQL finds in a sound file; all else that DuckDB says of Parquet is about its bytes.
OF_VALUES = (duckdb.ConversionException, duckdb.BinderException, duckdb.OutOfRangeException)
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


def _read_batch(new: NewRows, files: list[ReadFile], settings, *, is_careful: bool = False) -> dict[str, str]:
    """Read a batch at once; if that fails, carefully; then halve it until the files to blame stand alone."""
    con = new.con
    batch = Batch(con, tuple(file.plain for file in files), settings, files[0].instance, is_careful)
    before = {table.name: new.parts(table) for table in new.source.tables}
    con.execute("begin")
    try:
        selects = files[0].shape.read(batch)
        # Rows know their numbers now.
        keep_order(con, False)
        _insert(new, files, selects, is_hoped=bool(batch.hopes))
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
        if batch.hopes:
            return _read_batch(new, files, settings, is_careful=True)
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
    words = str(error).splitlines()[0].replace(str(file.path), file.name)
    is_damage = file.sniff.kind == "parquet" and not isinstance(error, OF_VALUES)
    return f"damaged Parquet file ({words})" if is_damage else words


def told(error: Exception) -> str:
    """What a reader of files raised, without what the file holds."""
    if isinstance(error, UnreadableFile):
        return str(error)
    return f"the reader failed on it ({type(error).__name__}): a fault of the program, please report it"


def _insert(new: NewRows, files: list[ReadFile], selects: dict[str, str], *, is_hoped: bool) -> None:
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
        write_rows(new, new.source.table(name), select, is_hoped=is_hoped)
