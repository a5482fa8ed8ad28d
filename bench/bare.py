"""The SELECT a person would hand to a bare DuckDB `copy` for a file: its own columns, nested ones as JSON text.

Typed as raw is: times as timestamps, flags as booleans, amounts as doubles; ids stay text. What the types
are is found before anything is timed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from chat_pipeline.reading import sql_path, sql_text

Record = dict[str, Any]
RAW_TYPES = {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DATE", "BOOLEAN", "DOUBLE"}
OBJECT_BYTES = 16 << 20
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")


def paths(files: Sequence[Path]) -> str:
    return "[" + ", ".join(map(sql_path, files)) + "]"


def _types(records: Sequence[Record]) -> dict[str, str]:
    """DuckDB types of the records' fields."""
    found: dict[str, set[str]] = {}
    for record in records:
        for name, value in record.items():
            found.setdefault(name, set()).update([] if value is None else [_type(value)])
    return {name: kinds.pop() if len(kinds) == 1 else "VARCHAR" for name, kinds in found.items()}


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int):
        return "BIGINT"
    if isinstance(value, float):
        return "DOUBLE"
    if isinstance(value, str) and MOMENT.fullmatch(value):
        return "TIMESTAMP"
    return "JSON" if isinstance(value, dict | list) else "VARCHAR"


def _columns(records: Sequence[Record], keys: Sequence[str]) -> dict[str, str]:
    """Types of the fields, those on the way to the innermost records as lists of structs."""
    types = _types(records)
    if keys:
        inner = [element for record in records for element in record[keys[0]]]
        fields = ", ".join(f'"{name}" {kind}' for name, kind in _columns(inner, keys[1:]).items())
        types[keys[0]] = f"STRUCT({fields})[]"
    return types


def json_select(
    files: Sequence[Path], documents: Sequence[Record], form: str, keys: Sequence[str] = ()
) -> str:
    """One row per innermost record: `keys` are the names of the lists that lead to it. `documents`: samples."""
    columns = ", ".join(
        f"{sql_text(name)}: {sql_text(kind)}" for name, kind in _columns(documents, keys).items()
    )
    # More than needed would be allocated for nothing.
    largest = max(path.stat().st_size for path in files) + 1 if form == "unstructured" else 0
    select = (
        f"select * from read_json({paths(files)}, format = '{form}', columns = {{{columns}}},"
        f" maximum_object_size = {max(OBJECT_BYTES, largest)})"
    )
    for key in keys:
        select = f'select * exclude (element), unnest(element) from (select * exclude ("{key}"), unnest("{key}") as element from ({select}))'
    return select


def csv_select(files: Sequence[Path], whole: str = "") -> str:
    """`whole`: a column of raw's that holds all cells of a record as JSON."""
    found = duckdb.sql(f"select columns from sniff_csv({sql_path(files[0])}, sample_size = -1)").fetchall()[
        0
    ][0]
    columns = ", ".join(
        f"{sql_text(column['name'])}: '{column['type'] if column['type'] in RAW_TYPES else 'VARCHAR'}'"
        for column in found
    )
    every = f', cast(to_json(cells) as varchar) as "{whole}"' if whole else ""
    return f"""select *{every} from read_csv({paths(files)}, header = true, columns = {{{columns}}}, auto_detect = false,
        quote = '"', escape = '"') as cells"""


def parquet_select(files: Sequence[Path], nested: Sequence[str]) -> str:
    texts = ", ".join(f'cast(to_json("{name}") as varchar) as "{name}"' for name in nested)
    replaced = f" replace ({texts})" if nested else ""
    return f"select *{replaced} from read_parquet({paths(files)})"
