"""Products asked about against products bought, by hand-counted rows."""

from __future__ import annotations

from handmade_marts import Marts


def test_a_question_counts_as_followed_only_by_the_same_customers_order_of_that_product(marts: Marts) -> None:
    marts.cut_off("2026-03-31 12:00")
    marts.add("dim_products", {"product_key": "cup"}, {"product_key": "pot"}, {"product_key": "unsold"})
    asked = {
        "buys": ("ann", "2026-01-10 10:00"),
        "too_late": ("bob", "2026-01-10 10:00"),
        "bought_before": ("cem", "2026-01-10 10:00"),
        "other_product": ("dan", "2026-01-10 10:00"),
        "nobody": (None, "2026-01-10 10:00"),
        "young": ("eve", "2026-03-20 10:00"),
    }
    for key, (customer, at) in asked.items():
        marts.add("fct_conversations", {"conversation_key": key, "customer_key": customer, "started_at": at})
        marts.add(
            "conversation_products", {"conversation_key": key, "product_key": "cup", "first_named_at": at}
        )
    orders = {
        "1": ("ann", "2026-01-12 10:00", "cup", True),
        "2": ("bob", "2026-02-10 10:00", "cup", True),
        "3": ("cem", "2026-01-10 09:59", "cup", True),
        "4": ("dan", "2026-01-12 10:00", "pot", True),
        "5": ("eve", "2026-03-20 11:00", "cup", True),
        "6": ("bob", "2026-01-11 10:00", "cup", False),
    }
    for key, (customer, at, product, counted) in orders.items():
        marts.add(
            "fct_orders",
            {"order_key": key, "customer_key": customer, "ordered_at": at, "is_counted": counted},
        )
        # Two lines of one product are one order of it.
        for line in "ab":
            marts.add(
                "fct_order_lines",
                {"order_line_key": key + line, "order_key": key, "product_key": product, "quantity": 2},
            )
    rows = {row["product_key"]: row for row in marts.build("product_interest")}
    cup = rows["cup"]
    assert (cup["conversations"], cup["askers"], cup["excluded"], cup["pending"]) == (6, 5, 1, 1)
    assert (cup["matured"], cup["bought"], cup["bought_rate"]) == (4, 1, 0.25)
    assert cup["interval_low"] < 0.25 < cup["interval_high"]
    assert (cup["orders"], cup["buyers"], cup["quantity"]) == (4, 4, 16)
    assert (rows["pot"]["conversations"], rows["pot"]["orders"], rows["pot"]["bought_rate"]) == (0, 1, None)
    assert (rows["unsold"]["orders"], rows["unsold"]["bought_rate"]) == (0, None)
