"""Where GraphQL has what REST's answers hold, by REST's names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chat_pipeline.sources.shopify.structures import structure

# REST's name -> where GraphQL has it.
ORDER_NAMES: dict[str, tuple[str, ...]] = {
    "name": ("$.name",),
    "email": ("$.email", "$.customer.email", "$.customer.defaultEmailAddress.emailAddress"),
    "phone": ("$.phone", "$.customer.phone", "$.customer.defaultPhoneNumber.phoneNumber"),
    "created_at": ("$.createdAt",),
    "processed_at": ("$.processedAt",),
    "updated_at": ("$.updatedAt",),
    "cancelled_at": ("$.cancelledAt",),
    "financial_status": ("$.displayFinancialStatus",),
    "fulfillment_status": ("$.displayFulfillmentStatus",),
    "buyer_accepts_marketing": ("$.customerAcceptsMarketing",),
    "currency": ("$.currencyCode", "$.totalPriceSet.shopMoney.currencyCode"),
    "subtotal_price": ("$.subtotalPriceSet.shopMoney.amount",),
    "total_tax": ("$.totalTaxSet.shopMoney.amount",),
    "total_price": ("$.totalPriceSet.shopMoney.amount",),
    "current_total_price": ("$.currentTotalPriceSet.shopMoney.amount",),
    "total_discounts": ("$.totalDiscountsSet.shopMoney.amount",),
    "total_outstanding": ("$.totalOutstandingSet.shopMoney.amount",),
    "total_refunded": ("$.totalRefundedSet.shopMoney.amount",),
    "source_name": ("$.sourceName",),
    "test": ("$.test",),
}
CUSTOMER_NAMES: dict[str, tuple[str, ...]] = {
    "first_name": ("$.firstName",),
    "last_name": ("$.lastName",),
    "email": ("$.email", "$.defaultEmailAddress.emailAddress"),
    "phone": ("$.phone", "$.defaultPhoneNumber.phoneNumber"),
    "total_spent": ("$.amountSpent.amount",),
    "orders_count": ("$.numberOfOrders",),
    "created_at": ("$.createdAt",),
    "updated_at": ("$.updatedAt",),
}
ITEM_NAMES: dict[str, tuple[str, ...]] = {
    "sku": ("$.sku",),
    "name": ("$.name", "$.title"),
    "quantity": ("$.quantity",),
    "current_quantity": ("$.currentQuantity",),
    "price": ("$.originalUnitPriceSet.shopMoney.amount",),
    "total_discount": ("$.totalDiscountSet.shopMoney.amount",),
}
REFUND_NAMES: dict[str, tuple[str, ...]] = {
    "created_at": ("$.createdAt",),
    "amount": ("$.totalRefundedSet.shopMoney.amount",),
}
NOTE_NAMES: dict[str, tuple[str, ...]] = {"name": ("$.key",), "value": ("$.value",)}
# Fields that are never told as unknown.
OTHERS = (
    *("id", "legacyResourceId", "__parentId", "__typename", "customer", "customAttributes", "discountCodes"),
    *("discountCode", "paymentGatewayNames", "totalShippingPriceSet", "billingAddress", "shippingAddress"),
    *("refunds", "lineItems", "tags", "emailMarketingConsent", "smsMarketingConsent", "defaultAddress"),
)
ADDRESS = {
    "phone": ("$.phone",),
    "city": ("$.city",),
    "zip": ("$.zip",),
    "province": ("$.province",),
    "province_code": ("$.provinceCode",),
    "country": ("$.country",),
    "country_code": ("$.countryCodeV2", "$.countryCode"),
}
# GraphQL has the consent by itself; newer versions of the API tell it with the e-mail address or the telephone.
CONSENTS = {
    kind: {
        "state": (f"$.{own}.marketingState", f"$.{contact}.marketingState"),
        "opt_in_level": (f"$.{own}.marketingOptInLevel", f"$.{contact}.marketingOptInLevel"),
        "consent_updated_at": (f"$.{own}.consentUpdatedAt", f"$.{contact}.marketingUpdatedAt"),
    }
    for kind, own, contact in (
        ("email_marketing_consent", "emailMarketingConsent", "defaultEmailAddress"),
        ("sms_marketing_consent", "smsMarketingConsent", "defaultPhoneNumber"),
    )
}


def _line(
    names: Iterable[dict[str, tuple[str, ...]]], *more: str, rest: dict[str, Any] | None = None
) -> dict[str, Any]:
    paths = [path for given in names for found in given.values() for path in found]
    return structure([*paths, *more], rest)


def _at(place: str) -> dict[str, tuple[str, ...]]:
    """An address that lies there."""
    return {name: tuple(path.replace("$", f"$.{place}") for path in paths) for name, paths in ADDRESS.items()}


# What is read of the lines of each kind.
ITEM = _line([ITEM_NAMES], "$.id")
REFUND = _line([REFUND_NAMES], "$.id")
ORDER_LINE = _line(
    [ORDER_NAMES, _at("billingAddress"), _at("shippingAddress")],
    *("$.customer.id", "$.discountCode", "$.totalShippingPriceSet.shopMoney.amount"),
    rest={
        "tags": ["VARCHAR"],
        "discountCodes": ["VARCHAR"],
        "paymentGatewayNames": ["VARCHAR"],
        "customAttributes": [_line([NOTE_NAMES])],
        "lineItems": {"nodes": [ITEM], "edges": [{"node": ITEM}]},
        "refunds": [REFUND],
    },
)
CUSTOMER_LINE = _line([CUSTOMER_NAMES, _at("defaultAddress"), *CONSENTS.values()], rest={"tags": ["VARCHAR"]})
