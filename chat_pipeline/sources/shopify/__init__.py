"""Shopify's shop: orders and customers as CSV exports of the admin and as answers of the Admin API."""

from __future__ import annotations

from chat_pipeline.landings import FIVETRAN_NAMING
from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Refusal, Shape, Source
from chat_pipeline.sources.shopify.api import read_rest
from chat_pipeline.sources.shopify.bulk import read_bulk
from chat_pipeline.sources.shopify.columns import CUSTOMERS, ORDERS
from chat_pipeline.sources.shopify.objects import (
    bulk_object,
    is_other_bulk,
    is_other_rest,
    rest_object,
    rest_page,
)
from chat_pipeline.sources.shopify.reading import read_customers, read_orders

OTHER_OBJECT = "an answer of the Admin API about another object: orders and customers are read, nothing else"


def _has(sniff: Sniff, *headers: str) -> bool:
    return sniff.kind in ("csv", "xlsx") and set(headers) <= {column.casefold() for column in sniff.columns}


def _is_orders_csv(sniff: Sniff) -> bool:
    return _has(sniff, "name", "lineitem name")


def _is_customers_csv(sniff: Sniff) -> bool:
    consent = _has(sniff, "accepts email marketing") or _has(sniff, "accepts marketing")
    return consent and _has(sniff, "first name", "email", "total spent") and not _is_orders_csv(sniff)


def _is_rest_object(sniff: Sniff) -> bool:
    return rest_object(sniff) is not None and not _is_bulk(sniff)


def _is_rest_page(sniff: Sniff) -> bool:
    return rest_page(sniff) is not None


def _is_bulk(sniff: Sniff) -> bool:
    return bulk_object(sniff) is not None


SOURCE = Source(
    name="shopify",
    kind="shop",
    description="Shopify's shop: orders and customers.",
    tables=(ORDERS, CUSTOMERS),
    shapes=(
        Shape("orders_csv", _is_orders_csv, read_orders),
        Shape("customers_csv", _is_customers_csv, read_customers),
        Shape("rest_object", _is_rest_object, read_rest),
        Shape("rest_page", _is_rest_page, read_rest),
        Shape("graphql_bulk", _is_bulk, read_bulk),
    ),
    reader_version=4,
    refusals=(
        FIVETRAN_NAMING,
        Refusal("rest_other_object", is_other_rest, OTHER_OBJECT),
        Refusal("graphql_other_object", is_other_bulk, OTHER_OBJECT),
    ),
    expected="orders or customers as CSV of the admin (Orders > Export, Customers > Export), as JSON of the "
    "Admin API (orders.json, customers.json), or as JSON Lines of a GraphQL bulk operation",
)
