"""Rows that Python read, into DuckDB."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from chat_pipeline.reading.sql import fresh_name, sql_name
from chat_pipeline.source import Batch

CHUNK_ROWS = 50_000


def python_rows(batch: Batch, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> str:
    """A temporary table of text columns from Python rows, with their row_number."""
    name = _empty_table(batch, columns)
    given = iter(rows)
    count = 0
    while chunk := list(itertools.islice(given, CHUNK_ROWS)):
        _insert(batch, name, columns, list(zip(*chunk, strict=True)), count)
        count += len(chunk)
    return name


def python_columns(batch: Batch, columns: Mapping[str, Sequence[str | None]]) -> str:
    """The same from whole columns of equal length: cheaper where Python does not touch each row."""
    name = _empty_table(batch, list(columns))
    _insert(batch, name, list(columns), list(columns.values()), 0)
    return name


def _empty_table(batch: Batch, columns: Sequence[str]) -> str:
    name = fresh_name("rows")
    declared = ", ".join(f"{sql_name(column)} varchar" for column in columns)
    batch.con.execute(f"create temp table {name} (row_number bigint, {declared})")
    return name


def _insert(
    batch: Batch, name: str, columns: Sequence[str], values: Sequence[Sequence[str | None]], before: int
) -> None:
    import pyarrow

    count = len(values[0])
    numbers = pyarrow.array(range(before + 1, before + count + 1), pyarrow.int64())
    texts = [pyarrow.array(column, pyarrow.string()) for column in values]
    batch.con.register("python_rows", pyarrow.table([numbers, *texts], names=["row_number", *columns]))
    batch.con.execute(f"insert into {name} select * from python_rows")
    batch.con.unregister("python_rows")


@contextmanager
def many_small_objects() -> Iterator[None]:
    """Without Python's collector of cycles: of a million lists that have none it would make two thirds of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
