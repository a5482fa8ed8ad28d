"""Shopify's orders in the admin's CSV and the Admin API's three forms."""

from __future__ import annotations

import csv
import io
import json

from hypothesis import strategies as st
from shopify_shapes import bulk_order, csv_orders, lines, make_orders, rest_order
from worlds import Form, Record, World, indented, table

# What the CSV has no column for.
API_ONLY = {
    "stg_shopify__orders": ("customer_id", "updated_at"),
    "stg_shopify__refunds": (),
}


def _csv(records: list[Record], more: Record) -> str:
    told = list(csv.DictReader(io.StringIO(csv_orders(records))))
    return table([{**row, **dict.fromkeys(more, '{"of": ["nobody", 7]}')} for row in told])


def _rest(records: list[Record], more: Record) -> list[Record]:
    return [{**rest_order(record), **more} for record in records]


def _bulk(records: list[Record], more: Record) -> str:
    """The parents come after all of their children."""
    told = [bulk_order(record) for record in records]
    return lines(
        [child for _, *children in told for child in children] + [{**main, **more} for main, *_ in told]
    )


API = (
    Form("rest_page", lambda records, more: indented({"orders": _rest(records, more)})),
    Form("rest_object", lambda records, more: lines(_rest(records, more))),
    Form("rest_object", lambda records, more: lines([{"order": order} for order in _rest(records, more)])),
    Form("rest_object", lambda records, more: json.dumps(_rest(records, more))),
    Form("graphql_bulk", _bulk),
)
ORDERS = st.builds(make_orders, st.integers(1, 6), st.integers(0, 9999))
FILLED = ("stg_shopify__orders", "stg_shopify__order_lines")
WORLDS = (
    World("orders", raw="orders", records=ORDERS, forms=API, filled=FILLED),
    World(
        "orders by CSV",
        raw="orders",
        records=ORDERS,
        forms=(Form("orders_csv", _csv, silent=API_ONLY), API[0]),
        filled=FILLED,
    ),
)
