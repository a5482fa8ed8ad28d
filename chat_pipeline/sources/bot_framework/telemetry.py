"""Custom events of Application Insights: what the bot's middleware, recognisers and dialogs tell.

The portal exports a CSV with the properties as JSON text; the command line a result {tables: [{columns,
rows}]}; diagnostic settings write JSON Lines in which everything begins with a capital letter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chat_pipeline.reading import csv_rows, elements, extra, records, sql_text, temporary
from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Batch, Shape
from chat_pipeline.sources.bot_framework.telemetry_columns import FIELDS, HEADERS, NUMBERS, PROPERTIES
from chat_pipeline.times import utc

# The portal writes dates in the American way, whatever the reader's language.
PORTAL_FORMATS = ("%m/%d/%Y, %I:%M:%S.%g %p", "%m/%d/%Y, %I:%M:%S %p")


def _is_event(names: set[str]) -> bool:
    """Whether columns or keys are those of custom events."""
    given = {name.casefold() for name in names}
    timed = given & {"timestamp", "timestamp [utc]", "timegenerated", "timegenerated [utc]", "time"}
    return bool(timed) and "name" in given and bool(given & {"customdimensions", "properties"})


def _is_csv(sniff: Sniff) -> bool:
    return sniff.kind == "csv" and _is_event(set(sniff.columns))


def _is_json(sniff: Sniff) -> bool:
    return sniff.kind == "json" and any(isinstance(s, dict) and _is_event(set(s)) for s in sniff.samples)


def _is_result(sniff: Sniff) -> bool:
    tables = [s["tables"] for s in sniff.samples if isinstance(s, dict) and isinstance(s.get("tables"), list)]
    columns = [t.get("columns") for found in tables for t in found if isinstance(t, dict)]
    return any(
        _is_event({str(c.get("name")) for c in found if isinstance(c, dict)}) for found in columns if found
    )


def _read_csv(batch: Batch) -> dict[str, str]:
    return _telemetry(batch, csv_rows(batch, HEADERS))


def _read_json(batch: Batch) -> dict[str, str]:
    return _json_rows(batch, records(batch))


def _read_result(batch: Batch) -> dict[str, str]:
    """Rows as arrays beside the names of their columns: a SELECT per list of names, mostly one."""
    tables = f"select _path, _source_row, record, _problem, _original from ({elements(batch, records(batch), '$.tables')})"
    rows = elements(batch, tables, "$.rows", {"names": "json_extract_string(record, '$.columns[*].name')"})
    name = temporary(batch, rows)
    found = batch.con.execute(f"select distinct names from {name}").fetchall()
    selects = [_named_rows(name, names) for (names,) in found or [(None,)]]
    return _telemetry(batch, " union all ".join(selects))


def _named_rows(table: str, names: Sequence[str | None] | None) -> str:
    """SQL: the rows of a result's tables that have these columns; of none those that are no rows at all."""
    places = {name: names.index(name) for name in names if name is not None} if names else {}
    known = [place for key, place in places.items() if key in FIELDS]
    other = {key: place for key, place in places.items() if key not in FIELDS}
    texts = ", ".join(f"'$[{place}]'" for place in known)
    values = ", ".join(f"'$[{place}]'" for place in other.values())
    pairs = ", ".join(f"{sql_text(key)}, others[{i}]" for i, key in enumerate(other, start=1))
    taken = _coalesced(
        {key: f"texts[{known.index(place) + 1}]" for key, place in places.items() if key in FIELDS}
    )
    listed = ", ".join("null" if name is None else sql_text(name) for name in names or [])
    return f"""
        select _path, _source_row, _original, {f"cast(json_object({pairs}) as varchar)" if pairs else "cast(null as varchar)"} as _extra,
            {taken}, case when _problem is null and not fits then 'no JSON object' else _problem end as _problem
        from (
            select *, json_array_length(record) = {len(names or [])} as fits,
                json_extract_string(record, cast([{texts}] as varchar[])) as texts, json_extract(record, cast([{values}] as varchar[])) as others
            from {table}
            where names is not distinct from {"null" if names is None else f"cast([{listed}] as varchar[])"}
        )
    """


def _coalesced(found: Mapping[str, str]) -> str:
    """SQL: our columns of what the file has by its own names."""
    by_name: dict[str, list[str]] = {name: [] for name in FIELDS.values()}
    for key, name in FIELDS.items():
        by_name[name] += [found[key]] if key in found else []
    return ", ".join(
        f"coalesce({', '.join([*cells, 'cast(null as varchar)'])}) as {name}"
        for name, cells in by_name.items()
    )


def _json_rows(batch: Batch, rows: str) -> dict[str, str]:
    paths = ", ".join(sql_text(f'$."{key}"') for key in FIELDS)
    taken = _coalesced({key: f"fields[{place}]" for place, key in enumerate(FIELDS, start=1)})
    return _telemetry(
        batch,
        f"""
        select _path, _source_row, _original, {extra("record", tuple(FIELDS))} as _extra, {taken},
            case when _problem is null and not coalesce(starts_with(ltrim(record), '{{'), false) then 'no JSON object' else _problem end as _problem
        -- All fields by one call: DuckDB parses the text once per call.
        from (select *, json_extract_string(record, [{paths}]) as fields from ({rows}))
        """,
    )


def _moment(batch: Batch) -> str:
    """SQL: the time; without an offset it is UTC if the column says so, else the source's time zone."""
    zone = batch.settings.time_zone or "UTC"
    formats = ", ".join(sql_text(f) for f in PORTAL_FORMATS)
    portal = f"case when contains({{column}}, '/') then try_strptime({{column}}, [{formats}]) end"
    stated = f"coalesce({portal.format(column='utc_time')}, {utc('utc_time', 'UTC')})"
    local = f"timezone('UTC', timezone({sql_text(zone)}, {portal.format(column='time')}))"
    return f"coalesce({stated}, {local}, {utc('time', zone)})"


def _telemetry(batch: Batch, rows: str) -> dict[str, str]:
    paths = [f"""$."{name}\"""" for names in PROPERTIES.values() for name in names]
    listed = ", ".join(sql_text(path) for path in paths)
    taken, number = [], 0
    for name, spellings in PROPERTIES.items():
        found = [f"nullif(property[{number + i}], '')" for i in range(1, len(spellings) + 1)]
        number += len(spellings)
        if name == "intent_score":
            found.append("json_extract_string(measurements, '$.score')")
        value = f"coalesce({', '.join(found)})" if len(found) > 1 else found[0]
        kind = "double" if name in NUMBERS else "boolean" if name == "article_found" else ""
        taken.append(f"try_cast({value} as {kind}) as {name}" if kind else f"{value} as {name}")
    return {
        "telemetry": f"""
        with given as (
            select * replace (case when json_valid(measurements) then measurements end as measurements),
                -- To ask whether it is JSON costs a parse; this fails where it is not.
                try(json_extract_string(properties, [{listed}])) as property
            from ({rows})
        ),
        parsed as (
            select * replace (
                case when _problem is null and properties is not null and property is null
                    then 'broken JSON in the properties' else _problem end as _problem),
                {_moment(batch)} as occurred_at
            from given
        ),
        named as (
            select
                _path, _source_row, _original, _extra, name, occurred_at, {", ".join(taken)}, user_id, operation_id,
                device, country, try_cast(item_count as bigint) as item_count, properties, measurements,
                case
                    when _problem is not null then _problem
                    when name is null then 'no name'
                    when conversation_id is null then 'no conversation id'
                    when occurred_at is null then 'no readable time'
                end as _problem
            from parsed
        )
        -- The routes give an event different ids and some none, so it is known by what it says; to the
        -- millisecond, because the portal shows no more.
        select *, true as _is_counted, case when _problem is null then md5(concat_ws('|', name, conversation_id, coalesce(activity_id, ''), coalesce(reply_activity_id, ''),
            coalesce(dialog_instance_id, ''), coalesce(step_name, ''), coalesce(intent, ''),
            cast(epoch_ms(occurred_at) as varchar))) end as _record_key
        from named
        """
    }


SHAPES = (
    Shape("custom_events_csv", _is_csv, _read_csv),
    Shape("custom_events_json", _is_json, _read_json),
    Shape("custom_events_result", _is_result, _read_result),
)
