"""Shopify's GraphQL bulk operation over the newest orders: JSON Lines, lines of an order on lines of their own."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from chat_pipeline.demo.files import Exports

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop

# When the money of a refund went back.
REFUNDED_AT = "ordered_at + interval 3 day"
UTC = "strftime($, '%Y-%m-%dT%H:%M:%SZ')"


def _money(value: str) -> str:
    """SQL: an amount in the shop's currency and as it was shown to the customer."""
    amount = f"json_object('amount', printf('%.2f', {value}), 'currencyCode', currency)"
    return f"json_object('shopMoney', {amount}, 'presentmentMoney', {amount})"


# One row per line: o, place in the order, line.
LINES = f"""
with known as (
    select o.* replace (case when o.o % 13 = 0 then upper(o.email) else o.email end as email), p.accepts_email, p.city,
        t.thread_id, 'gid://shopify/Order/' || order_id as gid,
        least({REFUNDED_AT}, timestamp '$end') as refunded_at
    from orders as o join people as p using (n) left join talks as t on t.c = o.after and o.tells_chat
    where o.ordered_at >= timestamp '$since'
),
heads as (
    select o, 0 as place, json_object('id', gid, 'legacyResourceId', order_id, 'name', name, 'email', email, 'phone', phone,
        'createdAt', {UTC.replace("$", "ordered_at")}, 'processedAt', {UTC.replace("$", "ordered_at")},
        'updatedAt', {UTC.replace("$", "case when refunded > 0 then refunded_at else ordered_at end")},
        'cancelledAt', case when is_cancelled then {UTC.replace("$", "ordered_at + interval 5 hour")} end,
        'displayFinancialStatus', upper(financial_status), 'displayFulfillmentStatus', case when is_fulfilled then 'FULFILLED' else 'UNFULFILLED' end,
        'currencyCode', currency, 'subtotalPriceSet', {_money("subtotal")}, 'totalShippingPriceSet', {_money("shipping")},
        'totalTaxSet', {_money("tax")}, 'totalPriceSet', {_money("total")}, 'currentTotalPriceSet', {_money("total - refunded")},
        'totalDiscountsSet', {_money("discount")}, 'totalRefundedSet', {_money("refunded")}, 'test', false, 'tags', json_array(),
        'sourceName', source, 'paymentGatewayNames', json_array(payment_method), 'discountCodes', case when discount_code is null then json_array() else json_array(discount_code) end,
        'customerAcceptsMarketing', accepts_email,
        'customAttributes', to_json(list_filter([
            json_object('key', 'chat_id', 'value', thread_id), json_object('key', 'account', 'value', user_id)], lambda pair: pair->>'$.value' is not null)),
        'shippingAddress', case when source <> 'pos' then json_object('city', city, 'countryCodeV2', country, 'phone', phone) end,
        'refunds', case when refunded > 0 then json_array(json_object('id', 'gid://shopify/Refund/' || (900000 + o),
            'createdAt', {UTC.replace("$", "refunded_at")}, 'totalRefundedSet', {_money("refunded")})) else json_array() end) as line
    from known
),
items as (
    select k.o, l.line as place, json_object('id', 'gid://shopify/LineItem/' || (k.o * 10 + l.line), 'name', r.item_name, 'title', r.item_name, 'sku', r.sku,
        'quantity', l.quantity, 'currentQuantity', l.quantity, 'originalUnitPriceSet', {_money("l.price")}, 'totalDiscountSet', {_money("l.discount")},
        '__parentId', k.gid) as line
    from known as k join lines as l using (o) join products as r using (product)
)
select string_agg(cast(line as varchar), chr(10) order by o, place) from (select * from heads union all select * from items)
"""


def write_bulk(shop: Shop, exports: Exports, since: datetime) -> None:
    """`exports/shopify/bulk-orders.jsonl`: the orders from `since` on, with the days of their refunds."""
    found = shop.con.execute(
        LINES.replace("$since", str(since)).replace("$end", str(shop.morning(0, 0)))
    ).fetchone()
    exports.write(
        "shopify/bulk-orders.jsonl", f"{found[0] if found and found[0] else ''}\n", shop.morning(0, 6)
    )
