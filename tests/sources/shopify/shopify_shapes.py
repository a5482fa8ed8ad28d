"""One and the same made-up order or customer as Shopify writes it: CSV of the admin, REST, GraphQL's bulk lines."""

from __future__ import annotations

import csv
import io
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Record = dict[str, Any]
BERLIN = ZoneInfo("Europe/Berlin")
STATUSES = ("pending", "authorized", "paid", "partially_refunded", "refunded", "voided")


def make_orders(count: int, seed: int) -> list[Record]:
    rng = random.Random(seed)
    return [_order(rng, number) for number in range(count)]


def _order(rng: random.Random, number: int) -> Record:
    created = datetime(2026, 10, 24, tzinfo=UTC) + timedelta(seconds=rng.randrange(3 * 86400))
    refund = rng.choice((None, None, "3.50"))
    return {
        "id": 5_900_000_000_000 + number,
        "name": f"#{1000 + number}",
        "email": rng.choice((None, f"Buyer{number}@Example.org")),
        "phone": rng.choice((None, "+4930123456", "0171 7654321")),
        "created_at": created,
        "cancelled_at": rng.choice((None, created + timedelta(hours=2))),
        "financial_status": rng.choice(STATUSES),
        "fulfillment_status": rng.choice(("fulfilled", "unfulfilled", "partial")),
        "subtotal": f"{rng.randrange(5000) / 100:.2f}",
        "shipping": "4.90",
        "tax": "3.19",
        "discount": "1.00",
        "total": f"{5 + rng.randrange(9000) / 100:.2f}",
        "refund": refund,
        "code": rng.choice((None, "AUTUMN")),
        "marketing": rng.random() < 0.5,
        "city": rng.choice((None, "Köln", "Lisboa, Baixa")),
        "note": rng.choice((None, f"th-{number}")),
        "lines": [
            {
                "id": 10 * number + position,
                "name": rng.choice(("Mug - Red", 'Plate "big"', "Cup, blue")),
                "sku": rng.choice(("", "MUG-1")),
                "quantity": rng.randint(1, 200),
                "price": f"{rng.randrange(3000) / 100:.2f}",
                "discount": "0.50",
            }
            for position in range(rng.randint(1, 4))
        ],
    }


def csv_orders(orders: list[Record]) -> str:
    """A row per line; only the first holds the order."""
    rows = []
    for order in orders:
        local = order["created_at"].astimezone(BERLIN).strftime("%Y-%m-%d %H:%M:%S %z")
        cancelled = order["cancelled_at"] and order["cancelled_at"].astimezone(BERLIN)
        head = {
            "Id": order["id"], "Email": order["email"], "Phone": order["phone"] and "'" + order["phone"],
            "Cancelled at": cancelled and cancelled.strftime("%Y-%m-%d %H:%M:%S %z"),
            "Financial Status": order["financial_status"], "Fulfillment Status": order["fulfillment_status"],
            "Subtotal": order["subtotal"], "Shipping": order["shipping"], "Taxes": order["tax"],
            "Discount Amount": order["discount"], "Total": order["total"], "Currency": "EUR",
            "Refunded Amount": order["refund"] or "0.00", "Discount Code": order["code"],
            "Accepts Marketing": "yes" if order["marketing"] else "no", "Shipping City": order["city"],
            "Shipping Country": "DE", "Payment Method": "manual", "Source": "web",
            "Note Attributes": order["note"] and f"chat_id: {order['note']}\ncolour: green",
        }  # fmt: skip
        for position, line in enumerate(order["lines"]):
            own = {
                f"Lineitem {name}": line[name] for name in ("name", "sku", "quantity", "price", "discount")
            }
            rows.append(
                {"Name": order["name"], "Created at": local, **own, **(head if position == 0 else {})}
            )
    return _csv(rows, ["Name", "Created at", *head, *own])


def _csv(rows: list[Record], header: list[str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def rest_order(order: Record) -> Record:
    moment = order["created_at"].astimezone(BERLIN).isoformat()
    refund = order["refund"]
    paid = {"kind": "refund", "status": "success", "amount": refund, "currency": "EUR"}
    return {
        "id": order["id"], "name": order["name"], "email": order["email"], "phone": order["phone"],
        "created_at": moment, "processed_at": moment, "updated_at": moment,
        "cancelled_at": order["cancelled_at"] and order["cancelled_at"].isoformat(),
        "financial_status": order["financial_status"],
        "fulfillment_status": None if order["fulfillment_status"] == "unfulfilled" else order["fulfillment_status"],
        "subtotal_price": order["subtotal"], "total_tax": order["tax"], "total_price": order["total"],
        "total_discounts": order["discount"], "shipping_lines": [{"price": order["shipping"]}], "currency": "EUR",
        "discount_codes": [{"code": order["code"], "amount": "1.00"}] if order["code"] else [],
        "buyer_accepts_marketing": order["marketing"], "payment_gateway_names": ["manual"], "source_name": "web",
        "shipping_address": {"city": order["city"], "country_code": "DE"}, "test": False, "customer": {"id": 8001},
        "note_attributes": [{"name": "chat_id", "value": order["note"]}, {"name": "colour", "value": "green"}]
        if order["note"] else [],
        "line_items": [
            {**{n: line[n] for n in ("id", "name", "sku", "quantity", "price")}, "total_discount": line["discount"]}
            for line in order["lines"]
        ],
        "refunds": [{"id": 7, "created_at": moment, "transactions": [paid]}] if refund else [],
    }  # fmt: skip


def bulk_order(order: Record) -> list[Record]:
    """The order's line and those of its children."""
    moment = order["created_at"].strftime("%Y-%m-%dT%H:%M:%SZ")
    gid = f"gid://shopify/Order/{order['id']}"
    status = {"partial": "PARTIALLY_FULFILLED"}.get(
        order["fulfillment_status"], order["fulfillment_status"].upper()
    )
    refund = order["refund"]
    main = {
        "id": gid, "name": order["name"], "email": order["email"], "phone": order["phone"],
        "createdAt": moment, "processedAt": moment, "updatedAt": moment,
        "cancelledAt": order["cancelled_at"] and order["cancelled_at"].isoformat(),
        "displayFinancialStatus": order["financial_status"].upper(), "displayFulfillmentStatus": status,
        "subtotalPriceSet": _money(order["subtotal"]), "totalTaxSet": _money(order["tax"]),
        "totalPriceSet": _money(order["total"]), "totalDiscountsSet": _money(order["discount"]),
        "totalShippingPriceSet": _money(order["shipping"]), "currencyCode": "EUR",
        "discountCodes": [order["code"]] if order["code"] else [], "customerAcceptsMarketing": order["marketing"],
        "paymentGatewayNames": ["manual"], "sourceName": "web", "test": False, "tags": [],
        "shippingAddress": {"city": order["city"], "countryCodeV2": "DE"},
        "customer": {"id": "gid://shopify/Customer/8001"},
        "customAttributes": [{"key": "chat_id", "value": order["note"]}, {"key": "colour", "value": "green"}]
        if order["note"] else [],
        "refunds": [{"id": "gid://shopify/Refund/7", "createdAt": moment, "totalRefundedSet": _money(refund)}]
        if refund else [],
    }  # fmt: skip
    children = [
        {
            "id": f"gid://shopify/LineItem/{line['id']}", "name": line["name"], "sku": line["sku"],
            "quantity": line["quantity"], "originalUnitPriceSet": _money(line["price"]),
            "totalDiscountSet": _money(line["discount"]), "__parentId": gid,
        }
        for line in order["lines"]
    ]  # fmt: skip
    return [main, *children]


def _money(amount: str) -> Record:
    # GraphQL writes no closing zeros, and the customer's currency beside the shop's.
    return {
        "shopMoney": {"amount": str(float(amount)), "currencyCode": "EUR"},
        "presentmentMoney": {"amount": "99.0", "currencyCode": "USD"},
    }


def lines(records: list[Record]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def csv_customer() -> str:
    return (
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address City,"
        "Default Address Province Code,Default Address Country Code,Phone,Accepts SMS Marketing,Total Spent,Total Orders\n"
        "'8001,Kim,B,Kim@Example.org,yes,Köln,NW,DE,'+4930123456,no,12.50,3\n"
    )


def rest_customer() -> Record:
    return {
        "id": 8001, "first_name": "Kim", "last_name": "B", "email": "Kim@Example.org", "phone": "+4930123456",
        "orders_count": 3, "total_spent": "12.50", "accepts_marketing": False, "updated_at": "2026-10-01T10:00:00Z",
        "email_marketing_consent": {"state": "subscribed"}, "sms_marketing_consent": {"state": "not_subscribed"},
        "default_address": {"city": "Köln", "province_code": "NW", "country_code": "DE"},
    }  # fmt: skip


def bulk_customer() -> Record:
    return {
        "id": "gid://shopify/Customer/8001", "firstName": "Kim", "lastName": "B",
        "defaultEmailAddress": {"emailAddress": "Kim@Example.org", "marketingState": "SUBSCRIBED"},
        "defaultPhoneNumber": {"phoneNumber": "+4930123456", "marketingState": "UNSUBSCRIBED"},
        "numberOfOrders": "3", "amountSpent": {"amount": "12.5", "currencyCode": "EUR"},
        "updatedAt": "2026-10-01T10:00:00Z",
        "defaultAddress": {"city": "Köln", "provinceCode": "NW", "countryCodeV2": "DE"},
    }  # fmt: skip
