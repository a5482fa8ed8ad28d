"""Lines of a GraphQL bulk operation, brought to REST's names: then they are read as REST's answers are.

Children stand on lines of their own and are joined by id, wherever they are. Money is the shop's.
"""

from __future__ import annotations

from collections.abc import Mapping

from chat_pipeline.reading import extra, records, sql_text
from chat_pipeline.source import Batch
from chat_pipeline.sources.shopify.api import customers, orders
from chat_pipeline.sources.shopify.bulk_names import (
    ADDRESS,
    CUSTOMER_NAMES,
    ITEM_NAMES,
    NOTE_NAMES,
    ORDER_NAMES,
    OTHERS,
    REFUND_NAMES,
)
from chat_pipeline.sources.shopify.objects import bulk_object


def read_bulk(batch: Batch) -> dict[str, str]:
    """Orders and customers among the lines; a line that belongs to no object in its file is set aside."""
    lines = f"""
        select * exclude (ids), ids[1] as gid, ids[2] as parent,
            regexp_extract(ids[1], '^gid://shopify/([A-Za-z]+)/', 1) as kind
        from (select *, json_extract_string(record, ['$.id', '$.__parentId']) as ids from ({records(batch)}))
    """
    batch.con.execute(f"create or replace temp table bulk_lines as {lines}")
    of_customers = [sql_text(str(f.path)) for f in batch.files if bulk_object(f.sniff) == "customers"]
    own = f"child._path in ({', '.join(of_customers)})" if of_customers else "false"
    return {
        "orders": orders(f"{_main('Order', *_order())} union all by name {_lost(f'not ({own})')}"),
        "customers": customers(f"{_main('Customer', *_customer())} union all by name {_lost(own)}"),
    }


def _main(kind: str, record: str, fields: _Fields) -> str:
    """The lines of a kind as records in REST's names, with the line items and refunds that name them as parent."""
    names = {*ORDER_NAMES.values(), *CUSTOMER_NAMES.values()}
    declared = [*OTHERS, *{path.split(".")[1] for paths in names for path in paths}]
    return f"""
        select _path, _source_row, _problem, _original, {extra("given", sorted(set(declared)))} as _extra,
            -- Without what was not asked for, so that it differs from what is null.
            cast(json_merge_patch('{{}}', {record}) as varchar) as record
        from (
            select main._path, main._source_row, main._problem, main._original, main.record as given, main.gid,
                main.parent, below.items, below.returns, {fields.of("main.record")} as fields
            from bulk_lines as main
            left join (
                select _path, parent,
                    list(record order by _source_row) filter (kind = 'LineItem') as items,
                    list(record order by _source_row) filter (kind = 'Refund') as returns
                from (
                    -- A file with the order twice has its children twice: the later one counts.
                    select *, row_number() over (
                        partition by _path, parent, gid order by _source_row desc
                    ) as copy_number
                    from bulk_lines
                    where kind in ('LineItem', 'Refund')
                )
                where copy_number = 1
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


class _Fields:
    """Texts at paths of a JSON value, all taken by one call: DuckDB parses the value once per call."""

    def __init__(self, variable: str) -> None:
        self.variable = variable
        self.paths: list[str] = []

    def pairs(self, names: Mapping[str, tuple[str, ...]], below: str = "$") -> str:
        """Entries of a struct: each name with the first value that its paths lead to."""
        texts = []
        for name, paths in names.items():
            found = ", ".join(self.text(below + path.removeprefix("$")) for path in paths)
            texts.append(f"{sql_text(name)}: " + (f"coalesce({found})" if len(paths) > 1 else found))
        return ", ".join(texts)

    def text(self, path: str) -> str:
        if path not in self.paths:
            self.paths.append(path)
        return f"{self.variable}[{self.paths.index(path) + 1}]"

    def of(self, record: str) -> str:
        """The list of texts, for the paths asked for until now."""
        return f"json_extract_string({record}, [{', '.join(map(sql_text, self.paths))}])"


def _listed(values: str, names: Mapping[str, tuple[str, ...]], with_id: bool = True) -> str:
    """A list of JSON values as list of structs."""
    fields = _Fields("f")
    own_id = f"'id': {_plain(fields.text('$.id'))}, " if with_id else ""
    struct = f"{{{own_id}{fields.pairs(names)}}}"
    texts = f"list_transform({values}, lambda value: {fields.of('value')})"
    return f"list_transform({texts}, lambda f: {struct})"


def _order() -> tuple[str, _Fields]:
    fields = _Fields("fields")
    codes = "json_extract_string(given, '$.discountCodes[*]')"
    items = """list_concat(json_extract(given, '$.lineItems.nodes[*]'),
                json_extract(given, '$.lineItems.edges[*].node'), cast(items as json[]))"""
    returned = "list_concat(json_extract(given, '$.refunds[*]'), cast(returns as json[]))"
    record = f"""to_json({{
            'id': {_plain("gid")}, {fields.pairs(ORDER_NAMES)},
            'tags': {_list_text("tags")},
            'customer': {{'id': coalesce(
                {_plain(fields.text("$.customer.id"))},
                case when parent like 'gid://shopify/Customer/%' then {_plain("parent")} end)}},
            'total_shipping_price_set': {{'shop_money': {{
                'amount': {fields.text("$.totalShippingPriceSet.shopMoney.amount")}}}}},
            'discount_codes': list_transform(
                case when len({codes}) > 0 then {codes} else [{fields.text("$.discountCode")}] end,
                lambda code: {{'code': code}}),
            'payment_gateway_names': json_extract_string(given, '$.paymentGatewayNames[*]'),
            'note_attributes': {_listed("json_extract(given, '$.customAttributes[*]')", NOTE_NAMES, with_id=False)},
            'billing_address': {{{fields.pairs(ADDRESS, "$.billingAddress")}}},
            'shipping_address': {{{fields.pairs(ADDRESS, "$.shippingAddress")}}},
            'line_items': {_listed(items, ITEM_NAMES)},
            'refunds': case when json_exists(given, '$.refunds') or returns is not null
                then {_listed(returned, REFUND_NAMES)} end
        }})"""
    return record, fields


def _customer() -> tuple[str, _Fields]:
    fields = _Fields("fields")
    record = f"""to_json({{
            'id': {_plain("gid")}, {fields.pairs(CUSTOMER_NAMES)},
            'tags': {_list_text("tags")},
            'email_marketing_consent': {_consent(fields, "emailMarketingConsent", "defaultEmailAddress")},
            'sms_marketing_consent': {_consent(fields, "smsMarketingConsent", "defaultPhoneNumber")},
            'default_address': {{{fields.pairs(ADDRESS, "$.defaultAddress")}}}
        }})"""
    return record, fields


def _list_text(name: str) -> str:
    return f"nullif(array_to_string(json_extract_string(given, '$.{name}[*]'), ', '), '')"


def _consent(fields: _Fields, name: str, contact: str) -> str:
    """The consent object; newer versions of the API tell it with the e-mail address or the telephone."""
    names = {
        "state": (f"$.{name}.marketingState", f"$.{contact}.marketingState"),
        "opt_in_level": (f"$.{name}.marketingOptInLevel", f"$.{contact}.marketingOptInLevel"),
        "consent_updated_at": (f"$.{name}.consentUpdatedAt", f"$.{contact}.marketingUpdatedAt"),
    }
    state = f"coalesce({', '.join(map(fields.text, names['state']))})"
    return f"case when {state} is not null then {{{fields.pairs(names)}}} end"
