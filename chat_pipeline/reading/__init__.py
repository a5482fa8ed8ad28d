"""Turning files into rows for a reader: one function per file form, none of them knows a vendor.

Each returns a SELECT for the batch's connection. Text is parsed by DuckDB, whole batches at a time;
SQLite, Excel and Avro, for which DuckDB would have to download an extension, go through Python.
Row numbers are the file's own: line, CSV record after the header, or array element, from 1.
"""

from chat_pipeline.reading.databases import avro_rows, parquet_rows, sqlite_rows
from chat_pipeline.reading.from_python import many_small_objects, python_columns, python_rows
from chat_pipeline.reading.json_records import documents, elements, extra, json_trouble, records
from chat_pipeline.reading.sql import (
    all_filled,
    cells_json,
    filled_cells,
    glob_text,
    sql_name,
    sql_path,
    sql_text,
    struct_json,
    temporary,
    trimmed,
)
from chat_pipeline.reading.tables import csv_rows, excel_rows
from chat_pipeline.reading.typed_lines import typed_lines

__all__ = [
    "all_filled",
    "avro_rows",
    "cells_json",
    "csv_rows",
    "documents",
    "elements",
    "excel_rows",
    "extra",
    "filled_cells",
    "glob_text",
    "json_trouble",
    "many_small_objects",
    "parquet_rows",
    "python_columns",
    "python_rows",
    "records",
    "sql_name",
    "sql_path",
    "sql_text",
    "sqlite_rows",
    "struct_json",
    "temporary",
    "trimmed",
    "typed_lines",
]
