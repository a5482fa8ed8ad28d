"""SQLite, Avro and Parquet files into rows. What DuckDB would need an extension for goes through Python."""

from __future__ import annotations

from typing import Any

from chat_pipeline.disk import is_of_the_machine
from chat_pipeline.reading.from_python import python_rows
from chat_pipeline.reading.sql import paths, sql_name, sql_text
from chat_pipeline.source import Batch, PlainFile, UnreadableFile


def sqlite_rows(batch: Batch, table: str) -> str:
    """All columns of a SQLite table as text, with _path and _source_row (in the table's own order)."""
    return " union all by name ".join(_sqlite_file(batch, file, table) for file in batch.files)


def _sqlite_file(batch: Batch, file: PlainFile, table: str) -> str:
    import sqlite3
    from contextlib import closing
    from urllib.parse import quote

    columns = file.sniff.tables[table]
    quoted = ", ".join(map(sql_name, columns))
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file.path))}?mode=ro&immutable=1", uri=True)) as db:
            db.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
            rows = db.execute(f'select {quoted} from "{table}" order by rowid')
            # str() of a float keeps all its digits, SQLite's own cast to text does not.
            texts = ([None if value is None else _plain(value) for value in row] for row in rows)
            name = python_rows(batch, columns, texts)
    except sqlite3.DatabaseError as error:
        raise UnreadableFile(f"damaged SQLite file ({error})") from error
    return f"select {sql_text(str(file.path))} as _path, row_number as _source_row, * exclude (row_number) from {name}"


def _plain(value: Any) -> str:
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)


def avro_rows(batch: Batch) -> str:
    """One row per Avro record: the columns of `records`, the record as JSON text."""
    return " union all ".join(_avro_file(batch, file) for file in batch.files)


def _avro_file(batch: Batch, file: PlainFile) -> str:
    import fastavro
    import orjson

    try:
        with file.path.open("rb") as stream:
            texts = (
                [orjson.dumps(record, _plain, orjson.OPT_PASSTHROUGH_DATETIME).decode()]
                for record in fastavro.reader(stream)
            )
            name = python_rows(batch, ["record"], texts)
    except Exception as error:  # of whatever kind: fastavro checks little of what it reads
        if is_of_the_machine(error):
            raise
        raise UnreadableFile(f"damaged Avro file ({type(error).__name__})") from error
    return f"""
        select {sql_text(str(file.path))} as _path, row_number as _source_row, record,
            cast(null as varchar) as _problem, record as _original
        from {name}
    """


def parquet_rows(batch: Batch) -> str:
    """Every column as stored, with _path and _source_row."""
    return f"""
        select * exclude (filename, file_row_number), filename as _path, file_row_number + 1 as _source_row
        from read_parquet({paths(batch.files)}, filename = true, file_row_number = true, union_by_name = true,
            hive_partitioning = false)
    """
