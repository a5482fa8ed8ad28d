"""How HubSpot's API pages and UI exports become raw records."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from chat_pipeline.reading import (
    all_filled,
    cells_json,
    csv_rows,
    elements,
    excel_rows,
    extra,
    filled_cells,
    records,
    sql_text,
    struct_json,
    trimmed,
)
from chat_pipeline.source import Batch, PlainFile, UnreadableFile
from chat_pipeline.sources.hubspot.columns import CHANGED, PROPERTIES, Property
from chat_pipeline.sources.hubspot.objects import api_object, internal_names, object_of
from chat_pipeline.times import utc

EMPTY = "''"
# What a record of the API has beside its properties.
RECORD_FIELDS = (
    "id",
    "properties",
    "createdAt",
    "updatedAt",
    "archived",
    "archivedAt",
    "associations",
    "url",
    "objectWriteTraceId",
)
MANGLED = "^[0-9]([.,][0-9]+)?[eE][+]?[0-9]+$"


def _grouped(batch: Batch, tables: dict[str, str | None]) -> dict[str, Batch]:
    """The batch's files by raw table; files of an unknown object have no records."""
    return {
        table: replace(batch, files=tuple(file for file in batch.files if tables[file.name] == table))
        for table in PROPERTIES
        if table in tables.values()
    }


def read_pages(batch: Batch) -> dict[str, str]:
    """Records of API pages: {"results": [...]}, a bare list of results, or either per line."""
    groups = _grouped(batch, {file.name: api_object(file.sniff) for file in batch.files})
    return {table: _api(group, table) for table, group in groups.items()}


def _api(batch: Batch, table: str) -> str:
    properties = [p for p in PROPERTIES[table] if p.name not in ("hs_object_id", "contact_ids")]
    shape = sql_text(json.dumps({p.name: "VARCHAR" for p in properties}))
    typed = ", ".join(f"{_typed(_filled(f'field.{p.name}'), p, 'UTC')} as {p.name}" for p in properties)
    ids = "json_extract_string(record, '$.associations.contacts.results[*].id')"
    # Each once, in their order (list_distinct keeps none): the first one is the record's person.
    contacts = f"array_to_string(list_filter({ids}, lambda id, place: list_position({ids}, id) = place), ';')"
    linked = f"nullif({contacts}, '') as contact_ids," if table in ("deals", "tickets") else ""
    paths = ", ".join(sql_text(f"$.{name}") for name in RECORD_FIELDS)
    # DuckDB parses a record once per call: all of its fields are taken by one, all of its properties by another.
    return _finished(
        f"""
        select _path, _source_row, _problem, _original, {_undeclared(table)} as _extra,
            text[1] as hs_object_id, {typed}, {linked} try_cast(text[2] as boolean) as archived,
            cast({_value("associations")} as varchar) as associations, cast(properties as varchar) as properties,
            text[3] as updated_at, text[4] as created_at
        from (
            select *, json_transform(properties, {shape}) as field
            from (
                select *, {_value("properties")} as properties,
                    json_extract_string(record, ['$.id', '$.archived', '$.updatedAt', '$.createdAt']) as text
                from (select *, json_extract(record, [{paths}]) as given from ({_page_records(batch)}))
            )
        )
        """,
        CHANGED.get(table, "hs_lastmodifieddate"),
        [p.name for p in PROPERTIES[table]],
    )


def _filled(text: str) -> str:
    return f"nullif({text}, '')"


def _value(name: str) -> str:
    """SQL: a field of the record, as JSON."""
    return f"given[{RECORD_FIELDS.index(name) + 1}]"


def _undeclared(table: str) -> str:
    """SQL: the fields of the record and its properties that nothing reads, in one object: told as drift."""
    known = sql_text(json.dumps(dict.fromkeys(p.name for p in PROPERTIES[table])))
    unknown = f"case when starts_with(properties, '{{') then json_merge_patch(properties, {known}) end"
    # A record without blanks is as long as the fields that are known, each with its name, quotes, colon and comma,
    # unless it has others.
    lengths = " + ".join(f"coalesce(strlen({_value(name)}) + {len(name) + 4}, 0)" for name in RECORD_FIELDS)
    others = f"case when strlen(record) <> {lengths} + 1 then {extra('record', RECORD_FIELDS)} end"
    return f"""nullif(cast(json_merge_patch(coalesce({others}, '{{}}'), coalesce({unknown}, '{{}}')) as varchar), '{{}}')"""


def _page_records(batch: Batch) -> str:
    """One row per API record, whether it lay in a page or by itself."""
    # A bare record becomes a list of its own, so that rows are numbered alike.
    found = "case when len(listed) > 0 then listed when json_exists(record, '$.results') then [] else [json(record)] end"
    given = f"select *, json_extract(record, '$.results[*]') as listed from ({records(batch)})"
    return elements(batch, given, found)


def read_csv(batch: Batch) -> dict[str, str]:
    """Records of UI exports as CSV or Excel; headers are labels, internal names, or mapped by the settings."""
    mapped = batch.settings.columns
    tables = {file.name: object_of(internal_names(file.sniff.columns, mapped)) for file in batch.files}
    for file in batch.files:
        if tables[file.name] is None:
            raise UnreadableFile(
                "no column tells which HubSpot object this is: export in English, or map the headers in "
                f'[sources.hubspot] columns, for example {{ "{file.sniff.columns[0]}" = "hs_object_id" }}'
            )
    return {
        table: " union all by name ".join(_csv(group, file, table) for file in group.files)
        for table, group in _grouped(batch, tables).items()
    }


def _csv(batch: Batch, file: PlainFile, table: str) -> str:
    properties = PROPERTIES[table]
    headers, custom = _headers(file.sniff.columns, table, batch.settings.columns)
    rows = (excel_rows if file.sniff.kind == "xlsx" else csv_rows)(replace(batch, files=(file,)), headers)
    # Only what the file has: dozens of empty properties per record would cost more than all else.
    given = {headers[header] for header in file.sniff.columns if header in headers}
    named = {p.name: p.name for p in properties if p.name in given}
    custom = filled_cells(batch, f"({rows})", custom)
    typed = ", ".join(f"{_typed(p.name, p, batch.settings.time_zone)} as {p.name}" for p in properties)
    return _finished(
        f"""
        select _path, _source_row, _problem, _original, {cells_json(batch, f"({rows})", custom)} as _extra, {typed},
            false as archived, cast(null as varchar) as associations,
            -- An empty cell stays, as null: a property that is not there was not exported. Headers that no name
            -- could be made of are in the cells' own _extra.
            case when _extra is null and {all_filled(custom)} then cast({struct_json(named | custom)} as varchar)
                else cast(json_merge_patch({struct_json(named)}, {struct_json(custom)}, coalesce(_extra, '{{}}')) as varchar)
                end as properties,
            cast(null as varchar) as updated_at, cast(null as varchar) as created_at
        from ({rows})
        """,
        CHANGED.get(table, "hs_lastmodifieddate"),
        [p.name for p in properties],
    )


def _headers(
    columns: Sequence[str], table: str, mapped: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Header -> column name to read it as; property without a raw column -> the column it is read as."""
    labels = {label.casefold(): p.name for p in PROPERTIES[table] for label in (p.name, *p.labels)}
    labels.update({header.strip().casefold(): name for header, name in mapped.items()})
    known = {p.name for p in PROPERTIES[table]}
    headers: dict[str, str] = {}
    custom: dict[str, str] = {}
    for i, header in enumerate(columns):
        # HubSpot makes a property's internal name from its label in the same way.
        guess = re.sub("[^a-z0-9]+", "_", header.casefold()).strip("_")
        name = labels.get(header.casefold(), guess)
        if name in known:
            headers.setdefault(header, name)
        elif name and name not in custom:
            # The name is the user's own: it reaches SQL only as a text.
            custom[name] = headers[header] = f"custom_{i}"
    return {
        **headers,
        **{p.name: p.name for p in PROPERTIES[table] if p.name not in headers.values()},
    }, custom


def _typed(text: str, property_: Property, zone: str) -> str:
    """The text as the property's type; what does not fit becomes null and stays in `properties`."""
    if property_.type == "timestamp":
        return utc(text, zone)
    if property_.type == "double":
        return f"round(try_cast({text} as double), 6)"
    if property_.type == "boolean":
        return f"case when lower({text}) in ('true', 'yes') then true when lower({text}) in ('false', 'no') then false end"
    return trimmed(text) if property_.name != "email" else f"lower({trimmed(text)})"


def _finished(rows: str, changed: str, names: list[str]) -> str:
    """With key, version and what is wrong with the row."""
    plain = ", ".join(name for name in names if name not in ("hs_object_id", changed, "createdate"))
    version = f"coalesce({changed}, {utc('updated_at', 'UTC')})"
    return f"""
        select _path, _source_row, _extra, _original, {plain}, archived, associations, properties,
            hs_object_id, hs_object_id as _record_key,
            {version} as {changed}, {version} as _version,
            coalesce(createdate, {utc("created_at", "UTC")}) as createdate,
            case
                when _problem is not null then _problem
                when regexp_matches(hs_object_id, '{MANGLED}')
                    then 'record id in scientific notation: a spreadsheet cut its digits; export again'
                when coalesce(hs_object_id, '') = '' then 'no record id'
            end as _problem
        from ({rows})
    """
