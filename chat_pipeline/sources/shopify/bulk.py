"""Lines of a GraphQL bulk operation, brought to REST's names: then they are read as REST's answers are.

Children stand on lines of their own and are joined by id, wherever they are. Money is the shop's.
"""

from __future__ import annotations

from chat_pipeline.reading import extra, records, sql_text
from chat_pipeline.source import Batch
from chat_pipeline.sources.shopify.api import customers, orders
from chat_pipeline.sources.shopify.objects import bulk_object

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


def read_bulk(batch: Batch) -> dict[str, str]:
    """Orders and customers among the lines; a line that belongs to no object in its file is set aside."""
    lines = f"""
        select *, json_extract_string(record, '$.id') as gid, json_extract_string(record, '$.__parentId') as parent,
            regexp_extract(json_extract_string(record, '$.id'), '^gid://shopify/([A-Za-z]+)/', 1) as kind
        from ({records(batch)})
    """
    batch.con.execute(f"create or replace temp table bulk_lines as {lines}")
    of_customers = [sql_text(str(f.path)) for f in batch.files if bulk_object(f.sniff) == "customers"]
    own = f"child._path in ({', '.join(of_customers)})" if of_customers else "false"
    return {
        "orders": orders(f"{_main('Order', _order())} union all by name {_lost(f'not ({own})')}"),
        "customers": customers(f"{_main('Customer', _customer())} union all by name {_lost(own)}"),
    }


def _main(kind: str, record: str) -> str:
    """The lines of a kind as records in REST's names, with the line items and refunds that name them as parent."""
    names = {*ORDER_NAMES.values(), *CUSTOMER_NAMES.values()}
    declared = [*OTHERS, *{path.split(".")[1] for paths in names for path in paths}]
    return f"""
        select _path, _source_row, _problem, _original, {extra("given", sorted(set(declared)))} as _extra,
            -- Without what was not asked for, so that it differs from what is null.
            cast(json_merge_patch('{{}}', {record}) as varchar) as record
        from (
            select main._path, main._source_row, main._problem, main._original, main.record as given, main.gid,
                main.parent, below.items, below.returns
            from bulk_lines as main
            left join (
                select _path, parent,
                    list(record order by _source_row) filter (kind = 'LineItem') as items,
                    list(record order by _source_row) filter (kind = 'Refund') as returns
                from bulk_lines
                where kind in ('LineItem', 'Refund')
                group by _path, parent
            ) as below on below._path = main._path and below.parent = main.gid
            where main.kind = '{kind}'
        )
    """


def _lost(own: str) -> str:
    return f"""
        select _path, _source_row, cast(null as varchar) as record, _original, cast(null as varchar) as _extra,
            coalesce(_problem, 'the object that it belongs to is not in this file') as _problem
        from bulk_lines as child
        where {own} and coalesce(kind, '') not in ('Order', 'Customer')
            and not exists (
                select 1 from bulk_lines as main where main._path = child._path and main.gid = child.parent
            )
    """


def _plain(id_text: str) -> str:
    """The number in gid://shopify/Order/5901."""
    return rf"regexp_replace({id_text}, '^gid://shopify/[A-Za-z]+/([^?]+).*$', '\1')"


def _pairs(record: str, names: dict[str, tuple[str, ...]]) -> str:
    """Entries of a struct: each name with the first value that its paths lead to."""
    texts = {
        name: "coalesce(" + ", ".join(f"json_extract_string({record}, {sql_text(p)})" for p in paths) + ")"
        for name, paths in names.items()
    }
    return ", ".join(f"{sql_text(name)}: {text}" for name, text in texts.items())


def _order() -> str:
    item = f"""{{
                'id': {_plain("json_extract_string(item, '$.id')")},
                {_pairs("item", {"sku": ("$.sku",), "name": ("$.name", "$.title"), "quantity": ("$.quantity",)})},
                {_pairs("item", {"current_quantity": ("$.currentQuantity",)})},
                {_pairs("item", {"price": ("$.originalUnitPriceSet.shopMoney.amount",)})},
                {_pairs("item", {"total_discount": ("$.totalDiscountSet.shopMoney.amount",)})}
            }}"""
    refund = f"""{{
                'id': {_plain("json_extract_string(refund, '$.id')")},
                {_pairs("refund", {"created_at": ("$.createdAt",)})},
                {_pairs("refund", {"amount": ("$.totalRefundedSet.shopMoney.amount",)})}
            }}"""
    codes = "json_extract_string(given, '$.discountCodes[*]')"
    return f"""to_json({{
            'id': {_plain("gid")}, {_pairs("given", ORDER_NAMES)},
            'tags': {_list_text("tags")},
            'customer': {{'id': coalesce(
                {_plain("json_extract_string(given, '$.customer.id')")},
                case when parent like 'gid://shopify/Customer/%' then {_plain("parent")} end)}},
            'total_shipping_price_set': {{'shop_money': {{
                'amount': json_extract_string(given, '$.totalShippingPriceSet.shopMoney.amount')}}}},
            'discount_codes': list_transform(
                case when len({codes}) > 0 then {codes} else [json_extract_string(given, '$.discountCode')] end,
                lambda code: {{'code': code}}),
            'payment_gateway_names': json_extract_string(given, '$.paymentGatewayNames[*]'),
            'note_attributes': list_transform(json_extract(given, '$.customAttributes[*]'), lambda note: {{
                'name': json_extract_string(note, '$.key'), 'value': json_extract_string(note, '$.value')}}),
            'billing_address': {{{_pairs("json_extract(given, '$.billingAddress')", ADDRESS)}}},
            'shipping_address': {{{_pairs("json_extract(given, '$.shippingAddress')", ADDRESS)}}},
            'line_items': list_transform(
                list_concat(json_extract(given, '$.lineItems.nodes[*]'),
                    json_extract(given, '$.lineItems.edges[*].node'), cast(items as json[])),
                lambda item: {item}),
            'refunds': case when json_exists(given, '$.refunds') or returns is not null then list_transform(
                list_concat(json_extract(given, '$.refunds[*]'), cast(returns as json[])),
                lambda refund: {refund}) end
        }})"""


def _customer() -> str:
    return f"""to_json({{
            'id': {_plain("gid")}, {_pairs("given", CUSTOMER_NAMES)},
            'tags': {_list_text("tags")},
            'email_marketing_consent': {_consent("emailMarketingConsent", "defaultEmailAddress")},
            'sms_marketing_consent': {_consent("smsMarketingConsent", "defaultPhoneNumber")},
            'default_address': {{{_pairs("json_extract(given, '$.defaultAddress')", ADDRESS)}}}
        }})"""


def _list_text(name: str) -> str:
    return f"nullif(array_to_string(json_extract_string(given, '$.{name}[*]'), ', '), '')"


def _consent(name: str, contact: str) -> str:
    """The consent object; newer versions of the API tell it with the e-mail address or the telephone."""
    names = {
        "state": (f"$.{name}.marketingState", f"$.{contact}.marketingState"),
        "opt_in_level": (f"$.{name}.marketingOptInLevel", f"$.{contact}.marketingOptInLevel"),
        "consent_updated_at": (f"$.{name}.consentUpdatedAt", f"$.{contact}.marketingUpdatedAt"),
    }
    state = ", ".join(f"json_extract_string(given, '{path}')" for path in names["state"])
    return f"case when coalesce({state}) is not null then {{{_pairs('given', names)}}} end"
