"""Records of web analytics, CRM and shop, each as its vendor writes one; `number` makes them differ."""

from __future__ import annotations

import random
from typing import Any

from bench.words import CITIES, FIRST, LAST, email, iso, moment, sentence

Record = dict[str, Any]


def shopify_order(rng: random.Random, number: int) -> Record:
    """As REST has it."""
    at, price = iso(number).replace(".000Z", "+00:00"), f"{rng.random() * 90:.2f}"
    place = {
        "city": rng.choice(CITIES),
        "country_code": "DE",
        "phone": None,
        "zip": "10115",
        "first_name": rng.choice(FIRST),
    }
    items = [
        {"id": number * 10 + i, "name": sentence(rng, 2, 4), "title": "Mug", "sku": f"MUG-{i}", "quantity": 1, "price": price,
         "total_discount": "0.00", "product_id": 77 + i, "variant_id": 99 + i, "requires_shipping": True, "taxable": True,
         "fulfillment_status": None, "grams": 300, "vendor": "Shop", "gift_card": False, "properties": []}
        for i in range(number % 3 + 1)
    ]  # fmt: skip
    return {
        "id": 5_900_000_000_000 + number, "name": f"#{1000 + number}", "email": email(number), "contact_email": email(number),
        "phone": None, "created_at": at, "processed_at": at, "updated_at": at, "cancelled_at": None, "test": False,
        "buyer_accepts_marketing": False, "currency": "EUR", "subtotal_price": price, "total_tax": "0.00",
        "total_price": price, "current_total_price": price, "total_discounts": "0.00", "total_outstanding": "0.00",
        "source_name": "web", "tags": "", "financial_status": "paid", "fulfillment_status": None, "checkout_token": f"{number:x}",
        "billing_address": place, "shipping_address": place, "customer": {"id": number // 3, "email": email(number)},
        "total_shipping_price_set": {"shop_money": {"amount": "4.90", "currency_code": "EUR"}}, "discount_codes": [],
        "payment_gateway_names": ["shopify_payments"], "note_attributes": [{"name": "chat", "value": f"t{number}"}],
        "line_items": items, "landing_site": "/", "referring_site": "", "browser_ip": None, "order_number": number,
        "refunds": [] if number % 9 else [{"id": number, "created_at": at, "transactions": [
            {"kind": "refund", "status": "success", "amount": price, "currency": "EUR"}]}],
    }  # fmt: skip


def shopify_bulk_lines(rng: random.Random, number: int) -> list[Record]:
    """An order of a GraphQL bulk operation, and its line items on lines of their own."""
    gid, at = f"gid://shopify/Order/{5_900_000_000_000 + number}", iso(number).replace(".000Z", "Z")
    money = {"shopMoney": {"amount": f"{rng.random() * 90:.2f}", "currencyCode": "EUR"}}
    place = {"city": rng.choice(CITIES), "countryCodeV2": "DE", "phone": None, "zip": "10115"}
    order = {
        "id": gid, "name": f"#{1000 + number}", "email": email(number), "phone": None, "createdAt": at, "processedAt": at,
        "updatedAt": at, "cancelledAt": None, "displayFinancialStatus": "PAID", "displayFulfillmentStatus": "UNFULFILLED",
        "currencyCode": "EUR", "subtotalPriceSet": money, "totalShippingPriceSet": money, "totalTaxSet": money,
        "totalPriceSet": money, "currentTotalPriceSet": money, "totalDiscountsSet": money, "totalRefundedSet": money,
        "test": False, "tags": ["a"], "sourceName": "web", "paymentGatewayNames": ["manual"], "discountCodes": [],
        "customAttributes": [{"key": "chat", "value": f"t{number}"}], "customer": {"id": f"gid://shopify/Customer/{number // 3}"},
        "billingAddress": place, "shippingAddress": place, "refunds": [],
    }  # fmt: skip
    items = [
        {"id": f"gid://shopify/LineItem/{number * 10 + i}", "name": sentence(rng, 2, 4), "sku": f"MUG-{i}", "quantity": 1,
         "currentQuantity": 1, "originalUnitPriceSet": money, "totalDiscountSet": money, "__parentId": gid}
        for i in range(number % 3 + 1)
    ]  # fmt: skip
    return [order, *items]


ORDER_HEADERS = [
    "Name",
    "Email",
    "Financial Status",
    "Paid at",
    "Fulfillment Status",
    "Fulfilled at",
    "Accepts Marketing",
    "Currency",
    "Subtotal",
    "Shipping",
    "Taxes",
    "Total",
    "Discount Code",
    "Discount Amount",
    "Shipping Method",
    "Created at",
    "Lineitem quantity",
    "Lineitem name",
    "Lineitem price",
    "Lineitem compare at price",
    "Lineitem sku",
    "Lineitem requires shipping",
    "Lineitem taxable",
    "Lineitem fulfillment status",
    "Billing Name",
    "Billing Street",
    "Billing City",
    "Billing Zip",
    "Billing Country",
    "Billing Phone",
    "Shipping Name",
    "Shipping City",
    "Shipping Country",
    "Shipping Phone",
    "Notes",
    "Note Attributes",
    "Cancelled at",
    "Payment Method",
    "Payment Reference",
    "Refunded Amount",
    "Vendor",
    "Outstanding Balance",
    "Id",
    "Tags",
    "Risk Level",
    "Source",
    "Lineitem discount",
    "Phone",
]


def shopify_order_rows(rng: random.Random, number: int) -> list[Record]:
    """An order of the admin's CSV: the first row holds it, further ones only their line."""
    at, price = f"{moment(number):%Y-%m-%d %H:%M:%S +0000}", f"{rng.random() * 90:.2f}"
    rows = []
    for line in range(number % 3 + 1):
        row = dict.fromkeys(ORDER_HEADERS, "")
        row |= {"Name": f"#{1000 + number}", "Email": email(number), "Created at": at, "Lineitem quantity": "1",
                "Lineitem name": sentence(rng, 2, 4), "Lineitem price": price, "Lineitem sku": f"MUG-{line}",
                "Lineitem requires shipping": "true", "Lineitem taxable": "true", "Lineitem discount": "0.00", "Vendor": "Shop",
                "Lineitem fulfillment status": "fulfilled"}  # fmt: skip
        if line == 0:
            row |= {"Financial Status": "paid", "Paid at": at, "Accepts Marketing": "no", "Currency": "EUR",
                    "Subtotal": price, "Shipping": "4.90", "Taxes": "0.00", "Total": price, "Discount Amount": "0.00",
                    "Shipping Method": "Standard", "Billing Name": "Ana Bell", "Billing City": rng.choice(CITIES),
                    "Billing Zip": "'10115", "Billing Country": "DE", "Billing Phone": "'+49301234567",
                    "Shipping City": rng.choice(CITIES), "Shipping Country": "DE", "Payment Method": "Shopify Payments",
                    "Refunded Amount": "0.00", "Outstanding Balance": "0.00", "Id": f"'{5_900_000_000_000 + number}",
                    "Note Attributes": f"chat: t{number}", "Source": "web", "Risk Level": "Low"}  # fmt: skip
        rows.append(row)
    return rows


def shopify_customer(rng: random.Random, number: int) -> Record:
    """A row of the customers' CSV."""
    return {
        "Customer ID": f"'{8_000_000_000 + number}", "First Name": rng.choice(FIRST), "Last Name": rng.choice(LAST),
        "Email": email(number), "Accepts Email Marketing": "yes", "Default Address Company": "",
        "Default Address Address1": "Street 1", "Default Address City": rng.choice(CITIES),
        "Default Address Province Code": "BE", "Default Address Country Code": "DE", "Default Address Zip": "'10115",
        "Default Address Phone": "", "Phone": f"'+49301{number:06d}", "Accepts SMS Marketing": "no",
        "Total Spent": f"{rng.random() * 400:.2f}", "Total Orders": str(number % 7), "Note": "", "Tax Exempt": "no", "Tags": "b2b",
    }  # fmt: skip
