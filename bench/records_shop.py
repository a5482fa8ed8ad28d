"""Records of web analytics, CRM and shop, each as its vendor writes one; `number` makes them differ."""

from __future__ import annotations

import random
from typing import Any

from bench.words import CITIES, FIRST, LAST, email, iso, moment, sentence

Record = dict[str, Any]
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SLOTS = ("string_value", "int_value", "float_value", "double_value")


def ga4_event(rng: random.Random, number: int) -> Record:
    """An event as Python values; the forms of the export differ in how they write them."""
    at = moment(number)
    parameters: dict[str, Record] = {
        "ga_session_id": {"int_value": 1_760_000_000 + number // 20},
        "ga_session_number": {"int_value": number % 5 + 1},
        "session_engaged": {"string_value": "1"},
        "page_location": {"string_value": f"https://shop.example/p/{number % 900}?utm_source=x"},
        "page_title": {"string_value": sentence(rng, 2, 5)},
        "page_referrer": {"string_value": "https://search.example/?q=mug"},
        "engagement_time_msec": {"int_value": rng.randint(1, 90_000)},
        "value": {"double_value": round(rng.random() * 90, 2)},
    }
    item = {
        "item_id": f"MUG-{number % 40}",
        "item_name": "Mug",
        "price": 9.5,
        "quantity": 2,
        "item_category": "Kitchen",
    }
    return {
        "event_date": f"{at:%Y%m%d}", "event_timestamp": int(at.timestamp() * 1e6),
        "event_name": ("page_view", "scroll", "view_item", "purchase", "user_engagement")[number % 5],
        "event_params": [{"key": k, "value": {slot: v.get(slot) for slot in SLOTS}} for k, v in parameters.items()],
        "event_bundle_sequence_id": number, "user_pseudo_id": f"{1000 + number // 20}.1760000000", "user_id": None,
        "privacy_info": {"analytics_storage": "Yes", "ads_storage": "No", "uses_transient_token": "No"},
        "user_properties": [], "user_first_touch_timestamp": 1_760_000_000_000_000 + number,
        "device": {"category": "mobile", "operating_system": "iOS", "language": "de-de",
                   "web_info": {"browser": "Safari", "hostname": "shop.example"}},
        "geo": {"city": rng.choice(CITIES), "country": "Germany", "region": "", "continent": "Europe"},
        "traffic_source": {"name": "(direct)", "medium": "(none)", "source": "(direct)"},
        "collected_traffic_source": {"manual_source": "newsletter", "manual_medium": "email", "gclid": None},
        "stream_id": "34508", "platform": "WEB", "is_active_user": True, "batch_event_index": number % 4,
        "ecommerce": {"transaction_id": "(not set)", "purchase_revenue": 31.0},
        "items": [item] if number % 5 in (2, 3) else [],
    }  # fmt: skip


def as_extract(value: Any) -> Any:
    """As `bq extract` writes JSON: whole numbers as text, nulls left out."""
    if isinstance(value, dict):
        return {k: as_extract(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [as_extract(v) for v in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def as_console(value: Any) -> Any:
    """As BigQuery's console writes JSON: every scalar as text, nulls kept."""
    if isinstance(value, dict):
        return {k: as_console(v) for k, v in value.items()}
    if isinstance(value, list):
        return [as_console(v) for v in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None else str(value)


def hubspot_contact(rng: random.Random, number: int) -> Record:
    properties = {
        "email": email(number), "firstname": rng.choice(FIRST), "lastname": rng.choice(LAST), "phone": f"+49301{number:06d}",
        "mobilephone": None, "company": None, "city": rng.choice(CITIES), "country": "Germany", "hs_language": "de",
        "lifecyclestage": "customer", "hs_lead_status": None, "hs_analytics_source": "ORGANIC_SEARCH",
        "hs_email_optout": "false", "createdate": iso(number), "lastmodifieddate": iso(number + 50), "hs_object_id": str(number),
        "loyalty_level": "gold", "notes_last_contacted": None, "hs_persona": "persona_1",
    }  # fmt: skip
    return {
        "id": str(number + 1),
        "properties": properties,
        "createdAt": iso(number),
        "updatedAt": iso(number + 50),
        "archived": False,
    }


def hubspot_contact_row(rng: random.Random, number: int) -> Record:
    at = moment(number)
    return {
        "Record ID": str(number + 1), "First Name": rng.choice(FIRST), "Last Name": rng.choice(LAST), "Email": email(number),
        "Phone Number": f"+49301{number:06d}", "City": rng.choice(CITIES), "Country/Region": "Germany",
        "Lifecycle Stage": "Customer", "Unsubscribed from all email": "No", "Create Date": f"{at:%Y-%m-%d %H:%M}",
        "Last Modified Date": f"{at:%Y-%m-%d %H:%M}", "Loyalty level": "gold", "Persona": "one", "Favourite shop": "Graz",
    }  # fmt: skip


def _salesforce_id(number: int) -> str:
    return f"003A{CAPITALS[number % 26]}{CAPITALS[number // 26 % 26]}{number:09d}"


def salesforce_contact(rng: random.Random, number: int, written: str) -> Record:
    """`written`: format of moments."""
    at = f"{moment(number):{written}}"
    return {
        "Id": _salesforce_id(number), "AccountId": _salesforce_id(number).replace("003", "001", 1), "IsDeleted": "false",
        "FirstName": rng.choice(FIRST), "LastName": rng.choice(LAST), "Email": email(number), "Phone": f"+49301{number:06d}",
        "MobilePhone": "", "MailingCity": rng.choice(CITIES), "MailingCountry": "Germany", "Birthdate": "",
        "LeadSource": "Web", "HasOptedOutOfEmail": "false", "DoNotCall": "false", "OwnerId": "005A0000001abcd",
        "Description": sentence(rng), "Loyalty__c": "gold", "CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at,
    }  # fmt: skip


def salesforce_record(rng: random.Random, number: int) -> Record:
    """As REST has it."""
    flat = salesforce_contact(rng, number, "%Y-%m-%dT%H:%M:%S.000+0000")
    flat |= {
        "IsDeleted": False,
        "HasOptedOutOfEmail": False,
        "DoNotCall": False,
        "Birthdate": None,
        "MobilePhone": None,
    }
    url = f"/services/data/v61.0/sobjects/Contact/{flat['Id']}"
    return {"attributes": {"type": "Contact", "url": url}, **flat}


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
