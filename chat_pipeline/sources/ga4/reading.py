"""How GA4's BigQuery export becomes raw events. Every form is brought to JSON text per event and parsed once."""

from __future__ import annotations

from chat_pipeline.reading import avro_rows, extra, parquet_rows, records, sql_text
from chat_pipeline.source import Batch
from chat_pipeline.sources.ga4.columns import EVENT_FIELDS

DAILY, INTRADAY = 2, 1
# Stays out of the hash of parameters: GA4 repeats its batch columns there, and not on every delivery.
BATCH_KEYS = "('batch_page_id', 'batch_ordering_id', 'batch_event_index')"
LISTS = ("event_params", "user_properties", "items")
PARAMETERS = (
    '[{"key":"VARCHAR","value":{"string_value":"VARCHAR","int_value":"VARCHAR",'
    '"float_value":"VARCHAR","double_value":"VARCHAR"}}]'
)


def read_json(batch: Batch) -> dict[str, str]:
    """Events of JSON exports: one object per line, or one array."""
    return {"events": _events(batch, records(batch))}


def read_avro(batch: Batch) -> dict[str, str]:
    """Events of Avro exports."""
    return {"events": _events(batch, avro_rows(batch))}


def read_parquet(batch: Batch) -> dict[str, str]:
    """Events of Parquet exports, whose nested columns become JSON text."""
    return {
        "events": _events(
            batch,
            f"""
            select _path, _source_row, cast(to_json(columns_of_row) as varchar) as record,
                cast(null as varchar) as _problem, cast(to_json(columns_of_row) as varchar) as _original
            from (select _path, _source_row, rows as columns_of_row from ({parquet_rows(batch)}) as rows)
            """,
        )
    }


def _events(batch: Batch, rows: str) -> str:
    paths = ", ".join(sql_text(f"$.{name}") for name, _ in EVENT_FIELDS)
    texts = ",\n            ".join(
        f"fields[{i}] as {name}" if name not in LISTS else f"{_unwrapped(f'fields[{i}]')} as {name}"
        for i, (name, _) in enumerate(EVENT_FIELDS, start=1)
    )
    typed = ",\n            ".join(_typed(name, kind) for name, kind in EVENT_FIELDS)
    return f"""
        with parsed as (
            -- All fields by one call: DuckDB parses the text once per call.
            select _path, _source_row, _problem, _original, json_extract_string(record, [{paths}]) as fields,
                {extra("record", [*(name for name, _ in EVENT_FIELDS), "_path", "_source_row"])} as _extra
            from ({rows})
        ),
        texts as (
            select _path, _source_row, _problem, _original, _extra,
            {texts}
            from parsed
        )
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
    return f"""case
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
    parameters = f"""array_to_string(list_sort(list_transform(
                list_filter(from_json(event_params, '{PARAMETERS}'), lambda p: p.key not in {BATCH_KEYS}),
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
