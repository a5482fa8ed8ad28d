"""Lines of a GraphQL bulk operation, brought to REST's names: then they are read as REST's answers are.

Children stand on lines of their own and are joined by id, wherever they are. Money is the shop's.
"""

from __future__ import annotations

from collections.abc import Mapping

from chat_pipeline.reading import extra, records, sql_text
from chat_pipeline.source import Batch
from chat_pipeline.sources.shopify.api import CUSTOMER, ORDER, customers, orders
from chat_pipeline.sources.shopify.bulk_names import (
    ADDRESS,
    CONSENTS,
    CUSTOMER_LINE,
    CUSTOMER_NAMES,
    ITEM,
    ITEM_NAMES,
    NOTE_NAMES,
    ORDER_LINE,
    ORDER_NAMES,
    OTHERS,
    REFUND,
    REFUND_NAMES,
)
from chat_pipeline.sources.shopify.objects import bulk_object
from chat_pipeline.sources.shopify.parts import joined
from chat_pipeline.sources.shopify.structures import sql_type, taken

Names = Mapping[str, tuple[str, ...]]
DECLARED = sorted(
    {*OTHERS, *(p.split(".")[1] for n in (ORDER_NAMES, CUSTOMER_NAMES) for ps in n.values() for p in ps)}
)


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
        "orders": orders(f"{_orders()} union all by name {_lost(f'not ({own})')}"),
        "customers": customers(f"{_customers()} union all by name {_lost(own)}"),
    }


def _orders() -> str:
    """The orders' lines as `field`, the structure ORDER, with the line items and refunds that name them as parent."""
    return f"""
        select _path, _source_row, _problem, _original, record, {extra("record", DECLARED)} as _extra,
            cast(hash(record, items, returns) as varchar) as fingerprint,
            cast({_order()} as {sql_type(ORDER)}) as field
        from (
            select main.*, {_own("LineItem", "item")} as items, {_own("Refund", "refund")} as returns,
                {taken("main.record", ORDER_LINE)} as line
            from bulk_lines as main
            left join ({_children()}) as below on below._path = main._path and below.parent = main.gid
            where main.kind = 'Order'
        )
    """


def _children() -> str:
    """Per parent the list of its line items and refunds. Sorted when it is made: an aggregate that sorts takes five
    times as long."""
    return f"""
        select _path, parent, list_sort(list({{
            'row': _source_row, 'kind': kind, 'item': {taken("record", ITEM)}, 'refund': {taken("record", REFUND)}
        }})) as children
        from bulk_lines as child
        -- A file with the order twice has its children twice: the later one counts.
        anti join (
            select _path, parent, gid, max(_source_row) as last_row
            from bulk_lines where kind in ('LineItem', 'Refund') group by all having count(*) > 1
        ) as copies on copies._path = child._path and copies.parent = child.parent and copies.gid = child.gid
            and child._source_row < copies.last_row
        where kind in ('LineItem', 'Refund')
        group by _path, parent
    """


def _own(kind: str, name: str) -> str:
    """SQL: the children of a kind, or null if there are none."""
    given = f"list_filter(below.children, lambda child: child.kind = '{kind}')"
    return f"case when len({given}) > 0 then list_transform({given}, lambda child: child.{name}) end"


def _customers() -> str:
    """The customers' lines as `field`, the structure CUSTOMER."""
    return f"""
        select _path, _source_row, _problem, _original, record, {extra("record", DECLARED)} as _extra,
            cast({_customer()} as {sql_type(CUSTOMER)}) as field
        from (select *, {taken("record", CUSTOMER_LINE)} as line from bulk_lines where kind = 'Customer')
    """


def _lost(own: str) -> str:
    return f"""
        select _path, _source_row, cast(null as varchar) as record, _original, cast(null as varchar) as _extra,
            coalesce(_problem, 'the object that it belongs to is not in this file') as _problem
        from bulk_lines as child
        anti join bulk_lines as main on main._path = child._path and main.gid = child.parent
        where {own} and coalesce(kind, '') not in ('Order', 'Customer')
    """


def _plain(id_text: str) -> str:
    """The number in gid://shopify/Order/5901."""
    return rf"regexp_replace({id_text}, '^gid://shopify/[A-Za-z]+/([^?]+).*$', '\1')"


def _pairs(value: str, names: Names) -> str:
    """Entries of a struct: each name with the first text that its paths lead to."""
    texts = {
        name: ", ".join(value + path.removeprefix("$") for path in paths) for name, paths in names.items()
    }
    return ", ".join(
        f"{sql_text(name)}: {f'coalesce({text})' if ',' in text else text}" for name, text in texts.items()
    )


def _each(values: str, names: Names, with_id: bool = True) -> str:
    """A list of structs in REST's names."""
    own_id = f"'id': {_plain('one.id')}, " if with_id else ""
    return f"list_transform({values}, lambda one: {{{own_id}{_pairs('one', names)}}})"


def _order() -> str:
    codes = "case when len(line.discountCodes) > 0 then line.discountCodes else [line.discountCode] end"
    nodes = "list_transform(line.lineItems.edges, lambda edge: edge.node)"
    items = f"list_concat(line.lineItems.nodes, {nodes}, items)"
    return f"""{{
            'id': {_plain("gid")}, {_pairs("line", ORDER_NAMES)},
            'tags': {joined("line.tags", ", ")},
            'customer': {{'id': coalesce(
                {_plain("line.customer.id")},
                case when parent like 'gid://shopify/Customer/%' then {_plain("parent")} end)}},
            'total_shipping_price_set': {{'shop_money': {{'amount': line.totalShippingPriceSet.shopMoney.amount}}}},
            'discount_codes': list_transform({codes}, lambda code: {{'code': code}}),
            'payment_gateway_names': line.paymentGatewayNames,
            'note_attributes': {_each("line.customAttributes", NOTE_NAMES, with_id=False)},
            'billing_address': {{{_pairs("line.billingAddress", ADDRESS)}}},
            'shipping_address': {{{_pairs("line.shippingAddress", ADDRESS)}}},
            'line_items': cast(to_json({_each(items, ITEM_NAMES)}) as varchar),
            'refunds': case when line.refunds is not null or returns is not null or json_exists(record, '$.refunds')
                then {_each("list_concat(line.refunds, returns)", REFUND_NAMES)} end
        }}"""


def _customer() -> str:
    return f"""{{
            'id': {_plain("gid")}, {_pairs("line", CUSTOMER_NAMES)},
            'tags': {joined("line.tags", ", ")},
            {", ".join(f"'{kind}': {_consent(names)}" for kind, names in CONSENTS.items())},
            'default_address': {{{_pairs("line.defaultAddress", ADDRESS)}}}
        }}"""


def _consent(names: Names) -> str:
    """The consent as JSON object without what was not told."""
    state = ", ".join(path.replace("$", "line") for path in names["state"])
    told = f"json_merge_patch('{{}}', to_json({{{_pairs('line', names)}}}))"
    return f"case when coalesce({state}) is not null then cast({told} as varchar) end"
