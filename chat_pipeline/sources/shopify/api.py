"""How the Admin API's orders and customers become raw ones. GraphQL's are brought to REST's names before (`bulk.py`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from chat_pipeline.reading import elements, extra, records
from chat_pipeline.source import Batch
from chat_pipeline.sources.shopify.objects import rest_object, rest_page
from chat_pipeline.sources.shopify.parts import REFUND, joined, notes, refunds, sum_of
from chat_pipeline.sources.shopify.structures import structure, taken
from chat_pipeline.times import utc

# Raw column -> where REST has it; of several paths the first with a value.
ORDER_PATHS: dict[str, tuple[str, ...]] = {
    "name": ("$.name",),
    "id": ("$.id",),
    "email": ("$.email", "$.contact_email", "$.customer.email"),
    "phone": ("$.phone", "$.customer.phone"),
    "billing_phone": ("$.billing_address.phone",),
    "shipping_phone": ("$.shipping_address.phone",),
    "created_at": ("$.created_at",),
    "processed_at": ("$.processed_at",),
    "updated_at": ("$.updated_at",),
    "cancelled_at": ("$.cancelled_at",),
    "accepts_marketing": ("$.buyer_accepts_marketing",),
    "currency": ("$.currency",),
    "subtotal": ("$.subtotal_price",),
    "taxes": ("$.total_tax",),
    "total": ("$.total_price",),
    "current_total": ("$.current_total_price",),
    "discount_amount": ("$.total_discounts",),
    "outstanding_balance": ("$.total_outstanding",),
    "source": ("$.source_name",),
    "tags": ("$.tags",),
    "billing_city": ("$.billing_address.city",),
    "billing_country": ("$.billing_address.country_code",),
    "shipping_city": ("$.shipping_address.city",),
    "shipping_country": ("$.shipping_address.country_code",),
    "customer_id": ("$.customer.id",),
    "checkout_token": ("$.checkout_token",),
    "is_test": ("$.test",),
    "line_items": ("$.line_items",),
}
CUSTOMER_PATHS: dict[str, tuple[str, ...]] = {
    "id": ("$.id",),
    "first_name": ("$.first_name",),
    "last_name": ("$.last_name",),
    "email": ("$.email",),
    "phone": ("$.phone",),
    "address_phone": ("$.default_address.phone",),
    "city": ("$.default_address.city",),
    "region": ("$.default_address.province_code",),
    "region_name": ("$.default_address.province",),
    "country": ("$.default_address.country_code",),
    "country_name": ("$.default_address.country_name", "$.default_address.country"),
    "zip": ("$.default_address.zip",),
    "total_spent": ("$.total_spent",),
    "total_orders": ("$.orders_count",),
    "tags": ("$.tags",),
    "created_at": ("$.created_at",),
    "updated_at": ("$.updated_at",),
    "email_marketing_consent": ("$.email_marketing_consent",),
    "sms_marketing_consent": ("$.sms_marketing_consent",),
}
TIMES = ("created_at", "processed_at", "updated_at", "cancelled_at")
# What is taken of an order otherwise than by a plain path.
ORDER_REST: dict[str, Any] = {
    "financial_status": "VARCHAR",
    "fulfillment_status": "VARCHAR",
    "shipping_lines": [{"price": "VARCHAR"}],
    "total_shipping_price_set": {"shop_money": {"amount": "VARCHAR"}},
    "discount_codes": [{"code": "VARCHAR"}],
    "payment_gateway_names": ["VARCHAR"],
    "gateway": "VARCHAR",
    "note_attributes": [{"name": "VARCHAR", "value": "VARCHAR"}],
    "refunds": [REFUND],
    "total_refunded": "VARCHAR",
}
CUSTOMER_REST: dict[str, Any] = {"accepts_marketing": "VARCHAR"}


def _paths(columns: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [path for paths in columns.values() for path in paths]


ORDER = structure(_paths(ORDER_PATHS), ORDER_REST)
CUSTOMER = structure(_paths(CUSTOMER_PATHS), CUSTOMER_REST)


def read_rest(batch: Batch) -> dict[str, str]:
    """Orders or customers as single objects, {"order": {...}} or bare, or as pages {"orders": [...]}."""
    selects = {}
    readers: dict[str, tuple[Callable[[str], str], dict[str, Any]]] = {
        "orders": (orders, ORDER),
        "customers": (customers, CUSTOMER),
    }
    for table, (reader, shape) in readers.items():
        files = tuple(f for f in batch.files if (rest_page(f.sniff) or rest_object(f.sniff)) == table)
        if files:
            selects[table] = reader(_rest_records(replace(batch, files=files), table, shape))
    return selects


def _rest_records(batch: Batch, table: str, shape: dict[str, Any]) -> str:
    # Every form becomes a list, so that rows are numbered alike; a page's is taken before it is sought.
    given = records(batch)
    found = f"""case when json_type(record, '$.{table}') = 'ARRAY' then cast(json_extract(record, '$.{table}[*]') as varchar[])
        else [coalesce(cast(json_extract(record, '$.{table.removesuffix("s")}') as varchar), record)] end"""
    if all(map(rest_page, (file.sniff for file in batch.files))):
        given = f"select *, cast(json_extract(record, '$.{table}[*]') as varchar[]) as listed from ({given})"
        found = f"case when len(listed) > 0 then listed else {found} end"
    known = sorted({*shape, "addresses"} if table == "customers" else shape)
    return f"""
        select *, {taken("record", shape)} as field,
            cast(hash(record) as varchar) as fingerprint, {extra("record", known, usual=True)} as _extra
        from ({elements(batch, given, found)})
    """


def _columns(rows: str, paths: Mapping[str, tuple[str, ...]]) -> str:
    """Rows with a column for each of the paths, of several the first that leads to a text."""
    texts = {
        name: "coalesce(" + ", ".join(f"nullif(field.{p.removeprefix('$.')}, '')" for p in given) + ", null)"
        for name, given in paths.items()
    }
    named = ", ".join(
        f"{utc(text, 'UTC') if name in TIMES else text} as {name}" for name, text in texts.items()
    )
    moment = texts["created_at"]
    return f"select *, {named}, {moment} is not null and {utc(moment, 'UTC')} is null as is_untimed from ({rows})"


def orders(rows: str) -> str:
    """Raw orders, one row each, from rows (_path, _source_row, record, field: the structure ORDER of it, fingerprint,
    _problem, _original, _extra)."""
    names = ", ".join(name for name in ORDER_PATHS if name not in ("updated_at", "is_test", "line_items"))
    return f"""
        with found as ({_columns(rows, ORDER_PATHS)}),
        refunded as (select *, {refunds()} as refund_list from found)
        select _path, _source_row, _original, _extra, {names}, updated_at,
            lower(field.financial_status) as financial_status,
            case when field.fulfillment_status is not null then lower(field.fulfillment_status)
                when json_exists(record, '$.fulfillment_status') then 'unfulfilled' end as fulfillment_status,
            coalesce(
                field.total_shipping_price_set.shop_money.amount,
                cast({sum_of("field.shipping_lines", "price")} as varchar)
            ) as shipping,
            {joined("list_transform(field.discount_codes, lambda one: one.code)", ", ")} as discount_code,
            coalesce({joined("field.payment_gateway_names", " + ")}, field.gateway) as payment_method,
            {notes()} as note_attributes,
            coalesce(line_items, '[]') as line_items,
            try_cast(is_test as boolean) as is_test,
            cast(to_json(refund_list) as varchar) as refunds,
            -- Where an answer was asked for without its refunds, what left the total tells them.
            coalesce(
                try_cast(field.total_refunded as double),
                {sum_of("refund_list", "amount")},
                case when field.refunds is not null or json_exists(record, '$.refunds') then 0 end,
                greatest(round(try_cast(total as double) - try_cast(current_total as double), 2), 0)
            ) as refunded_amount,
            id as order_key, cast(1 as bigint) as line_number, fingerprint as order_fingerprint,
            id || '|1' as _record_key, updated_at as _version,
            coalesce(_problem, case when id is null then 'no order id'
                when is_untimed then 'created_at is no time'
                -- It would replace the whole order by what little it tells.
                when total is null then 'an order without its total: ask for it with all its fields' end) as _problem
        from refunded
    """


def customers(rows: str) -> str:
    """Raw customers, likewise. Newer answers tell consent by an object, against which the old flag may lie."""
    names = ", ".join(name for name in CUSTOMER_PATHS if name != "updated_at")
    return f"""
        with found as ({_columns(rows, CUSTOMER_PATHS)})
        select _path, _source_row, _original, _extra, {names}, updated_at,
            coalesce(
                {_consent("email_marketing_consent")}, try_cast(field.accepts_marketing as boolean)
            ) as accepts_email_marketing,
            {_consent("sms_marketing_consent")} as accepts_sms_marketing,
            id as _record_key, updated_at as _version,
            coalesce(_problem, case when id is null then 'no customer id' end) as _problem
        from found
    """


def _consent(column: str) -> str:
    """pending, unsubscribed and redacted are no consent; without the object nobody asked."""
    return f"lower(json_extract_string({column}, '$.state')) = 'subscribed'"
