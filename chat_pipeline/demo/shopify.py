"""Shopify's exports: orders as CSV per half-year (a row per line item, newest first), then by the API; customers as CSV."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from chat_pipeline.demo.chance import ZONE
from chat_pipeline.demo.files import Exports
from chat_pipeline.demo.shopify_bulk import REFUNDED_AT, write_bulk

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop

# The orders of the last days come from the API, with their refunds; those before as CSV.
RECENT_DAYS = 21


def _offset(moment: str) -> str:
    """SQL: a UTC time as the shop's local time with offset."""
    local = f"timezone('{ZONE}', timezone('UTC', {moment}))"
    hours = f"date_diff('hour', {moment}, {local})"
    return f"strftime({local}, '%Y-%m-%d %H:%M:%S') || ' +0' || {hours} || '00'"


# `$` stands for a value only on the first row of an order.
FIRST_ROW = {
    "Financial Status": "financial_status",
    "Paid at": f"case when financial_status in ('paid', 'refunded', 'partially_refunded') then {_offset('ordered_at')} end",
    "Fulfillment Status": "case when is_fulfilled then 'fulfilled' else 'unfulfilled' end",
    "Fulfilled at": f"case when is_fulfilled then {_offset('ordered_at + interval 26 hour')} end",
    "Accepts Marketing": "case when accepts_email then 'yes' else 'no' end",
    "Currency": "currency",
    "Subtotal": "printf('%.2f', subtotal)",
    "Shipping": "printf('%.2f', shipping)",
    "Taxes": "printf('%.2f', tax)",
    "Total": "printf('%.2f', total)",
    "Discount Code": "discount_code",
    "Discount Amount": "printf('%.2f', discount)",
    "Shipping Method": "case when source = 'pos' then null else 'Standard' end",
}
LINE = {
    "Created at": _offset("ordered_at"),
    "Lineitem quantity": "quantity",
    "Lineitem name": "item_name",
    "Lineitem price": "printf('%.2f', price)",
    "Lineitem compare at price": "null",
    "Lineitem sku": "sku",
    "Lineitem requires shipping": "'true'",
    "Lineitem taxable": "'true'",
    "Lineitem fulfillment status": "case when is_fulfilled then 'fulfilled' else 'pending' end",
}
LATER = {
    "Billing Name": "billed",
    "Billing City": "place",
    "Billing Zip": "case when place is not null then '''' || zip end",
    "Billing Country": "case when place is not null then country end",
    "Billing Phone": "'''' || phone",
    "Shipping Name": "billed",
    "Shipping City": "place",
    "Shipping Zip": "case when place is not null then '''' || zip end",
    "Shipping Country": "case when place is not null then country end",
    "Shipping Phone": "'''' || phone",
    "Notes": "case when o % 37 = 0 then 'Please leave' || chr(10) || 'at the neighbour''s' end",
    "Note Attributes": "notes",
    "Cancelled at": f"case when is_cancelled then {_offset('ordered_at + interval 5 hour')} end",
    "Payment Method": "payment_method",
    "Payment Reference": "'c' || order_id || '.1'",
    "Refunded Amount": "printf('%.2f', refunded)",
    "Outstanding Balance": "printf('%.2f', case when financial_status = 'pending' then total else 0 end)",
    "Id": "order_id",
    "Tags": "case when thread_id is not null then 'chat' end",
    "Risk Level": "'Low'",
    "Source": "source",
}
CUSTOMERS = """
with bought as (
    select n, count(*) as orders, round(sum(total - refunded), 2) as spent
    from orders where email is not null and not contains(email, 'kontakt@') group by n
)
select '''' || shop_customer_id as "Customer ID", first_name as "First Name", last_name as "Last Name", email as "Email",
    case when accepts_email then 'yes' else 'no' end as "Accepts Email Marketing", null as "Default Address Company",
    null as "Default Address Address1", null as "Default Address Address2", city as "Default Address City",
    nullif(region, '') as "Default Address Province Code", country as "Default Address Country Code",
    '''' || zip as "Default Address Zip", '''' || phone as "Default Address Phone",
    case when not is_phone_shared and n % 3 > 0 then '''' || phone end as "Phone", case when n % 5 = 0 then 'yes' else 'no' end as "Accepts SMS Marketing",
    printf('%.2f', spent) as "Total Spent", orders as "Total Orders", null as "Note", 'no' as "Tax Exempt", null as "Tags"
from people join bought using (n) order by n
"""


def _rows_sql(since: str = "", seen_at: datetime | None = None) -> str:
    """SELECT of the export's rows; `seen_at`: as they were then, before later refunds."""
    is_later = f"{REFUNDED_AT} > timestamp '{seen_at}'"
    fresh = (
        f"""replace (case when {is_later} then 0.0 else refunded end as refunded,
        case when {is_later} and financial_status in ('refunded', 'partially_refunded')
        then 'paid' else financial_status end as financial_status)"""
        if seen_at
        else ""
    )
    columns = [
        'name as "Name"',
        'email as "Email"',
        *(f'case when line = 1 then {value} end as "{header}"' for header, value in FIRST_ROW.items()),
        *(f'{value} as "{header}"' for header, value in LINE.items()),
        *(f'case when line = 1 then {value} end as "{header}"' for header, value in LATER.items()),
        "'Kessel & Blatt' as \"Vendor\"",
        "printf('%.2f', line_discount) as \"Lineitem discount\"",
        "case when line = 1 and tax > 0 then 'DE MwSt 19%' end as \"Tax 1 Name\"",
        "case when line = 1 and tax > 0 then printf('%.2f', tax) end as \"Tax 1 Value\"",
        "case when line = 1 then '''' || phone end as \"Phone\"",
    ]
    return f"""
with known as (select * {fresh} from orders {since}),
named as (
    select k.* exclude (email), case when k.o % 13 = 0 then upper(k.email) else k.email end as email,
        l.line, l.quantity, l.price, l.discount as line_discount, r.item_name, r.sku, p.accepts_email,
        case when contains(k.email, 'kontakt@') or k.source = 'pos' then null else p.first_name || ' ' || p.last_name end as billed,
        case when k.source = 'pos' then null else p.city end as place, p.zip, case when k.tells_chat then t.thread_id end as thread_id
    from known as k join lines as l using (o) join products as r using (product) join people as p using (n)
    left join talks as t on t.c = k.after
),
noted as (
    select *, nullif(concat_ws(chr(10), 'chat_id: ' || thread_id, 'account: ' || user_id,
        case when o % 9 = 0 then 'gift: yes' end), '') as notes
    from named
)
select strftime(timezone('{ZONE}', timezone('UTC', ordered_at)), '%Y') as year,
    case when month(timezone('{ZONE}', timezone('UTC', ordered_at))) < 7 then 'H1' else 'H2' end as half, o, {", ".join(columns)}
from noted order by o desc, line
"""


def write(shop: Shop, exports: Exports) -> None:
    """`exports/shopify/`: a file per half-year, an older export of the last weeks, customers."""
    recent = shop.morning(RECENT_DAYS, 0)
    write_bulk(shop, exports, recent)
    rows = shop.con.execute(_rows_sql(f"where ordered_at < timestamp '{recent}'")).df()
    for column in ("Lineitem quantity",):
        rows[column] = rows[column].astype("Int64")
    hidden = ["year", "half", "o"]
    for (year, half), part in rows.groupby(["year", "half"], sort=True):
        turn = datetime(int(year), 7, 1, 4) if half == "H1" else datetime(int(year) + 1, 1, 1, 4)
        name = f"shopify/orders_export_{year}_{half}.csv"
        exports.write(name, part.drop(columns=hidden).to_csv(index=False), min(turn, shop.morning(0, 6)))
    early = shop.con.execute(
        _rows_sql(
            f"where ordered_at >= date '{shop.morning(25).date()}' and ordered_at < date '{shop.morning(5).date()}'",
            shop.morning(4, 6),
        )
    ).df()
    if len(early):
        exports.write(
            "shopify/orders_export_1.csv", early.drop(columns=hidden).to_csv(index=False), shop.morning(4, 6)
        )
    customers = shop.con.execute(CUSTOMERS).df()
    exports.write("shopify/customers_export.csv", customers.to_csv(index=False), shop.morning(0, 6))
