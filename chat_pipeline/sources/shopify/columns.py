"""Columns of Shopify's raw tables, with their headers in the admin's CSV exports."""

from __future__ import annotations

from dataclasses import dataclass

from chat_pipeline.source import Column, Table


@dataclass(frozen=True)
class Field:
    """A column of an export: raw name, type, headers (newest first), meaning."""

    name: str
    type: str
    headers: tuple[str, ...]
    description: str
    personal: bool = False
    # Text that the export protects from spreadsheets by a leading apostrophe.
    apostrophe: bool = False


ORDER_FIELDS: tuple[Field, ...] = (
    Field("name", "varchar", ("Name",), "Order number with the shop's prefix, as #1001."),
    Field(
        "id", "varchar", ("Id",), "Id of the order, on all its rows; null in old exports.", apostrophe=True
    ),
    Field("email", "varchar", ("Email",), "E-mail address.", personal=True),
    Field("phone", "varchar", ("Phone",), "Telephone.", personal=True, apostrophe=True),
    Field(
        "billing_phone",
        "varchar",
        ("Billing Phone",),
        "Telephone of the payer.",
        personal=True,
        apostrophe=True,
    ),
    Field(
        "shipping_phone",
        "varchar",
        ("Shipping Phone",),
        "Telephone of the receiver.",
        personal=True,
        apostrophe=True,
    ),
    Field("created_at", "timestamp", ("Created at",), "When it was placed (UTC), on all rows of the order."),
    Field("paid_at", "timestamp", ("Paid at",), "When it was paid (UTC); empty on many paid orders."),
    Field("fulfilled_at", "timestamp", ("Fulfilled at",), "When it was fulfilled (UTC)."),
    Field("cancelled_at", "timestamp", ("Cancelled at",), "When it was cancelled (UTC)."),
    Field(
        "financial_status", "varchar", ("Financial Status",), "State of the payment; empty on further rows."
    ),
    Field("fulfillment_status", "varchar", ("Fulfillment Status",), "State of the delivery."),
    Field("accepts_marketing", "boolean", ("Accepts Marketing",), "Choice at this checkout."),
    Field("currency", "varchar", ("Currency",), "Currency of the amounts."),
    Field("subtotal", "double", ("Subtotal",), "Sum of the lines after discount."),
    Field("shipping", "double", ("Shipping",), "Shipping."),
    Field("taxes", "double", ("Taxes",), "Taxes; included in the total or added to it."),
    Field("total", "double", ("Total",), "What the customer owed; refunds do not lower it."),
    Field("discount_code", "varchar", ("Discount Code",), "Discount code."),
    Field("discount_amount", "double", ("Discount Amount",), "Discount of the order."),
    Field("refunded_amount", "double", ("Refunded Amount",), "What was refunded."),
    Field("outstanding_balance", "double", ("Outstanding Balance",), "What is still owed."),
    Field("payment_method", "varchar", ("Payment Method",), "Payment methods, joined by +."),
    Field("source", "varchar", ("Source",), "web, pos, a draft order, or the number of an app."),
    Field("tags", "varchar", ("Tags",), "Tags of the order."),
    Field("note_attributes", "varchar", ("Note Attributes",), "One `name: value` per line.", personal=True),
    Field("billing_city", "varchar", ("Billing City",), "City of the payer."),
    Field(
        "billing_country", "varchar", ("Billing Country",), "Country of the payer (ISO 3166, two letters)."
    ),
    Field("shipping_city", "varchar", ("Shipping City",), "City of the receiver."),
    Field(
        "shipping_country",
        "varchar",
        ("Shipping Country",),
        "Country of the receiver (ISO 3166, two letters).",
    ),
    Field("lineitem_quantity", "double", ("Lineitem quantity",), "Pieces of the line."),
    Field("lineitem_name", "varchar", ("Lineitem name",), "Product and variant of the line."),
    Field("lineitem_price", "double", ("Lineitem price",), "Price per piece before discount."),
    Field("lineitem_sku", "varchar", ("Lineitem sku",), "Stock keeping unit; often empty."),
    Field("lineitem_discount", "double", ("Lineitem discount",), "Discount of the line."),
)

CUSTOMER_FIELDS: tuple[Field, ...] = (
    Field("id", "varchar", ("Customer ID",), "Id of the customer; null in old exports.", apostrophe=True),
    Field("first_name", "varchar", ("First Name",), "First name.", personal=True),
    Field("last_name", "varchar", ("Last Name",), "Last name.", personal=True),
    Field("email", "varchar", ("Email",), "E-mail address, unique in the shop.", personal=True),
    Field("phone", "varchar", ("Phone",), "Telephone, unique in the shop.", personal=True, apostrophe=True),
    Field(
        "address_phone",
        "varchar",
        ("Default Address Phone",),
        "Telephone of the address.",
        personal=True,
        apostrophe=True,
    ),
    Field("city", "varchar", ("Default Address City", "City"), "City."),
    Field("region", "varchar", ("Default Address Province Code", "Province Code"), "Code of the province."),
    Field("region_name", "varchar", ("Province",), "Province, in older exports."),
    Field(
        "country",
        "varchar",
        ("Default Address Country Code", "Country Code"),
        "Country (ISO 3166, two letters).",
    ),
    Field("country_name", "varchar", ("Country",), "Country's name, in older exports."),
    Field("zip", "varchar", ("Default Address Zip", "Zip"), "Postal code.", personal=True, apostrophe=True),
    Field(
        "accepts_email_marketing",
        "boolean",
        ("Accepts Email Marketing", "Accepts Marketing"),
        "Consent to e-mail.",
    ),
    Field("accepts_sms_marketing", "boolean", ("Accepts SMS Marketing",), "Consent to text messages."),
    Field("total_spent", "double", ("Total Spent",), "Running total at export time."),
    Field("total_orders", "bigint", ("Total Orders", "Orders Count"), "Running count at export time."),
    Field("tags", "varchar", ("Tags",), "Tags of the customer."),
)

# What only the Admin API tells.
API_ORDER_COLUMNS: tuple[Column, ...] = (
    Column("customer_id", "varchar", "Id of the customer; the CSV has none, guests neither."),
    Column("checkout_token", "varchar", "Token of the checkout; REST only."),
    Column(
        "processed_at", "timestamp", "When it was bought (UTC); imported orders keep their old time here."
    ),
    Column("updated_at", "timestamp", "When it last changed (UTC)."),
    Column("current_total", "double", "The total less what was returned or taken off the order."),
    Column(
        "line_items", "varchar", "JSON list of all lines of the order, in REST's names; null in CSV rows."
    ),
    Column("refunds", "varchar", "JSON list of refunds: id, created_at (UTC), amount; null in CSV rows."),
)
API_CUSTOMER_COLUMNS: tuple[Column, ...] = (
    Column("created_at", "timestamp", "When the record was made (UTC)."),
    Column("updated_at", "timestamp", "When it last changed (UTC)."),
    Column("email_marketing_consent", "varchar", "JSON object: state, opt_in_level, consent_updated_at."),
    Column("sms_marketing_consent", "varchar", "The same for text messages; null where nobody asked."),
)


def _columns(fields: tuple[Field, ...]) -> tuple[Column, ...]:
    return tuple(Column(f.name, f.type, f.description, f.personal) for f in fields)


ORDERS = Table(
    "orders",
    "One row per record of an orders export: in CSV one per line of an order, the first with the order; "
    "in the API's answers one per order.",
    (
        *_columns(ORDER_FIELDS),
        *API_ORDER_COLUMNS,
        Column("order_key", "varchar", "Id of the order, else its name: the rows of an order share it."),
        Column("line_number", "bigint", "Position of the row inside its order, from 1."),
        Column(
            "order_fingerprint",
            "varchar",
            "Hash of all rows of the order in the file: they stand or fall together.",
        ),
        Column("is_test", "boolean", "Whether it is a test order; null in CSV rows, which do not say."),
    ),
    event_at="created_at",
    dated_by_delivery=True,
    # Without an id, staging finds by the name which order it is: a row of another key may have replaced it.
    comparable="order_key is distinct from name",
)
CUSTOMERS = Table(
    "customers",
    "One row per customer.",
    (*_columns(CUSTOMER_FIELDS), *API_CUSTOMER_COLUMNS),
    dated_by_delivery=True,
)
