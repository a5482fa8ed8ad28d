"""`reports/csv/<table>.csv`: each analytics table for tools that take CSV alone (Google Sheets, Looker Studio).

UTF-8 with a header, times as in the tables (UTC), numbers with a point. A text that a spreadsheet would run as a
formula carries an apostrophe in front: names of campaigns and intents come from outside, and a sheet that imports
CSV runs what it finds. Parquet and the DuckDB file hold the values as they are.
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
MOST_ROWS, MOST_CELLS = 1_000_000, 9_000_000
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
        columns = _columns(con, name)
        most = min(MOST_ROWS, MOST_CELLS // len(columns))
        rows = con.execute(f"select count(*) from analytics.{name}").fetchall()[0][0]
        since = _newest(con, name, most) if rows > most and PERIOD in dict(columns) else None
        if rows > most and since is None:
            found.left_out.append(name)
            continue
        if since is not None:
            found.shortened[name] = since
        _write(con, name, columns, since, folder / f"{name}.csv")
        found.written.append(name)
    for old in folder.glob("*.csv"):
        if old.stem not in found.written:
            old.unlink()
    flush(folder)
    return found


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
    con: duckdb.DuckDBPyConnection, name: str, columns: list[tuple[str, str]], since: str | None, path: Path
) -> None:
    guarded = ", ".join(_guarded(column) if kind == "VARCHAR" else f'"{column}"' for column, kind in columns)
    aside = path.with_name(f".{path.name}.new")
    among = "" if since is None else f" where {PERIOD} >= date {sql_text(since)}"
    con.execute(
        f"copy (select {guarded} from analytics.{name}{among}) to {sql_text(str(aside))} (format csv, header)"
    )
    aside.chmod(0o600)
    aside.replace(path)


def _guarded(column: str) -> str:
    pattern = sql_text(FORMULA)
    return f'case when regexp_matches("{column}", {pattern}) then \'\'\'\' || "{column}" else "{column}" end as "{column}"'
