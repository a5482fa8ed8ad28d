"""Made-up GA4 events as BigQuery hands them out: JSON Lines of `bq extract`, the console's JSON, Parquet, Avro."""

from __future__ import annotations

import io
import json
import random
from typing import Any

Event = dict[str, Any]
SLOTS = ("string_value", "int_value", "float_value", "double_value")
NAMES = ("page_view", "view_item", "purchase", "refund", "chatbot_interaction")


def make_events(count: int, seed: int) -> list[Event]:
    """Events with every field of the schema below, as Python values."""
    rng = random.Random(seed)
    return [_event(rng, number) for number in range(count)]


def _event(rng: random.Random, number: int) -> Event:
    name = rng.choice(NAMES)
    # One key, another slot: GA4 decides by the value.
    value = rng.choice(
        ({"int_value": 31}, {"double_value": 31.5}, {"string_value": "31"}, {"double_value": 31.0})
    )
    parameters = {
        "ga_session_id": {"int_value": 1_791_194_000 + number % 3},
        "session_engaged": {"string_value": "1"},
        "page_location": {"string_value": "https://shop.example/?q=<mug>&x=1"},
        "page_title": {"string_value": rng.choice(('Mugs "big" & <new>', "Køb\nnu", ""))},
        "value": value,
        "currency": {"string_value": "eur"},
    }
    return {
        "event_date": "20261005",
        "event_timestamp": 1_791_194_400_000_001 + number // 2,
        "event_name": name,
        "event_params": [{"key": k, "value": {slot: v.get(slot) for slot in SLOTS}} for k, v in parameters.items()],
        "user_pseudo_id": rng.choice(("1055.1760000000", None)),
        "user_id": rng.choice((None, "Kim@Example.org")),
        "stream_id": "34508",
        "platform": "WEB",
        "is_active_user": rng.choice((True, False)),
        "batch_event_index": number,
        "device": {"category": "mobile", "language": rng.choice((None, "de-de"))},
        "geo": {"country": "Germany", "city": "(not set)"},
        "privacy_info": {"analytics_storage": "Yes", "ads_storage": None},
        "ecommerce": {"transaction_id": "(not set)", "purchase_revenue": rng.choice((None, 31.0, 9.5))},
        "items": [{"item_id": "MUG-1", "item_name": "Mug", "price": 9.5, "quantity": 2}] if name == "purchase" else [],
    }  # fmt: skip


def as_extract(event: Event) -> Event:
    """INT64 as text, nulls left out."""

    def told(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: told(v) for k, v in value.items() if v is not None}
        if isinstance(value, list):
            return [told(v) for v in value]
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    return told(event)


def as_console(value: Any) -> Any:
    """Every scalar as text, nulls kept."""
    if isinstance(value, dict):
        return {k: as_console(v) for k, v in value.items()}
    if isinstance(value, list):
        return [as_console(v) for v in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None else str(value)


def extract_lines(events: list[Event]) -> str:
    """`bq extract` writes <, > and & as escapes."""
    text = "".join(json.dumps(as_extract(event)) + "\n" for event in events)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def parquet(events: list[Event]) -> bytes:
    import pyarrow
    from pyarrow import parquet as writer

    value = pyarrow.struct([("string_value", "string"), ("int_value", "int64"), ("float_value", "double"), ("double_value", "double")])  # fmt: skip
    plain = pyarrow.Table.from_pylist([{k: v for k, v in e.items() if k != "event_params"} for e in events])
    params = pyarrow.array(
        [e["event_params"] for e in events],
        pyarrow.list_(pyarrow.struct([("key", pyarrow.string()), ("value", value)])),
    )
    out = io.BytesIO()
    writer.write_table(plain.append_column("event_params", params), out)
    return out.getvalue()


def _record(name: str, fields: dict[str, Any]) -> Any:
    return {"type": "record", "name": name, "fields": [{"name": k, "type": v} for k, v in fields.items()]}


def _optional(kind: Any) -> list[Any]:
    return ["null", kind]


TEXT, LONG, DOUBLE = _optional("string"), _optional("long"), _optional("double")
VALUE = _record(
    "Value", {"string_value": TEXT, "int_value": LONG, "float_value": DOUBLE, "double_value": DOUBLE}
)
# As `bq extract --destination_format AVRO` writes it: each field may be null, repeated records are arrays.
SCHEMA = _record(
    "Root",
    {
        "event_date": TEXT,
        "event_timestamp": LONG,
        "event_name": TEXT,
        "event_params": {
            "type": "array",
            "items": _record("Param", {"key": TEXT, "value": _optional(VALUE)}),
        },
        "user_pseudo_id": TEXT,
        "user_id": TEXT,
        "stream_id": TEXT,
        "platform": TEXT,
        "is_active_user": _optional("boolean"),
        "batch_event_index": LONG,
        "device": _optional(_record("Device", {"category": TEXT, "language": TEXT})),
        "geo": _optional(_record("Geo", {"country": TEXT, "city": TEXT})),
        "privacy_info": _optional(_record("Privacy", {"analytics_storage": TEXT, "ads_storage": TEXT})),
        "ecommerce": _optional(_record("Ecommerce", {"transaction_id": TEXT, "purchase_revenue": DOUBLE})),
        "items": {
            "type": "array",
            "items": _record("Item", {"item_id": TEXT, "item_name": TEXT, "price": DOUBLE, "quantity": LONG}),
        },
    },
)


def avro(events: list[Event], codec: str = "deflate") -> bytes:
    import fastavro

    out = io.BytesIO()
    fastavro.writer(out, SCHEMA, events, codec=codec)
    return out.getvalue()
