"""A first look into files that are no text: SQLite, Parquet, Avro, Excel."""

from __future__ import annotations

import itertools
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from chat_pipeline.sniff.model import SAMPLES, Sniff


def of_sqlite(path: Path, name: str) -> Sniff:
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as db:
            names = [row[0] for row in db.execute("select name from sqlite_master where type = 'table'")]
            tables = {
                table: [row[1] for row in db.execute("select * from pragma_table_info(?)", [table])]
                for table in names
            }
    except sqlite3.DatabaseError as error:
        return Sniff(name, "other", trouble=f"damaged SQLite file ({error})")
    return Sniff(name, "sqlite", tables=tables)


def of_parquet(path: Path, name: str) -> Sniff:
    import duckdb

    from chat_pipeline.reading import sql_path

    try:
        with duckdb.connect() as con:
            rows = con.execute(f"describe select * from read_parquet({sql_path(path)})").fetchall()
    except duckdb.Error as error:
        words = str(error).splitlines()[0].replace(str(path), name)
        return Sniff(name, "other", trouble=f"damaged Parquet file ({words})")
    columns = [row[0] for row in rows]
    if any("\0" in column for column in columns):
        return Sniff(name, "other", trouble="damaged Parquet file (NUL in a column's name)")
    return Sniff(name, "parquet", columns=columns)


def of_avro(path: Path, name: str) -> Sniff:
    import fastavro

    try:
        with path.open("rb") as stream:
            schema: Any = fastavro.reader(stream).writer_schema
    except Exception as error:  # of whatever kind: fastavro checks little of what it reads
        return Sniff(name, "other", trouble=f"damaged Avro file ({type(error).__name__})")
    fields = schema.get("fields", []) if isinstance(schema, dict) else []
    return Sniff(name, "avro", columns=[field["name"] for field in fields])


def of_excel(path: Path, name: str) -> Sniff:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(path) as archive:
            if "[Content_Types].xml" not in archive.namelist():
                return Sniff(name, "other", trouble="an archive in an archive: unpack the outer one")
        with path.open("rb") as stream:
            book = load_workbook(stream, read_only=True, data_only=True)
            rows = book.worksheets[0].iter_rows(values_only=True) if book.worksheets else iter(())
            header = next((row for row in rows if any(cell is not None for cell in row)), ())
            first = [[_text(cell) for cell in row] for row in itertools.islice(rows, SAMPLES)]
            book.close()
    except Exception as error:  # of whatever kind: openpyxl checks little of what it reads
        return Sniff(name, "other", trouble=f"damaged Excel file ({type(error).__name__})")
    return Sniff(name, "xlsx", columns=[_text(cell) for cell in header], rows=first)


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()
