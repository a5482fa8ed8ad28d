"""Rows that Python read, into DuckDB, a chunk at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from chat_pipeline.reading.sql import fresh_name, sql_name
from chat_pipeline.source import Batch

CHUNK_ROWS = 50_000


def python_rows(batch: Batch, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> str:
    """A temporary table of text columns from Python rows, with their row_number."""
    import pyarrow

    schema = pyarrow.schema(
        [("row_number", pyarrow.int64()), *((column, pyarrow.string()) for column in columns)]
    )
    name = fresh_name("rows")
    declared = ", ".join(f"{sql_name(column)} varchar" for column in columns)
    batch.con.execute(f"create temp table {name} (row_number bigint, {declared})")
    numbered = enumerate(rows, start=1)
    while chunk := list(itertools.islice(numbered, CHUNK_ROWS)):
        values = [[number for number, _ in chunk], *zip(*(row for _, row in chunk), strict=True)]
        arrow = pyarrow.table(
            [pyarrow.array(v, f.type) for v, f in zip(values, schema, strict=True)], schema=schema
        )
        batch.con.register("python_rows", arrow)
        batch.con.execute(f"insert into {name} select * from python_rows")
        batch.con.unregister("python_rows")
    return name
