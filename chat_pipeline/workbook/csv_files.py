"""`reports/csv/<table>.csv`: each analytics table for tools that take CSV alone (Google Sheets, Looker Studio).

UTF-8 with a header, times as in the tables (UTC), numbers with a point. A text that a spreadsheet would run as a
formula carries an apostrophe in front: names of campaigns and intents come from outside, and a sheet that imports
CSV runs what it finds; a line break in a text becomes a blank, for not every upload reads lines in quotes. Parquet and
the DuckDB file hold the values as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from chat_pipeline.disk import flush
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

# Google Sheets ends at 10 million cells, Looker Studio's upload at 100 MB.
MOST_ROWS, MOST_CELLS, MOST_BYTES = 1_000_000, 9_000_000, 100_000_000
# Periods are not all of the same length: of a file that is too large so much is aimed at.
NOT_QUITE = 0.95
PERIOD = "period_start"
FORMULA = r"^\s*[=+\-@＝＋－＠\t\r]"


@dataclass
class CsvFiles:
    """Tables by name. `shortened`: from which period on they are in their file; `left_out`: too large, without periods."""

    written: list[str] = field(default_factory=list)
    shortened: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def write_csv_files(con: duckdb.DuckDBPyConnection, folder: Path) -> CsvFiles:
    """Each file is replaced as a whole; those of tables that are gone or left out are taken away, for they would be
    of another night."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = CsvFiles()
    for (name,) in con.execute(
        "select table_name from duckdb_tables() where schema_name = 'analytics' order by table_name"
    ).fetchall():
        since = _put(con, name, folder / f"{name}.csv")
        if since is None:
            found.left_out.append(name)
            continue
        if since:
            found.shortened[name] = since
        found.written.append(name)
    for old in folder.glob("*.csv"):
        if old.stem not in found.written:
            old.unlink()
    flush(folder)
    return found


def _put(con: duckdb.DuckDBPyConnection, name: str, path: Path) -> str | None:
    """Writes a table. The first day that is in its file, '' where all are; None: too large, and not written."""
    columns = _columns(con, name)
    has_periods = PERIOD in dict(columns)
    rows = con.execute(f"select count(*) from analytics.{name}").fetchall()[0][0]
    most = min(MOST_ROWS, MOST_CELLS // len(columns))
    aside = path.with_name(f".{path.name}.new")
    since = ""
    while True:
        if rows > most:
            since = _newest(con, name, most) if has_periods else None
            if not since:
                aside.unlink(missing_ok=True)
                return None
        written = _write(con, name, columns, since, aside)
        size = aside.stat().st_size
        if size <= MOST_BYTES:
            aside.replace(path)
            return since
        rows, most = written, int(written * MOST_BYTES / size * NOT_QUITE)


def _newest(con: duckdb.DuckDBPyConnection, name: str, most: int) -> str | None:
    """The first day of the oldest period with which the newest rows are few enough."""
    found = con.execute(
        f"""
        select cast(min({PERIOD}) as varchar) from (
            select {PERIOD}, sum(count(*)) over (order by {PERIOD} desc) as so_far
            from analytics.{name} group by {PERIOD}
        ) as summed where so_far <= ?
        """,
        [most],
    ).fetchall()
    return found[0][0]


def _columns(con: duckdb.DuckDBPyConnection, name: str) -> list[tuple[str, str]]:
    return con.execute(
        "select column_name, data_type from duckdb_columns() where schema_name = 'analytics' and table_name = ?"
        " order by column_index",
        [name],
    ).fetchall()


def _write(
    con: duckdb.DuckDBPyConnection, name: str, columns: list[tuple[str, str]], since: str, path: Path
) -> int:
    """The number of rows written."""
    guarded = ", ".join(_guarded(column) if kind == "VARCHAR" else f'"{column}"' for column, kind in columns)
    among = f" where {PERIOD} >= date {sql_text(since)}" if since else ""
    copied = con.execute(
        f"copy (select {guarded} from analytics.{name}{among}) to {sql_text(str(path))} (format csv, header)"
    ).fetchall()
    path.chmod(0o600)
    return copied[0][0]


def _guarded(column: str) -> str:
    pattern, text = sql_text(FORMULA), f"translate(\"{column}\", chr(10) || chr(13), '  ')"
    return f"case when regexp_matches(\"{column}\", {pattern}) then '''' || {text} else {text} end as \"{column}\""
