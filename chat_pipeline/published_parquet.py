"""The published tables as Parquet: a part per table, of the large ones a part per month.

A part whose rows are those of the last publication is not written again but linked: the same file under
another name, so months that are over cost neither time nor space.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from chat_pipeline.reading import sql_text

PARTS_FILE = "parts.json"
# Tables that grow with history, each with the day by whose month it is cut.
BY_MONTH = {
    "marts.customer_timeline": "occurred_date",
    "marts.fct_conversation_events": "occurred_date",
    "marts.fct_conversations": "started_date",
    "marts.fct_messages": "sent_date",
    "marts.fct_web_events": "occurred_date",
    "marts.fct_web_sessions": "started_date",
}
# Rows without a day; also the one part of such a table that has no rows.
UNDATED = "undated"


@dataclass(frozen=True)
class Part:
    """`path` below the folder of Parquet; `condition`: SQL for its rows; `content`: equal where the rows,
    columns and types are, in whatever order."""

    table: str
    path: str
    condition: str
    rows: int
    content: str


def write_parquet(database: Path, folder: Path, schemas: tuple[str, ...], before: Path) -> dict[str, int]:
    """Writes `folder/parquet/` and `folder/parts.json`; returns the rows per table. `before`: the folder of
    the last publication, if there was one."""
    kept = part_contents(before)
    contents: dict[str, str] = {}
    rows: dict[str, int] = {}
    with duckdb.connect() as con:
        con.execute(f"attach {sql_text(str(database))} as chat (read_only)")
        for schema, table in con.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where database_name = 'chat' and schema_name in ? order by all",
            [list(schemas)],
        ).fetchall():
            for part in _parts(con, schema, table):
                target = folder / "parquet" / part.path
                target.parent.mkdir(parents=True, exist_ok=True)
                same = kept.get(part.path) == part.content
                if not (same and _linked(before / "parquet" / part.path, target)):
                    _write(con, part, target)
                contents[part.path] = part.content
                rows[part.table] = rows.get(part.table, 0) + part.rows
    (folder / PARTS_FILE).write_text(json.dumps(contents, indent=1), encoding="utf-8")
    return rows


def _parts(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[Part]:
    name, relation = f"{schema}.{table}", f'chat.{schema}."{table}"'
    columns = con.execute(f"describe {relation}").fetchall()
    # DuckDB may hash another way in its next version.
    shape = f"{duckdb.__version__} {[column[:2] for column in columns]}"
    day = BY_MONTH.get(name) if BY_MONTH.get(name) in [column[0] for column in columns] else None
    month = f"strftime({day}, '%Y-%m')" if day else "null"
    listed = ", ".join(f'"{column[0]}"' for column in columns)
    found = con.execute(
        f"select {month}, count(*), sum(cast(hash({listed}) as hugeint)) from {relation} group by 1 order by 1"
    ).fetchall()
    return [
        Part(
            name,
            f"{schema}/{table}/{at or UNDATED}.parquet" if day else f"{schema}/{table}.parquet",
            _of_month(day, at) if day else "true",
            count,
            hashlib.sha256(f"{shape} {count} {total}".encode()).hexdigest(),
        )
        for at, count, total in found or [(None, 0, None)]
    ]


def _of_month(day: str, month: str | None) -> str:
    if month is None:
        return f"{day} is null"
    first = f"date '{month}-01'"
    return f"{day} >= {first} and {day} < {first} + interval 1 month"


def _write(con: duckdb.DuckDBPyConnection, part: Part, target: Path) -> None:
    schema, _, table = part.table.partition(".")
    select = f'select * from chat.{schema}."{table}" where {part.condition}'
    con.execute(f"copy ({select}) to {sql_text(str(target))} (format parquet, compression zstd)")


def _linked(standing: Path, target: Path) -> bool:
    """Not on every file system, and not if the part of before has gone."""
    try:
        os.link(standing, target)
    except OSError:
        return False
    return True


def part_contents(before: Path) -> dict[str, str]:
    """The contents of the parts of a publication; none of one that has no such file."""
    file = before / PARTS_FILE
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
