"""SQL expressions for the lists inside an order (`record`, JSON text in REST's names)."""

from __future__ import annotations

from chat_pipeline.reading import sql_text
from chat_pipeline.times import utc


def sum_of(texts: str) -> str:
    """The sum of a list of texts, null of an empty one."""
    return f"list_sum(list_transform({texts}, lambda text: try_cast(text as double)))"


def joined(texts: str, between: str) -> str:
    """A list of texts as one, null of an empty one."""
    return f"nullif(array_to_string({texts}, {sql_text(between)}), '')"


def notes() -> str:
    """As the CSV has them, a `name: value` per line: a break in a value must not begin another."""
    flat = "replace(replace(coalesce(json_extract_string(note, '{}'), ''), chr(13), ''), chr(10), ' ')"
    pair = f"{flat.format('$.name')} || ': ' || {flat.format('$.value')}"
    return f"""nullif(array_to_string(list_transform(
                json_extract(record, '$.note_attributes[*]'), lambda note: {pair}), chr(10)), '')"""


def refunds() -> str:
    """The refunds as list of {id, created_at, amount in the order's currency}, or null where none are given."""
    money = "try_cast(json_extract_string({}, '{}') as double)"
    paid = """list_filter(json_extract(refund, '$.transactions[*]'), lambda paid:
                    json_extract_string(paid, '$.kind') = 'refund'
                    and coalesce(json_extract_string(paid, '$.status'), 'success') = 'success')"""
    foreign = f"""len(list_filter({paid}, lambda paid:
                    coalesce(json_extract_string(paid, '$.currency'), currency, '') <> coalesce(currency, ''))) > 0"""
    line = money.format("line", "$.subtotal") + " + coalesce(" + money.format("line", "$.total_tax") + ", 0)"
    back = f"coalesce({money.format('back', '$.amount')}, 0) + coalesce({money.format('back', '$.tax_amount')}, 0)"
    # A payment in the customer's currency can't be summed: then the returned lines and shipping are.
    returned = f"""coalesce(list_sum(list_transform(json_extract(refund, '$.refund_line_items[*]'), lambda line: {line})), 0)
                    - coalesce(list_sum(list_transform(list_filter(json_extract(refund, '$.order_adjustments[*]'),
                        lambda back: json_extract_string(back, '$.kind') = 'shipping_refund'), lambda back: {back})), 0)"""
    amount = f"""coalesce({money.format("refund", "$.amount")},
                    case when not json_exists(refund, '$.transactions') or {foreign} then {returned}
                        else coalesce(list_sum(list_transform({paid},
                            lambda paid: {money.format("paid", "$.amount")})), 0) end)"""
    return f"""case when json_type(record, '$.refunds') = 'ARRAY' then
                list_transform(json_extract(record, '$.refunds[*]'), lambda refund: {{
                    'id': json_extract_string(refund, '$.id'),
                    'created_at': {utc("json_extract_string(refund, '$.created_at')", "UTC")},
                    'amount': round({amount}, 2)
                }}) end"""
