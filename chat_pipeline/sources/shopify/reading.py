"""How the admin's CSV exports become raw orders and customers."""

from __future__ import annotations

from collections.abc import Iterable

from chat_pipeline.reading import csv_rows, excel_rows, temporary, trimmed
from chat_pipeline.source import Batch
from chat_pipeline.sources.shopify.columns import CUSTOMER_FIELDS, ORDER_FIELDS, Field
from chat_pipeline.times import utc

MANGLED = "^[0-9]([.,][0-9]+)?[eE][+]?[0-9]+$"


def _rows(batch: Batch, fields: tuple[Field, ...]) -> str:
    headers = {header: field.name for field in fields for header in field.headers}
    excel = batch.files[0].sniff.kind == "xlsx"
    return (excel_rows if excel else csv_rows)(batch, headers)


def _typed(field: Field, zone: str) -> str:
    cell = trimmed(field.name)
    text = (
        f"case when starts_with({cell}, '''') then ltrim({cell}, '''') else {cell} end"
        if field.apostrophe
        else field.name
    )
    if field.type == "timestamp":
        return utc(text, zone)
    if field.type == "boolean":
        return f"case lower({text}) when 'yes' then true when 'true' then true when 'no' then false when 'false' then false end"
    # Numbers stay text: whether they are any is checked for all sources alike, and told.
    return trimmed(text)


def _values(fields: Iterable[Field], zone: str) -> str:
    return ",\n            ".join(f"{_typed(field, zone)} as {field.name}" for field in fields)


# What a further row of an order leaves empty: a row with one of them is an order's first.
FIRST_ROW = "coalesce(financial_status, total, id) is not null"


def read_orders(batch: Batch) -> dict[str, str]:
    """Order records: the rows of an order share its name, only the first one holds the order."""
    others = ", ".join(f"rows_typed.{f.name}" for f in ORDER_FIELDS if f.name not in ("id", "created_at"))
    rows = _typed_orders(batch)
    # Only what tells orders and their rows apart: to keep and sort rows with all their columns costs most of the time.
    narrow = f"""
        select _path, _source_row, name, id, created_at, total, financial_status, content,
            _problem is null as is_good, {FIRST_ROW} as is_first
        from ({rows})
    """
    told = temporary(batch, _told(temporary(batch, narrow)))
    return {
        "orders": f"""
        select rows_typed._path, rows_typed._source_row, _extra, _original, _problem, {others},
            order_id as id,
            coalesce(rows_typed.created_at, ordered_at) as created_at,
            coalesce(order_id, rows_typed.name) as order_key,
            line_number,
            order_fingerprint,
            coalesce(order_id, rows_typed.name) || '|' || line_number as _record_key,
            cast(null as timestamp) as _version
        from ({rows}) as rows_typed
        join {told} as told on told._path = rows_typed._path and told._source_row = rows_typed._source_row
        """
    }


def _told(name: str) -> str:
    """SQL: what each row's order tells it, and its place there."""
    return f"""
        with {_copies(name)},
        placed_rows as (
            select given.*, coalesce(copies.copy_number, 1) as copy_number
            from {name} as given left join copies using (_path, _source_row)
        )
        select _path, _source_row,
            max(id) over one_order as order_id,
            min(created_at) over one_order as ordered_at,
            row_number() over (one_order order by _source_row) as line_number,
            -- The same rows give the same sum, in whatever order they are met. Another DuckDB may hash otherwise: an
            -- order that comes again is then written once more.
            cast(sum(content) over one_order as varchar) as order_fingerprint
        from placed_rows
        window one_order as (partition by _path, name, is_good, copy_number)
    """


def _copies(name: str) -> str:
    """SQL: CTEs that end in `copies`: _path, _source_row and copy_number of the rows of orders that may stand in their file
    more than once, as in two exports put one behind the other. Each copy begins with a first row; but where a
    tool fills the order's columns on all rows, as a file without further rows and with different lines side by
    side shows, only equal blocks that lie apart are copies: equal lines side by side are lines.
    """
    return f"""several as (
            select _path, name from {name} where is_good and is_first group by all having count(*) > 1
        ),
        further as (
            select distinct _path from {name} where is_good and not is_first
        ),
        numbered as (
            select _path, name, _source_row, content, total, financial_status,
                sum(cast(is_first as int)) over (own order by _source_row) as first_rows,
                _source_row - row_number() over (own order by _source_row) as block
            from {name} join several using (_path, name)
            where is_good
            window own as (partition by _path, name)
        ),
        filled as (
            select distinct _path
            from numbered
            where _path not in (select _path from further)
            group by _path, name, block, total, financial_status
            having count(distinct content) > 1
        ),
        blocks as (
            select _path, name, block, string_agg(content, ' ' order by _source_row) as content
            from numbered semi join filled using (_path)
            group by _path, name, block
        ),
        placed as (
            select _path, name, block, row_number() over (own order by block) as block_number,
                min(content) over own = max(content) over own as are_equal
            from blocks
            window own as (partition by _path, name)
        ),
        copies as (
            select _path, _source_row, case
                when placed.are_equal then block_number
                when placed.are_equal is null then greatest(first_rows, 1)
                else 1 end as copy_number
            from numbered left join placed using (_path, name, block)
        )"""


def _typed_orders(batch: Batch) -> str:
    zone = batch.settings.time_zone
    return f"""
        select _path, _source_row, _extra, _original,
            {_values(ORDER_FIELDS, zone)},
            hash({", ".join(f.name for f in ORDER_FIELDS)}, _extra) as content,
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
