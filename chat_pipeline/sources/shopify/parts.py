"""SQL expressions for the lists inside an order (`field`, the structure of it in REST's names)."""

from __future__ import annotations

from typing import Any

from chat_pipeline.reading import sql_text
from chat_pipeline.times import utc

# What is read of a refund.
REFUND: dict[str, Any] = {
    "id": "VARCHAR",
    "created_at": "VARCHAR",
    "amount": "VARCHAR",
    "transactions": [{"kind": "VARCHAR", "status": "VARCHAR", "amount": "VARCHAR", "currency": "VARCHAR"}],
    "refund_line_items": [{"subtotal": "VARCHAR", "total_tax": "VARCHAR"}],
    "order_adjustments": [{"kind": "VARCHAR", "amount": "VARCHAR", "tax_amount": "VARCHAR"}],
}


def sum_of(given: str, name: str) -> str:
    """The sum of a field of a list of structs, null of an empty one."""
    return f"list_sum(list_transform({given}, lambda one: try_cast(one.{name} as double)))"


def joined(texts: str, between: str) -> str:
    """A list of texts as one, null of an empty one."""
    return f"nullif(array_to_string({texts}, {sql_text(between)}), '')"


def notes() -> str:
    """As the CSV has them, a `name: value` per line: a break in a value must not begin another."""
    flat = "replace(replace(coalesce(note.{}, ''), chr(13), ''), chr(10), ' ')"
    pair = f"{flat.format('name')} || ': ' || {flat.format('value')}"
    return joined(f"list_transform(field.note_attributes, lambda note: {pair})", "\n")


def refunds() -> str:
    """The refunds as list of {id, created_at, amount in the order's currency}, or null where none are given."""
    paid = """list_filter(refund.transactions, lambda paid:
                    paid.kind = 'refund' and coalesce(paid.status, 'success') = 'success')"""
    foreign = f"""len(list_filter({paid}, lambda paid:
                    coalesce(paid.currency, currency, '') <> coalesce(currency, ''))) > 0"""
    line = "try_cast(line.subtotal as double) + coalesce(try_cast(line.total_tax as double), 0)"
    back = "coalesce(try_cast(back.amount as double), 0) + coalesce(try_cast(back.tax_amount as double), 0)"
    # A payment in the customer's currency can't be summed: then the returned lines and shipping are.
    returned = f"""coalesce(list_sum(list_transform(refund.refund_line_items, lambda line: {line})), 0)
                    - coalesce(list_sum(list_transform(list_filter(refund.order_adjustments,
                        lambda back: back.kind = 'shipping_refund'), lambda back: {back})), 0)"""
    amount = f"""coalesce(try_cast(refund.amount as double),
                    case when refund.transactions is null or {foreign} then {returned}
                        else coalesce({sum_of(paid, "amount")}, 0) end)"""
    return f"""list_transform(field.refunds, lambda refund: {{
                    'id': refund.id, 'created_at': {utc("refund.created_at", "UTC")}, 'amount': round({amount}, 2)
                }})"""
