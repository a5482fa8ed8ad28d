"""How Salesforce's CSV dialects and REST answers become raw records."""

from __future__ import annotations

import json
from dataclasses import replace

from chat_pipeline.reading import csv_rows, elements, excel_rows, extra, records, sql_text, trimmed
from chat_pipeline.source import Batch, PlainFile, UnreadableFile
from chat_pipeline.sources.salesforce.cells import date_order, misfits, typed
from chat_pipeline.sources.salesforce.columns import FIELDS, OBJECTS, Field
from chat_pipeline.sources.salesforce.objects import api_names, table_of

DATE_ORDERS = ("dmy", "mdy")
PRIMARY_ROLE = """json_extract_string(list_extract(list_filter(
    json_extract(record, '$.OpportunityContactRoles.records[*]'),
    lambda role: json_extract_string(role, '$.IsPrimary') = 'true'), 1), '$.ContactId')"""


def _grouped(batch: Batch) -> dict[str, Batch]:
    """The batch's files by raw table; files without records are in none."""
    tables = {
        file.name: table_of(replace(file.sniff, mapping=batch.settings.columns)) for file in batch.files
    }
    return {
        table: replace(batch, files=tuple(file for file in batch.files if tables[file.name] == table))
        for table in FIELDS
        if table in tables.values()
    }


def read_rest(batch: Batch) -> dict[str, str]:
    """Records of query results, sObject collections, or one per line."""
    return {table: _rest(group, table) for table, group in _grouped(batch).items()}


def _rest(batch: Batch, table: str) -> str:
    fields = FIELDS[table]
    whole = list(dict.fromkeys(f.compound[0] for f in fields if f.compound))
    plain = [*(f.api for f in fields), *whole]
    paths = ", ".join(sql_text(f'$."{name}"') for name in plain)
    texts = {name: f"nullif(given[{i}], '')" for i, name in enumerate(plain, start=1)}
    texts |= {"PrimaryContactId": PRIMARY_ROLE} if table == "opportunities" else {}
    cells = ", ".join(f'{text} as "{name}"' for name, text in texts.items())
    kind = f"given[{len(plain) + 1}]"
    return _finished(
        f"""
        select _path, _source_row, _original, {cells}, {extra("record", ["attributes", *plain], usual=True)} as _extra,
            cast(to_json(json_keys(record)) as varchar) as fields,
            coalesce(_problem, case when {kind} <> {sql_text(OBJECTS[table][0])}
                then 'a record of another object: ' || {kind} end) as _problem
        from (select *, json_extract_string(record, [{paths}, '$.attributes.type']) as given from ({_answers(batch)}))
        """,
        table,
        # A flag that the query asked for is true or false, never empty.
        set(),
        "iso",
    )


def _answers(batch: Batch) -> str:
    """One row per record, whether it lay in a query's result, in a collection or by itself."""
    found = """case
        when len(listed) > 0 then listed
        when json_exists(record, '$.result.records') then json_extract(record, '$.result.records[*]')
        when json_exists(record, '$.records') then []
        else [json(record)] end"""
    # A collection holds null for each id that was not found.
    given = f"select *, json_extract(record, '$.records[*]') as listed from ({records(batch)})"
    return f"select * from ({elements(batch, given, found)}) where record <> 'null' or record is null"


def read_csv(batch: Batch) -> dict[str, str]:
    """Records of exports whose moments are ISO 8601, in UTC where they have no offset."""
    return {
        table: " union all by name ".join(_csv(group, file, table, "iso") for file in group.files)
        for table, group in _grouped(batch).items()
    }


def read_spreadsheet(batch: Batch) -> dict[str, str]:
    """Records of exports that a spreadsheet wrote again, moments in its own notation."""
    given = batch.settings.options.get("date_order", "")
    if given not in ("", *DATE_ORDERS):
        raise UnreadableFile(f"[sources.salesforce] options.date_order is {given!r}, not dmy or mdy")
    return {
        table: " union all by name ".join(_csv(group, file, table, given) for file in group.files)
        for table, group in _grouped(batch).items()
    }


def _csv(batch: Batch, file: PlainFile, table: str, order: str) -> str:
    sniff = replace(file.sniff, mapping=batch.settings.columns)
    fields = FIELDS[table]
    wanted = [*(f.api for f in fields), *(f.compound[0] for f in fields if f.compound)]
    headers = api_names(sniff, wanted)
    absent = {f"no header for {name}": name for name in wanted if name not in headers.values()}
    rows = (excel_rows if sniff.kind == "xlsx" else csv_rows)(
        replace(batch, files=(file,)), {**headers, **absent}
    )
    if order != "iso":
        order = order or date_order(batch, rows, [f.api for f in fields if f.type in ("date", "timestamp")])
    given = [headers.get(column, column) for column in sniff.columns]
    rows = f"select *, {sql_text(json.dumps(given))} as fields from ({rows})"
    return _finished(rows, table, set(headers.values()), order)


def _finished(rows: str, table: str, present: set[str], order: str) -> str:
    """Typed, with key, version and what is wrong with the row."""
    fields = FIELDS[table]
    columns = ", ".join(f"{typed(f, order, present)} as {f.name}" for f in fields)
    given = ", ".join(f'{_cell(f)} as "{f.api}"' for f in fields)
    others = ", ".join(f.name for f in fields if f.name not in ("id", "system_modstamp"))
    return f"""
        select _path, _source_row, _extra, _original, {others}, fields, id, id as _record_key,
            coalesce(system_modstamp, last_modified_date, created_date) as system_modstamp,
            coalesce(system_modstamp, last_modified_date, created_date) as _version,
            coalesce(_problem, {misfits(fields, order)}) as _problem
        from (
            select _path, _source_row, _extra, _original, _problem, fields, {columns}, {_originals(fields)}
            from (select _path, _source_row, _extra, _original, _problem, fields, {given} from ({rows}))
        )
    """


def _cell(field: Field) -> str:
    """The field's text, else that part of the compound field."""
    if field.compound is None:
        return trimmed(f'"{field.api}"')
    whole, part = field.compound
    inside = f'case when json_valid("{whole}") then json_extract_string("{whole}", \'$.{part}\') end'
    return f"""coalesce({trimmed(f'"{field.api}"')}, {inside})"""


def _originals(fields: tuple[Field, ...]) -> str:
    return ", ".join(f'"{f.api}" as given_{f.name}' for f in fields if f.type not in ("varchar",))
