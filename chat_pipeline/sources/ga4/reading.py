"""How GA4's BigQuery export becomes raw events: every form is brought to texts of the events' fields."""

from __future__ import annotations

from chat_pipeline.reading import avro_rows, extra, parquet_rows, records, sql_name, sql_text
from chat_pipeline.source import Batch
from chat_pipeline.sources.ga4.columns import EVENT_FIELDS

DAILY, INTRADAY = 2, 1
# Stays out of the hash of parameters: GA4 repeats its batch columns there, and not on every delivery.
BATCH_KEYS = "('batch_page_id', 'batch_ordering_id', 'batch_event_index')"
BATCH = "batch_"
LISTS = ("event_params", "user_properties", "items")
PARAMETERS = (
    '[{"key":"VARCHAR","value":{"string_value":"VARCHAR","int_value":"VARCHAR",'
    '"float_value":"VARCHAR","double_value":"VARCHAR"}}]'
)


def read_json(batch: Batch) -> dict[str, str]:
    """Events of JSON exports: one object per line, or one array."""
    return {"events": _events(batch, _of_records(records(batch)))}


def read_avro(batch: Batch) -> dict[str, str]:
    """Events of Avro exports."""
    return {"events": _events(batch, _of_records(avro_rows(batch)))}


def read_parquet(batch: Batch) -> dict[str, str]:
    """Events of Parquet exports, whose nested columns become JSON text."""
    rows = parquet_rows(batch)
    types = {row[0]: row[1] for row in batch.con.execute(f"describe {rows}").fetchall()}
    texts = ", ".join(
        f"{_column_text(name, types[name]) if name in types else 'cast(null as varchar)'} as {name}"
        for name, _ in EVENT_FIELDS
    )
    named = {name for name, _ in EVENT_FIELDS}
    others = [name for name in types if name not in named | {"_path", "_source_row"}]
    cells = ", ".join(f"{sql_text(name)}: {sql_name(name)}" for name in others)
    rest = f"to_json({{{cells}}})" if others else "null"
    return {
        "events": _events(
            batch,
            f"""
            select _path, _source_row, cast(null as varchar) as _problem, cast(to_json(event) as varchar) as _original,
                cast({rest} as varchar) as _extra, {texts}
            from ({rows}) as event
            """,
        )
    }


def _column_text(name: str, kind: str) -> str:
    nested = kind.startswith(("STRUCT", "MAP")) or kind.endswith("]")
    return f"cast({f'to_json({name})' if nested else name} as varchar)"


def _of_records(rows: str) -> str:
    """SQL: the texts of the events' fields, from rows of records."""
    paths = ", ".join(sql_text(f"$.{name}") for name, _ in EVENT_FIELDS)
    texts = ", ".join(f"fields[{i}] as {name}" for i, (name, _) in enumerate(EVENT_FIELDS, start=1))
    return f"""
        select _path, _source_row, _problem, _original, _extra, {texts}
        from (
            -- All fields by one call: DuckDB parses the text once per call.
            select _path, _source_row, _problem, _original, json_extract_string(record, [{paths}]) as fields,
                {extra("record", [*(name for name, _ in EVENT_FIELDS), "_path", "_source_row"])} as _extra
            from ({rows})
        )
    """


def _events(batch: Batch, texts: str) -> str:
    typed = ",\n            ".join(_typed(name, kind) for name, kind in EVENT_FIELDS)
    lists = ", ".join(f"{_unwrapped(name)} as {name}" for name in LISTS)
    return f"""
        with texts as (select * replace ({lists}) from ({texts}))
        select _path, _source_row, _extra,
            {typed},
            make_timestamp(try_cast(event_timestamp as bigint)) as occurred_at,
            event_date as _partition,
            {_standing(batch)} as _standing,
            cast(null as timestamp) as _version,
            {_key()} as _record_key,
            coalesce(_problem, {_trouble()}) as _problem,
            case when coalesce(_problem, {_trouble()}) is not null then _original end as _original
        from texts
    """


def _typed(name: str, kind: str) -> str:
    return name if kind == "varchar" else f"try_cast({name} as {kind}) as {name}"


def _unwrapped(field: str) -> str:
    """Parquet writers may wrap lists as {"list": [{"element": ...}]}."""
    return f"""case when not starts_with({field}, '{{') then {field}
                when {field} like '{{"list":[{{"item":%' then cast(json_extract({field}, '$.list[*].item') as varchar)
                when {field} like '{{"list":%' then cast(json_extract({field}, '$.list[*].element') as varchar)
                else {field} end"""


def _standing(batch: Batch) -> str:
    """Intraday is provisional: the day's own export wins, whenever it came."""
    intraday = [sql_text(str(file.path)) for file in batch.files if "intraday" in file.name.casefold()]
    return (
        f"case when _path in ({', '.join(intraday)}) then {INTRADAY} else {DAILY} end"
        if intraday
        else str(DAILY)
    )


def _key() -> str:
    """A hash of what identifies an event: GA4 gives it no id. Exact repeats share it."""
    value = "coalesce(p.value.string_value, p.value.int_value, p.value.float_value, p.value.double_value, '')"
    given = f"from_json(event_params, '{PARAMETERS}')"
    filtered = f"list_filter({given}, lambda p: p.key not in {BATCH_KEYS})"
    some = f"case when contains(event_params, '{BATCH}') then {filtered} else {given} end"
    parameters = f"""array_to_string(list_sort(list_transform({some},
                lambda p: p.key || '=' || {value})), '|')"""
    return f"""md5(concat_ws('|', event_date, coalesce(stream_id, ''), coalesce(user_pseudo_id, ''), event_name,
                event_timestamp, coalesce(batch_event_index, ''), {parameters}))"""


def _trouble() -> str:
    return """case
                when event_date is null or not regexp_full_match(event_date, '[0-9]{8}')
                    or try_strptime(event_date, '%Y%m%d') is null then 'event_date is no day YYYYMMDD'
                when event_timestamp is null or not regexp_full_match(event_timestamp, '[0-9]{1,18}')
                    then 'event_timestamp is no whole number of microseconds'
                when coalesce(event_name, '') = '' then 'no event_name'
            end"""
