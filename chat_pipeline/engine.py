"""DuckDB as settings allow it: memory, and where to spill."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")


def memory_limit(settings: Settings) -> str:
    """DuckDB's memory limit; a share ("50%") is one of the container's memory, else of the machine's."""
    limit = settings.engine.memory_limit
    if not limit.endswith("%"):
        return limit
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if CONTAINER_LIMIT.is_file() and (text := CONTAINER_LIMIT.read_text().strip()).isdigit():
        total = min(total, int(text))
    return f"{int(total * float(limit[:-1]) / 100) >> 20}MiB"


def connect(settings: Settings, scratch: Path) -> duckdb.DuckDBPyConnection:
    """A connection in memory that spills to `scratch`."""
    return duckdb.connect(config={"memory_limit": memory_limit(settings), "temp_directory": str(scratch)})


def keep_order(con: duckdb.DuckDBPyConnection, keep: bool) -> None:
    """Whether statements that make a table or file keep the order of their rows; with a join or a union in
    them that costs all cores but one."""
    con.execute(f"set preserve_insertion_order = {str(keep).lower()}")


def insert_rows(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Many rows into a table at once; row by row, ten thousand files would take a minute each time."""
    import pyarrow

    if rows:
        columns = [pyarrow.array(values) for values in zip(*rows, strict=True)]
        given = pyarrow.table(columns, names=[f"c{number}" for number in range(len(columns))])
        con.register("given_rows", given)
        con.execute(f"insert into {table} select * from given_rows")
        con.unregister("given_rows")
