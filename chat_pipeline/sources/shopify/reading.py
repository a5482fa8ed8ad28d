"""How the admin's CSV exports become raw orders and customers."""

from __future__ import annotations

from collections.abc import Iterable

from chat_pipeline.reading import csv_rows, excel_rows, temporary
from chat_pipeline.source import Batch
from chat_pipeline.sources.shopify.columns import CUSTOMER_FIELDS, ORDER_FIELDS, Field
from chat_pipeline.times import utc

MANGLED = "^[0-9]([.,][0-9]+)?[eE][+]?[0-9]+$"


def _rows(batch: Batch, fields: tuple[Field, ...]) -> str:
    headers = {header: field.name for field in fields for header in field.headers}
    excel = batch.files[0].sniff.kind == "xlsx"
    return (excel_rows if excel else csv_rows)(batch, headers)


def _typed(field: Field, zone: str) -> str:
    text = f"ltrim(trim({field.name}), '''')" if field.apostrophe else field.name
    if field.type == "timestamp":
        return utc(text, zone)
    if field.type == "boolean":
        return f"case lower({text}) when 'yes' then true when 'true' then true when 'no' then false when 'false' then false end"
    # Numbers stay text: whether they are any is checked for all sources alike, and told.
    return f"trim({text})"


def _values(fields: Iterable[Field], zone: str) -> str:
    return ",\n            ".join(f"{_typed(field, zone)} as {field.name}" for field in fields)


def read_orders(batch: Batch) -> dict[str, str]:
    """Order records: the rows of an order share its name, only the first one holds the order."""
    others = ", ".join(f"rows_typed.{f.name}" for f in ORDER_FIELDS if f.name not in ("id", "created_at"))
    name = temporary(batch, _typed_orders(batch))
    return {
        "orders": f"""
        with numbered as (
            -- Only what is needed of them: sorting the rows of orders with all their columns costs most of the time.
            select rowid as row_id, _path, name, _problem is null as is_good,
                max(id) over one_order as order_id,
                min(created_at) over one_order as ordered_at,
                row_number() over (one_order order by _source_row) as line_number
            from {name}
            window one_order as (partition by _path, name, _problem is null)
        ),
        prints as (
            select _path, name, _problem is null as is_good,
                md5(string_agg(_original, '' order by _source_row)) as order_fingerprint
            from {name} group by all
        ),
        told as (
            select row_id, order_id, ordered_at, line_number, order_fingerprint
            from numbered join prints on numbered._path = prints._path and numbered.is_good = prints.is_good
                and numbered.name is not distinct from prints.name
        )
        select rows_typed._path, rows_typed._source_row, _extra, _original, _problem, {others},
            order_id as id,
            coalesce(rows_typed.created_at, ordered_at) as created_at,
            coalesce(order_id, rows_typed.name) as order_key,
            line_number,
            order_fingerprint,
            coalesce(order_id, rows_typed.name) || '|' || line_number as _record_key,
            cast(null as timestamp) as _version
        from {name} as rows_typed join told on told.row_id = rows_typed.rowid
        """
    }


def _typed_orders(batch: Batch) -> str:
    zone = batch.settings.time_zone
    return f"""
        select _path, _source_row, _extra, _original,
            {_values(ORDER_FIELDS, zone)},
            coalesce(_problem, case
                when regexp_matches(trim(id), '{MANGLED}')
                    then 'order id in scientific notation: a spreadsheet cut its digits; export again'
                when name is null then 'no order name'
                when typed_rows.created_at is not null and {utc("typed_rows.created_at", zone)} is null
                    then 'Created at is no time'
            end) as _problem
        from ({_rows(batch, ORDER_FIELDS)}) as typed_rows
    """


def read_customers(batch: Batch) -> dict[str, str]:
    """Customer records of the newer and the older header."""
    return {
        "customers": f"""
        with typed as (
            select _path, _source_row, _extra, _original, _problem,
            {_values(CUSTOMER_FIELDS, batch.settings.time_zone)}
            from ({_rows(batch, CUSTOMER_FIELDS)})
        )
        -- Older headers have no id; what then stands for it must not show the person.
        select * exclude (_problem),
            coalesce(id, 'email-' || md5(lower(email)), 'phone-' || md5(phone)) as _record_key,
            cast(null as timestamp) as _version,
            coalesce(_problem, case
                when regexp_matches(id, '{MANGLED}')
                    then 'customer id in scientific notation: a spreadsheet cut its digits; export again'
                when coalesce(id, email, phone) is null then 'no customer id, e-mail or telephone'
            end) as _problem
        from typed
        """
    }
