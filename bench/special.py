"""Shapes that are no plain list of JSON records and no plain CSV: binary files, tables of arrays, reports.

Entries are the arguments of `cases.Case`.
"""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from bench import files
from bench import records_chat as chat
from bench import records_cx as cx
from bench import records_web as web
from bench import special_json as reports
from bench.bare import csv_select, json_select, parquet_select, paths

NESTED_EVENT = (
    "event_params", "privacy_info", "user_properties", "device", "geo", "traffic_source", "collected_traffic_source",
    "ecommerce", "items",
)  # fmt: skip
STAND_IN = "stand_in"


def _stand_in(folder: Path) -> Path:
    """Beside the exports, so that only the bare copy reads it."""
    path = folder.parent / STAND_IN
    path.mkdir(exist_ok=True)
    return path


def _bare_lines(given: Sequence[Path]) -> list[str]:
    (path,) = _stand_in(given[0].parent).glob("*.jsonl")
    with path.open(encoding="utf-8") as stream:
        documents = [json.loads(next(stream)) for _ in range(10)]
    return [json_select([path], documents, "newline_delimited")]


def _bare_csv(given: Sequence[Path]) -> list[str]:
    return [csv_select(list(_stand_in(given[0].parent).glob("*.csv")))]


def _write_sqlite(name: str, sender: str, folder: Path, size: int) -> list[Path]:
    rows = []
    for number, event in enumerate(files.limited(chat.rasa_event, size)):
        rows.append(
            (number + 1, event.pop("sender_id"), event["event"], event["timestamp"], json.dumps(event))
        )
    with closing(sqlite3.connect(folder / "rasa.db")) as db, db:
        db.execute(
            f"create table {name} (id integer primary key, {sender} text, type_name text, timestamp float, data text)"
        )
        db.executemany(f"insert into {name} values (?, ?, ?, ?, ?)", rows)
    with (_stand_in(folder) / "events.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("id", sender, "type_name", "timestamp", "data"), *rows])
    return [folder / "rasa.db"]


def _events(size: int) -> Any:
    import pyarrow

    table = pyarrow.Table.from_pylist(list(files.limited(web.ga4_event, size)))
    # Columns without any value have no type of their own.
    columns = [
        column.cast(pyarrow.string()) if pyarrow.types.is_null(column.type) else column
        for column in table.columns
    ]
    return pyarrow.table(columns, names=table.column_names)


def _write_parquet(folder: Path, size: int) -> list[Path]:
    from pyarrow import parquet

    # Not compressed, as BigQuery writes it unless asked.
    events = _events(size).drop_columns(["user_properties"])
    parquet.write_table(events, folder / "events_20261005.parquet", compression="none")
    return [folder / "events_20261005.parquet"]


def _avro_field(name: str, value: Any) -> Any:
    """Avro's type of a value, null allowed as BigQuery writes it."""
    if isinstance(value, list):
        inner = _avro_field(f"{name}_element", value[0]) if value else "string"
        return {"type": "array", "items": inner[1] if isinstance(inner, list) else inner}
    if isinstance(value, dict):
        fields = [{"name": k, "type": _avro_field(f"{name}_{k}", v)} for k, v in value.items()]
        return ["null", {"type": "record", "name": name, "fields": fields}]
    kinds = {bool: "boolean", int: "long", float: "double"}
    return ["null", kinds.get(type(value), "string")]


def _write_avro(folder: Path, size: int) -> list[Path]:
    import fastavro

    events = list(files.limited(web.ga4_event, size))
    value = {"string_value": "", "int_value": 1, "float_value": 1.0, "double_value": 1.0}
    typical = events[3] | {"event_params": [{"key": "", "value": value}]}
    schema = {
        "type": "record",
        "name": "Root",
        "fields": [{"name": k, "type": _avro_field(k, v)} for k, v in typical.items()],
    }
    with (folder / "events_20261005.avro").open("wb") as out:
        fastavro.writer(out, schema, events)
    files.write_lines(_stand_in(folder), lambda rng, number: web.as_extract(web.ga4_event(rng, number)), size)
    return [folder / "events_20261005.avro"]


def _write_log_parquet(folder: Path, size: int) -> list[Path]:
    import pyarrow
    from pyarrow import parquet

    rows = [
        {name: json.dumps(value) if isinstance(value, dict) else value for name, value in record.items()}
        for record in files.limited(cx.cx_log, size)
    ]
    parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "log.parquet", compression="none")
    return [folder / "log.parquet"]


def _write_excel(folder: Path, size: int) -> list[Path]:
    from openpyxl import Workbook

    rows = list(files.limited(chat.turn_row, size))
    # Not write_only: texts are shared then, as Excel itself writes them.
    book = Workbook()
    sheet: Any = book.active
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    book.save(folder / "turns.xlsx")
    files.write_csv(_stand_in(folder), chat.turn_row, size)
    return [folder / "turns.xlsx"]


def _write_result(folder: Path, size: int) -> list[Path]:
    """The command line's answer: rows as arrays beside the names of their columns."""
    rows = [
        [json.dumps(value) if isinstance(value, dict) else value for value in record.values()]
        for record in files.limited(chat.telemetry, size)
    ]
    names = list(next(files.made(chat.telemetry)))
    table = {"name": "PrimaryResult", "columns": [{"name": n, "type": "string"} for n in names], "rows": rows}
    (folder / "query.json").write_text(json.dumps({"tables": [table]}), encoding="utf-8")
    return [folder / "query.json"]


def _bare_result(given: Sequence[Path]) -> list[str]:
    names = list(next(files.made(chat.telemetry)))
    cells = ", ".join(f'row[{i}] as "{name}"' for i, name in enumerate(names, start=1))
    return [
        f"""
        select {cells} from (
            select unnest(found.rows) as row from (
                select unnest(tables) as found from read_json({paths(given)}, format = 'unstructured',
                    columns = {{'tables': 'STRUCT("rows" VARCHAR[][])[]'}}, maximum_object_size = {16 << 20})
            )
        )
    """
    ]


SPECIAL: tuple[tuple[Any, ...], ...] = (
    ("rasa", "events_sqlite", partial(_write_sqlite, "events", "sender_id"), _bare_csv, 1.0, "the same rows as CSV"),
    ("rasa", "conversation_event_sqlite", partial(_write_sqlite, "conversation_event", "conversation_id"), _bare_csv, 1.0, "the same rows as CSV"),
    ("bot_framework", "custom_events_result", _write_result, _bare_result, 0.3),
    ("dialogflow_cx", "interaction_log_parquet", _write_log_parquet, lambda given: [f"select * from read_parquet({paths(given)})"]),
    ("intercom", "conversations", reports.write_intercom, reports.bare_intercom_lines),
    ("intercom", "conversation_page", reports.write_intercom_pages, reports.bare_intercom_pages),
    ("chat_table", "table_excel", _write_excel, _bare_csv, 0.3, "the same rows as CSV"),
    ("ga4", "bigquery_parquet", _write_parquet, lambda given: [parquet_select(given, [n for n in NESTED_EVENT if n != "user_properties"])]),
    ("ga4", "bigquery_avro", _write_avro, _bare_lines, 1.0, "the same events as JSON Lines"),
    ("ga4", "ui_report_csv", reports.write_report, reports.bare_report),
    ("ga4", "data_api_json", reports.write_data_api, reports.bare_data_api),
)  # fmt: skip
