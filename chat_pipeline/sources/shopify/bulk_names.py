"""Where GraphQL has what REST's answers hold, by REST's names."""

from __future__ import annotations

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
# Fields read other than by a plain path.
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
