"""`reports/csv/<table>.csv`: each analytics table for tools that take CSV alone (Google Sheets, Looker Studio).

UTF-8 with a header, times as in the tables (UTC), numbers with a point. A text that a spreadsheet would run as a
formula carries an apostrophe in front: names of campaigns and intents come from outside, and a sheet that imports
CSV runs what it finds. Parquet and the DuckDB file hold the values as they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chat_pipeline.disk import flush
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

# Google Sheets ends at 10 million cells, Looker Studio's upload at 100 MB.
MOST_ROWS = 400_000
FORMULA = r"^\s*[=+\-@＝＋－＠\t\r]"


def write_csv_files(con: duckdb.DuckDBPyConnection, folder: Path) -> tuple[list[str], list[str]]:
    """Tables written and tables too large, by name. Each file is replaced as a whole; those of tables that are
    gone or too large are taken away, for they would be of another night."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written, left_out = [], []
    for (name,) in con.execute(
        "select table_name from duckdb_tables() where schema_name = 'analytics' order by table_name"
    ).fetchall():
        rows = con.execute(f"select count(*) from analytics.{name}").fetchone()
        if rows and rows[0] > MOST_ROWS:
            left_out.append(name)
            continue
        _write(con, name, folder / f"{name}.csv")
        written.append(name)
    for old in folder.glob("*.csv"):
        if old.stem not in written:
            old.unlink()
    flush(folder)
    return written, left_out


def _write(con: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    columns = con.execute(
        "select column_name, data_type from duckdb_columns() where schema_name = 'analytics' and table_name = ?"
        " order by column_index",
        [name],
    ).fetchall()
    guarded = ", ".join(_guarded(column) if kind == "VARCHAR" else f'"{column}"' for column, kind in columns)
    aside = path.with_name(f".{path.name}.new")
    con.execute(
        f"copy (select {guarded} from analytics.{name}) to {sql_text(str(aside))} (format csv, header)"
    )
    aside.chmod(0o600)
    aside.replace(path)


def _guarded(column: str) -> str:
    pattern = sql_text(FORMULA)
    return f'case when regexp_matches("{column}", {pattern}) then \'\'\'\' || "{column}" else "{column}" end as "{column}"'
