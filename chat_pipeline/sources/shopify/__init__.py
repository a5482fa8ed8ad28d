"""Shopify's shop: orders and customers as CSV exports of the admin."""

from __future__ import annotations

from chat_pipeline.landings import FIVETRAN_NAMING, LANDINGS
from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Refusal, Shape, Source
from chat_pipeline.sources.shopify.columns import CUSTOMERS, ORDERS
from chat_pipeline.sources.shopify.reading import read_customers, read_orders

REST_OBJECTS = {"order", "customer"}
REST_PAGES = {"orders", "customers"}
OTHER_OBJECTS = {
    "draft_order",
    "draft_orders",
    "transaction",
    "transactions",
    "product",
    "products",
    "refund",
    "checkout",
}
REST_REMEDY = "an answer of the Admin API: export orders or customers as CSV in the admin"


def _has(sniff: Sniff, *headers: str) -> bool:
    return sniff.kind in ("csv", "xlsx") and set(headers) <= {column.casefold() for column in sniff.columns}


def _is_orders_csv(sniff: Sniff) -> bool:
    return _has(sniff, "name", "lineitem name")


def _is_customers_csv(sniff: Sniff) -> bool:
    consent = _has(sniff, "accepts email marketing") or _has(sniff, "accepts marketing")
    return consent and _has(sniff, "first name", "email", "total spent") and not _is_orders_csv(sniff)


def _is_rest_object(sniff: Sniff) -> bool:
    return sniff.kind == "json" and bool(sniff.keys & REST_OBJECTS)


def _is_rest_page(sniff: Sniff) -> bool:
    return sniff.kind == "json" and bool(sniff.keys & REST_PAGES)


def _is_other_rest(sniff: Sniff) -> bool:
    transactions = {"order_id", "gateway", "kind"} <= sniff.keys
    return (
        sniff.kind == "json"
        and not _is_rest_object(sniff)
        and not _is_rest_page(sniff)
        and (transactions or bool(sniff.keys & OTHER_OBJECTS))
    )


SOURCE = Source(
    name="shopify",
    kind="shop",
    description="Shopify's shop: orders and customers.",
    tables=(ORDERS, CUSTOMERS),
    shapes=(
        Shape("orders_csv", _is_orders_csv, read_orders),
        Shape("customers_csv", _is_customers_csv, read_customers),
    ),
    refusals=(
        *LANDINGS,
        FIVETRAN_NAMING,
        Refusal("rest_object", _is_rest_object, REST_REMEDY),
        Refusal("rest_page", _is_rest_page, REST_REMEDY),
        Refusal(
            "rest_other_object",
            _is_other_rest,
            "an answer of the Admin API about another object: export orders or customers as CSV in the admin",
        ),
    ),
    expected="orders or customers as CSV of the admin (Orders > Export, Customers > Export)",
)
