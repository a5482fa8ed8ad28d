"""GA4's events in BigQuery's four forms. Reports are of another kind, and each shape tells other figures."""

from __future__ import annotations

import copy
import io

import fastavro
from ga4_shapes import SCHEMA, Event, as_console, extract_lines, make_events, parquet
from hypothesis import strategies as st
from worlds import Form, Record, World, indented, json_lines

DAY = 86_400_000_000


def _on_days(events: list[Event]) -> list[Record]:
    """Spread over three days, which a file holds whole."""
    return [
        {
            **event,
            "event_date": f"2026100{5 + n % 3}",
            "event_timestamp": event["event_timestamp"] + (n % 3) * DAY,
        }
        for n, event in enumerate(events)
    ]


def _with(records: list[Record], more: Record) -> list[Record]:
    return [{**record, **more} for record in records]


def avro(records: list[Record], more: Record) -> bytes:
    schema = copy.deepcopy(SCHEMA)
    schema["fields"] += [{"name": name, "type": ["null", "string"]} for name in more]
    told = dict.fromkeys(more, '{"of": ["nobody", 7]}')
    stream = io.BytesIO()
    fastavro.writer(stream, schema, _with(records, told), codec="snappy")
    return stream.getvalue()


def _as_parquet(records: list[Record], more: Record) -> bytes:
    return parquet(_with(records, dict.fromkeys(more, '{"of": ["nobody", 7]}')))


WORLDS = (
    World(
        "events",
        raw="events",
        records=st.builds(make_events, st.integers(1, 9), st.integers(0, 9999)).map(_on_days),
        forms=(
            Form("bigquery_ndjson", lambda records, more: extract_lines(_with(records, more))),
            Form(
                "console_json", lambda records, more: json_lines(as_console(e) for e in _with(records, more))
            ),
            Form("console_json", lambda records, more: indented(as_console(_with(records, more)))),
            Form("bigquery_parquet", _as_parquet),
            Form("bigquery_avro", avro),
        ),
        filled=("stg_ga4__events", "stg_ga4__parameters"),
        together=lambda event: event["event_date"],
    ),
)
