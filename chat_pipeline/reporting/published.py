"""The published file, read-only, and its rows as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]


@contextmanager
def opened(path: Path, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    with duckdb.connect(str(path), read_only=True, config={"memory_limit": memory_limit}) as con:
        con.execute("set TimeZone = 'UTC'")
        yield con


def rows(
    con: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> list[Row]:
    """What the query gives: a dict per row, days and times as text."""
    found = con.execute(sql, parameters if isinstance(parameters, Mapping) else list(parameters))
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in found.fetchall()]


def listed(con: duckdb.DuckDBPyConnection, sql: str, order: str, most: int, of_platform: int) -> list[Row]:
    """The first `most` rows of a SELECT (`in_all`), then those that lack to have the first `of_platform` of each value of
    its column `platform` as well. What there is of a platform is in order and without gaps."""
    first = rows(con, f"select * from ({sql}) as found order by {order} limit ?", [most])
    of_each = rows(
        con,
        f"""
        select * from ({sql}) as found
        qualify row_number() over (partition by platform order by {order}) <= ? order by platform, {order}
        """,
        [of_platform],
    )
    lacking = [row for row in of_each if row not in first]
    return [*({**row, "in_all": True} for row in first), *({**row, "in_all": False} for row in lacking)]


def has_column(con: duckdb.DuckDBPyConnection, schema: str, table: str, column: str) -> bool:
    """Whether the column is published: personal ones are left out where settings say so."""
    found = con.execute(
        "select count(*) from duckdb_columns() where schema_name = ? and table_name = ? and column_name = ?",
        [schema, table, column],
    ).fetchone()
    return bool(found and found[0])


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value
