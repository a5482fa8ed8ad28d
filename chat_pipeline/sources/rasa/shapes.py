"""The forms in which Rasa's events reach us, and the one way in which an event's JSON becomes a row.

Every shape ends in rows _path, _source_row, record (the event's JSON), sender and sequence (where the
form knows them outside the event), _problem, _original; `_events` does the rest.
"""

from __future__ import annotations

import json
from functools import partial

from chat_pipeline.reading import (
    csv_rows,
    elements,
    extra,
    records,
    sql_text,
    sqlite_rows,
    temporary,
    typed_lines,
)
from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Batch, Shape
from chat_pipeline.sources.rasa.columns import FIELDS

# Columns of the tracker store's and of Rasa X's table. Beside id, sender and data they repeat what
# `data` says, sometimes with less precision, so they are read away.
TABLE_COLUMNS = {
    "id": "vendor_id",
    "sender_id": "sender",
    "conversation_id": "sender",
    "data": "data",
    "type_name": "type_name",
    "timestamp": "timestamp",
    "intent_name": "intent_name",
    "action_name": "action_name",
    "policy": "policy",
    "is_flagged": "is_flagged",
    "evaluation": "evaluation",
    "rasa_environment": "rasa_environment",
    "slot_name": "slot_name",
    "slot_value": "slot_value",
}

# How MongoDB's tools write numbers in their exact (canonical) JSON.
MONGO_NUMBER = r'\{\s*"\$number(?:Double|Int|Long|Decimal)"\s*:\s*"([-+0-9.eE]+)"\s*\}'


def _objects(sniff: Sniff) -> list[dict]:
    return [s for s in sniff.samples if isinstance(s, dict)] if sniff.kind == "json" else []


def _is_event(sample: dict) -> bool:
    return isinstance(sample.get("event"), str) and "timestamp" in sample


def _is_wrapped_event(sample: dict) -> bool:
    return isinstance(sample.get("event"), dict) and _is_event(sample["event"]) and "sender_id" in sample


def _is_tracker(sample: dict) -> bool:
    inner = sample.get("tracker")
    tracker = inner if isinstance(inner, dict) else sample
    return isinstance(tracker.get("events"), list) and "py/object" not in sample


def wrapped_conversations(sniff: Sniff) -> list[dict | list]:
    """What lies under `conversations`: a list, or an object by sender, of trackers, events or lists of events."""
    found = [sample.get("conversations") for sample in _objects(sniff)]
    inner = [
        value
        for c in found
        if isinstance(c, dict | list)
        for value in (c.values() if isinstance(c, dict) else c)
    ]
    return [value for value in inner if isinstance(value, dict | list)]


def _is_wrapped_dump(sniff: Sniff) -> bool:
    def holds_events(value: dict | list) -> bool:
        if isinstance(value, list):
            return any(isinstance(event, dict) and _is_event(event) for event in value)
        return _is_tracker(value) or _is_event(value) or _is_wrapped_event(value)

    return any(map(holds_events, wrapped_conversations(sniff)))


def _is_broker(sniff: Sniff) -> bool:
    return any(_is_event(s) and "sender_id" in s for s in _objects(sniff))


def _is_event_list(sniff: Sniff) -> bool:
    samples = _objects(sniff)
    return any(_is_event(s) for s in samples) and not any("sender_id" in s for s in samples)


def _is_tracker_list(sniff: Sniff) -> bool:
    several = sniff.layout == "array" or len(sniff.samples) > 1
    return several and any(_is_tracker(s) for s in _objects(sniff))


def _is_one_tracker(sniff: Sniff) -> bool:
    one = sniff.layout != "array" and len(sniff.samples) == 1
    return one and any(_is_tracker(s) for s in _objects(sniff))


def _columns(sniff: Sniff) -> set[str]:
    return {column.casefold() for column in sniff.columns} if sniff.kind == "csv" else set()


def _has_table(sniff: Sniff, name: str, sender: str) -> bool:
    return {"id", sender, "data"} <= {column.casefold() for column in sniff.tables.get(name, [])}


def _is_row_of_rasa_x(sample: dict) -> bool:
    return {"conversation_id", "type_name", "data"} <= sample.keys()


def _read_events(batch: Batch) -> dict[str, str]:
    typed = typed_lines(batch, FIELDS)
    if typed:
        return _typed_events(typed)
    return _events(
        f"select *, cast(null as varchar) as sender, _source_row as sequence from ({records(batch)})"
    )


def _read_event_list(batch: Batch) -> dict[str, str]:
    """Events without any sender: the file is the conversation."""
    names = ", ".join(f"({sql_text(str(file.path))}, {sql_text(file.name)})" for file in batch.files)
    return _events(
        f"""
        select given.*, files.name as sender, _source_row as sequence
        from ({records(batch)}) as given join (values {names}) as files(path, name) on files.path = given._path
    """,
    )


def _read_wrapped_events(batch: Batch) -> dict[str, str]:
    """Elements {sender_id, event: {...}}; those without an event are the exporting tool's summaries."""
    return _events(
        f"""
        select _path, _source_row, _original, cast(json_extract(record, '$.event') as varchar) as record,
            coalesce(_problem, case when json_type(record, '$.event') is distinct from 'OBJECT' then 'no event in it' end)
                as _problem,
            json_extract_string(record, '$.sender_id') as sender, _source_row as sequence
        from ({records(batch)})
    """,
    )


def _read_trackers(batch: Batch) -> dict[str, str]:
    """Trackers {sender_id, events}, also inside a document {_id, tracker: {...}}."""
    return _tracker_events(
        batch,
        f"select _path, _source_row, _problem, _original, record, cast(null as varchar) as sender from ({records(batch)})",
    )


def _read_wrapped_dump(batch: Batch) -> dict[str, str]:
    """Documents {conversations: ...}: each value there a tracker, its events or one of them, whose sender may be its key."""
    name = temporary(
        batch,
        f"""
        select *,
            case when kind = 'OBJECT' then json_extract(record, '$.conversations.*')
                when kind = 'ARRAY' then json_extract(record, '$.conversations[*]') else [] end as found,
            case when kind = 'OBJECT' then json_keys(record, '$.conversations') end as names
        from (select *, json_type(record, '$.conversations') as kind from ({records(batch)}))
        """,
    )
    # Taken apart into a list first: joined with its own elements a dump of 8 MB would take gigabytes.
    return _tracker_events(
        batch,
        f"""
        select * replace (row_number() over (partition by _path order by _source_row, position) as _source_row)
        from (
            select _path, _source_row, unnest(range(len(found))) as position, cast(null as varchar) as _problem,
                unnest(found) as record, cast(unnest(found) as varchar) as _original, unnest(names) as sender
            from {name}
            union all by name
            select _path, _source_row, 0 as position, _original,
                coalesce(_problem, 'no conversations in it') as _problem
            from {name} where coalesce(kind, '') not in ('OBJECT', 'ARRAY')
        )
    """,
    )


def _tracker_events(batch: Batch, given: str) -> dict[str, str]:
    """Events of rows (_path, _source_row, _problem, _original, record, sender): trackers, lists of events, single events."""
    owner = """coalesce(
        json_extract_string(record, '$.sender_id'), json_extract_string(record, '$.tracker.sender_id'),
        sender, json_extract_string(record, '$._id."$oid"'), json_extract_string(record, '$._id'))"""
    trackers = f"""
        select _path, _source_row, _original,
            coalesce(_problem, case when events is null then
                case when json_type(record) in ('OBJECT', 'ARRAY') then 'no events in it' else 'no JSON object' end
            end) as _problem,
            record, sender, events
        from (
            select *, case
                when json_type(record) = 'ARRAY' then record
                when json_type(record, '$.event') = 'OBJECT' then json_array(json_extract(record, '$.event'))
                when json_type(record, '$.event') is not null then json_array(record)
                when json_type(record, '$.tracker.events') = 'ARRAY' then json_extract(record, '$.tracker.events')
                when json_type(record, '$.events') = 'ARRAY' then json_extract(record, '$.events')
            end as events
            from ({given})
        )
    """
    return _events(
        f"""
        select *, _source_row as sequence
        from ({elements(batch, trackers, "json_extract(events, '$[*]')", {"sender": owner})})
    """,
    )


def _read_csv(batch: Batch) -> dict[str, str]:
    return _events(_table_events(csv_rows(batch, TABLE_COLUMNS)))


def _read_sqlite(table: str, sender: str, batch: Batch) -> dict[str, str]:
    rows = f"""
        select _path, _source_row, id as vendor_id, {sender} as sender, data,
            cast(null as varchar) as _problem, data as _original
        from ({sqlite_rows(batch, table)})
    """
    return _events(_table_events(rows))


def _read_rows_of_rasa_x(batch: Batch) -> dict[str, str]:
    """Rows of the table as objects; the event in them is text, or an object where a database knew it as JSON."""
    rows = f"""
        select _path, _source_row, _problem, _original, json_extract_string(record, '$.id') as vendor_id,
            json_extract_string(record, '$.conversation_id') as sender, json_extract_string(record, '$.data') as data
        from ({records(batch)})
    """
    return _events(_table_events(rows))


def _table_events(rows: str) -> str:
    """Rows of the SQL table: the event is the JSON in `data`, the id tells the order."""
    return f"""
        select _path, _source_row, case when json_valid(data) then data end as record, sender,
            coalesce(try_cast(vendor_id as bigint), _source_row) as sequence, _original,
            coalesce(_problem, case when data is null then 'no event in the column data'
                when not json_valid(data) then 'broken JSON in the column data' end) as _problem
        from ({rows})
    """


def _typed_events(rows: str) -> dict[str, str]:
    """Events of rows with their fields, as `typed_lines` gives them."""
    struct = ", ".join(f"{name}: {name}" for name in FIELDS)
    nested = " or ".join(f"contains({name}, '$number')" for name, kind in FIELDS.items() if kind == "JSON")
    return _named_events(f"""
        select _path, _source_row, cast(null as varchar) as _extra, _source_row as sequence,
            cast(null as varchar) as sender, {{{struct}}} as field,
            case when {nested} then error('numbers as MongoDB writes them') end as _problem
        from ({rows})
    """)


def _events(rows: str) -> dict[str, str]:
    return _named_events(f"""
        select _path, _source_row, _original, {extra("record", tuple(FIELDS))} as _extra, sequence, sender,
            json_transform(record, {sql_text(json.dumps(FIELDS))}) as field,
            case when _problem is not null then _problem
                when record is null or not starts_with(record, '{{') and json_type(record) <> 'OBJECT' then 'no JSON object'
            end as _problem
        from (
            select * replace (case when contains(record, '$number') then regexp_replace(record, {sql_text(MONGO_NUMBER)}, '\\1', 'g')
                else record end as record)
            from ({rows})
        )
    """)


def _named_events(parsed: str) -> dict[str, str]:
    """Rows of the raw table from rows _path, _source_row, _extra, sequence, sender, field (a struct of the FIELDS),
    _problem and, if they have it, _original."""
    # An event has no id: it is known by the fields that we know. What the vendor may add on a second export
    # (metadata, fields of a newer version) or leaves to the table around it (sender_id) is no part of its
    # identity; equal events of one file are told apart by counting them.
    # So is how Rasa read a message (parse_data): sender, time and text tell it.
    apart = ("event", "timestamp", "sender_id", "metadata", "parse_data")
    identity = ", ".join(
        f"coalesce(cast(field.{name} as varchar), '')" for name in FIELDS if name not in apart
    )
    fields = ", ".join(f"field.{name}" for name in FIELDS if name not in ("timestamp", "sender_id", "event"))
    return {
        "events": f"""
        with parsed as ({parsed}),
        named as (
            select
                parsed.* exclude (sender, field, _problem),
                coalesce(field.sender_id, sender) as sender_id, field.event as event, {fields},
                field.timestamp as seconds,
                try(make_timestamp(try_cast(round(field.timestamp * 1000000) as bigint))) as occurred_at,
                concat_ws('|', {identity}) as content,
                case when field.parse_data is not null
                    then json_extract_string(field.parse_data, ['$.intent.name', '$.intent.confidence']) end as intent,
                case
                    when _problem is not null then _problem
                    when field.event is null then 'no field event'
                    when occurred_at is null then 'no timestamp in seconds'
                    when coalesce(field.sender_id, sender) is null then 'no sender_id'
                end as _problem
            from parsed
        )
        select
            * exclude (seconds, content, intent), intent[1] as intent_name, try_cast(intent[2] as double) as intent_confidence,
            case when _problem is null
                then md5(concat_ws('|', sender_id, event, cast(epoch_us(occurred_at) as varchar), content)) end as _record_key,
            true as _is_counted,
            cast(null as timestamp) as _version, cast(null as varchar) as _partition, cast(null as bigint) as _standing
        from named
        """
    }


SHAPES = (
    Shape("broker_jsonl", _is_broker, _read_events, is_by_line=True),
    Shape("event_list", _is_event_list, _read_event_list, is_by_line=True),
    Shape("wrapped_event_list", lambda s: any(map(_is_wrapped_event, _objects(s))), _read_wrapped_events),
    Shape("wrapped_dump", _is_wrapped_dump, _read_wrapped_dump),
    Shape("tracker_list", _is_tracker_list, _read_trackers),
    Shape("tracker_json", _is_one_tracker, _read_trackers),
    Shape(
        "conversation_event_csv", lambda s: {"conversation_id", "type_name", "data"} <= _columns(s), _read_csv
    ),
    Shape(
        "conversation_event_json", lambda s: any(map(_is_row_of_rasa_x, _objects(s))), _read_rows_of_rasa_x
    ),
    Shape(
        "conversation_event_sqlite",
        # A database with both tables has what Rasa X copied from the tracker store.
        lambda s: (
            _has_table(s, "conversation_event", "conversation_id")
            and not _has_table(s, "events", "sender_id")
        ),
        partial(_read_sqlite, "conversation_event", "conversation_id"),
    ),
    Shape("events_csv", lambda s: {"id", "sender_id", "data"} <= _columns(s), _read_csv),
    Shape(
        "events_sqlite",
        lambda s: _has_table(s, "events", "sender_id"),
        partial(_read_sqlite, "events", "sender_id"),
    ),
)
