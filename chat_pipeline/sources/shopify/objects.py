"""Which Shopify object a file of the Admin API holds, told by its keys and ids."""

from __future__ import annotations

import re
from typing import Any

from chat_pipeline.sniff import Sniff

GID = re.compile(r"gid://shopify/([A-Za-z]+)/")
OTHER_OBJECTS = {
    *(
        "draft_order",
        "draft_orders",
        "transaction",
        "transactions",
        "product",
        "products",
        "refund",
        "refunds",
    ),
    *("checkout", "checkouts", "fulfillment", "fulfillments"),
}
# What an order has and a draft, a checkout or a customer lacks; likewise for customers and transactions.
ORDER_KEYS = {"id", "line_items", "financial_status"}
CUSTOMER_KEYS = {"id", "orders_count", "total_spent"}
TRANSACTION_KEYS = {"order_id", "gateway", "kind"}


def _objects(sniff: Sniff) -> list[dict[str, Any]]:
    return [s for s in sniff.samples if isinstance(s, dict)] if sniff.kind == "json" else []


def rest_object(sniff: Sniff) -> str | None:
    """orders or customers, if the records are REST's {"order": {...}}, or such an object by itself."""
    for sample in _objects(sniff):
        if sample.keys() >= ORDER_KEYS:
            return "orders"
        if sample.keys() >= CUSTOMER_KEYS:
            return "customers"
        for name in ("order", "customer"):
            if isinstance(sample.get(name), dict) and "id" not in sample:
                return f"{name}s"
    return None


def rest_page(sniff: Sniff) -> str | None:
    """orders or customers, if the records are REST's pages {"orders": [...]}."""
    for sample in _objects(sniff):
        for name in ("orders", "customers"):
            if isinstance(sample.get(name), list):
                return name
    return None


def _bulk_kinds(sniff: Sniff) -> list[str]:
    """Kinds of the ids in the lines, and of those of their parents, which may stand far below."""
    ids = [str(sample.get(key)) for sample in _objects(sniff) for key in ("id", "__parentId")]
    return [found[1] for text in ids if (found := GID.match(text))]


def bulk_object(sniff: Sniff) -> str | None:
    """orders or customers: whichever the lines of a GraphQL bulk operation begin with."""
    return next((f"{k.lower()}s" for k in _bulk_kinds(sniff) if k in ("Order", "Customer")), None)


def is_other_rest(sniff: Sniff) -> bool:
    """A REST answer about something else: drafts, transactions, products."""
    if sniff.kind != "json" or rest_object(sniff) or rest_page(sniff):
        return False
    return sniff.keys >= TRANSACTION_KEYS or bool(sniff.keys & OTHER_OBJECTS and "id" not in sniff.keys)


def is_other_bulk(sniff: Sniff) -> bool:
    """Lines of a bulk operation over other objects."""
    return bool(_bulk_kinds(sniff)) and bulk_object(sniff) is None
