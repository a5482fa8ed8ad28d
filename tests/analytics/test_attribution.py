"""Attribution, transactions and web sessions on marts made by hand; counts worked out on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from handmade_marts import Marts

NOON = "2026-03-10 12:00"


def chat(marts: Marts, key: str, at: str, person: str | None = "a", **columns: Any) -> None:
    row = {"conversation_key": key, "started_at": at, "ended_at": at, "person_key": person, **columns}
    marts.add("fct_conversations", row)


def order(marts: Marts, key: str = "o", at: str = NOON, person: str | None = "a", **columns: Any) -> None:
    marts.add("fct_orders", {"order_key": key, "ordered_at": at, "customer_key": person, **columns})


@pytest.fixture
def shop(marts: Marts) -> Marts:
    chat(marts, "first", "2026-01-01 10:00", "nobody")
    marts.cut_off("2026-04-20 00:00")
    return marts


def tier(marts: Marts, key: str = "o") -> tuple[Any, ...]:
    (row,) = [row for row in marts.build("order_attribution") if row["order_key"] == key]
    return tuple(row[name] for name in ("tier", "conversation_key", "seconds"))


BOUNCED = {"is_chat_engaged": False, "engagement": "bounced"}


@pytest.mark.parametrize(
    ("at", "chat_columns", "order_columns", "expected"),
    [
        ("2026-03-10 11:00", {"web_session_key": "w"}, {"web_session_key": "w"}, ("led", "c", 3600)),
        ("2026-03-10 11:00", {}, {"conversation_key": "c"}, ("led", "c", 3600)),
        # A cookie lives two years: without a window the chat of last month would have led.
        ("2026-03-09 11:59:59", {"web_session_key": "w"}, {"web_session_key": "w"}, ("assisted", "c", 86401)),
        (
            "2026-03-09 11:59:59",
            {"web_session_key": "w", "person_key": None},
            {"web_session_key": "w"},
            ("exposed", "c", 86401),
        ),
        ("2026-03-03 12:00", {}, {}, ("assisted", "c", 604800)),
        ("2026-03-03 11:59:59", {}, {}, ("exposed", "c", 604801)),
        ("2026-03-10 11:00", BOUNCED, {}, ("exposed", "c", 3600)),
        (
            "2026-03-10 11:00",
            {**BOUNCED, "web_session_key": "w"},
            {"web_session_key": "w"},
            ("exposed", "c", 3600),
        ),
        ("2026-02-08 11:59:59", {}, {}, ("none", None, None)),
        ("2026-03-10 12:00:00.9", {}, {}, ("assisted", "c", 0)),
        ("2026-03-10 12:00:01", {}, {}, ("none", None, None)),
        ("2026-03-10 11:00", {"is_test": True}, {}, ("none", None, None)),
        ("2026-03-10 11:00", {}, {"customer_key": None}, ("none", None, None)),
    ],
)
def test_one_tier_per_order(
    shop: Marts,
    at: str,
    chat_columns: dict[str, Any],
    order_columns: dict[str, Any],
    expected: tuple[Any, ...],
) -> None:
    shop.add(
        "fct_conversations",
        {"conversation_key": "c", "started_at": at, "ended_at": at, "person_key": "a", **chat_columns},
    )
    shop.add("fct_orders", {"order_key": "o", "ordered_at": NOON, "customer_key": "a", **order_columns})
    assert tier(shop) == expected


def test_the_best_tier_wins_and_its_latest_chat_is_credited(shop: Marts) -> None:
    chat(shop, "c1", "2026-03-05 12:00")
    chat(shop, "c2", "2026-03-06 12:00")
    chat(shop, "c3", "2026-03-10 11:00", **BOUNCED)
    order(shop)
    assert tier(shop) == ("assisted", "c2", 4 * 86400)


def test_chats_about_earlier_orders_are_listed_apart(shop: Marts, tmp_path: Path) -> None:
    shop.set('[intent_groups]\nproduct = ["stock"]\n', tmp_path)
    chat(shop, "tracking", "2026-03-10 10:00", primary_intent="track_order")
    chat(shop, "both", "2026-03-08 10:00", primary_intent="track_order")
    shop.add("fct_messages", {"conversation_key": "both", "intent": "stock", "intent_group": "product"})
    shop.add("fct_messages", {"conversation_key": "tracking", "intent": "inform", "intent_group": "inform"})
    order(shop)
    assert tier(shop)[:2] == ("assisted", "both")
    (row,) = shop.build("order_attribution")
    assert row["is_about_earlier_order"]
    assert row["earlier_order_conversation_key"] == "tracking"


def test_windows_stand_beside_and_shares_add_up(shop: Marts) -> None:
    # Chats 2 hours, 3 and 20 days before orders of 10, 20, 30; 40 without chat; 50 refunded in part to 45.
    for n, day in enumerate(("2026-03-10 10:00", "2026-03-07 12:00", "2026-02-18 12:00"), 1):
        chat(shop, f"c{n}", day, f"p{n}")
        order(shop, f"o{n}", NOON, f"p{n}", net_amount=10 * n)
    order(shop, "o4", NOON, "p4", net_amount=40)
    order(shop, "o5", NOON, "p5", net_amount=None)
    order(shop, "out", NOON, "p1", is_counted=False)
    order(shop, "before", "2025-12-01 12:00", "p1")
    shop.build("order_attribution")
    rows = {
        (row["window_days"], row["tier"]): (row["orders"], row["revenue_cents"])
        for row in shop.build("attribution")
        if row["grain"] == "month" and str(row["period_start"]) == "2026-03-01"
    }
    tiers = ("led", "assisted", "exposed", "none", "all")
    assert [rows[7, t] for t in tiers] == [(0, 0), (2, 3000), (1, 3000), (2, 4000), (5, 10000)]
    assert [rows[1, t][0] for t in tiers] == [0, 1, 2, 2, 5]
    assert [rows[30, t][0] for t in tiers] == [0, 3, 0, 2, 5]
    before = [row for row in shop.build("attribution") if str(row["period_start"]) == "2025-12-01"]
    assert {(row["orders"], row["excluded"], row["share"]) for row in before} == {(0, 1, None)}


def test_orders_newer_than_the_chats_data_are_pending(marts: Marts) -> None:
    chat(marts, "c", "2026-03-01 10:00")
    order(marts)
    marts.cut_off("2026-03-20 00:00", rasa="2026-03-09", shopify="2026-03-20")
    (row,) = marts.build("order_attribution")
    assert row["state"] == "pending"


def test_revenue_is_per_order_not_per_line(shop: Marts) -> None:
    # Two lines of one order: joined to its lines its 30 would be 60.
    order(shop, "o", net_amount=30)
    shop.add("fct_order_lines", {"order_key": "o"}, {"order_key": "o"})
    shop.build("order_attribution")
    naive = shop.con.execute(
        "select sum(net_amount) from marts.fct_orders join marts.fct_order_lines using (order_key)"
    ).fetchall()[0][0]
    (row,) = [
        r
        for r in shop.build("attribution")
        if r["grain"] == "day" and r["tier"] == "all" and r["is_main_window"]
    ]
    assert (naive, row["revenue_cents"]) == (60, 3000)


def purchase(marts: Marts, transaction: str, at: str, **columns: Any) -> None:
    row = {"web_event_key": f"e-{transaction}-{at}", "event_name": "purchase", "transaction_id": transaction}
    marts.add("fct_web_events", {**row, "occurred_at": at, **columns})


def test_transactions_by_rule(shop: Marts) -> None:
    order(shop, "o1", order_name="#1001", order_id="77", checkout_token="tok", total=20)
    order(shop, "o2", "2026-03-11 12:00", order_name="#1002", order_id="78", total=35)
    order(shop, "o3", "2026-03-11 12:03", order_name="#1003", order_id="79", total=35)
    money = {"currency": "EUR"}
    purchase(shop, "1001", "2026-03-10 12:00:20", revenue=20, **money)
    purchase(shop, "1001", "2026-03-10 12:09:00", revenue=20, **money)
    purchase(shop, "78", "2026-03-11 12:01", revenue=35, **money)
    # The number of another shop, long ago; and one that came after the orders end.
    purchase(shop, "1003", "2026-03-20 12:01", revenue=99, **money)
    purchase(shop, "1009", "2026-05-01 12:01", revenue=99, **money)
    rows = {row["rule"]: row for row in shop.build("transaction_matches")}
    counts = {rule: (row["transactions"], row["matched"], row["unmatched"]) for rule, row in rows.items()}
    assert counts == {
        "name": (3, 1, 2),
        "id": (3, 1, 2),
        "token": (3, 0, 3),
        "person, amount and day": (3, 0, 3),
        # Two orders of 35 within minutes of the purchase: it may be either.
        "amount and minutes": (3, 1, 2),
        "any": (3, 2, 1),
    }
    assert [rule for rule, row in rows.items() if row["is_used"]] == ["name"]
    assert rows["any"]["pending"] == 1


def visit(
    marts: Marts, key: str, at: str, *, cart: str | None = None, chat_at: str | None = None, **columns: Any
) -> None:
    marts.add(
        "fct_web_sessions",
        {
            "web_session_key": key,
            "client_id": key,
            "started_at": at,
            "ended_at": at,
            "device": "mobile",
            **columns,
        },
    )
    if cart:
        marts.add(
            "fct_web_events",
            {"web_event_key": key, "web_session_key": key, "event_name": "add_to_cart", "occurred_at": cart},
        )
    if chat_at:
        chat(marts, f"chat-{key}", chat_at, None, web_session_key=key)


def conversion(marts: Marts, has_chat: bool, dimension: str = "all") -> dict[str, Any]:
    (row,) = [
        row
        for row in marts.build("web_conversion")
        if (row["grain"], row["dimension"], row["has_chat"]) == ("month", dimension, has_chat)
        and str(row["period_start"]) == "2026-03-01"
    ]
    return row


def test_sessions_with_chat_and_without(shop: Marts) -> None:
    # With a chat: one orders after it, one had ordered before it, one leaves the cart.
    day = "2026-03-10 "
    visit(shop, "after", day + "10:00", cart=day + "10:05", chat_at=day + "10:10")
    order(shop, "o1", day + "10:20", None, web_session_key="after", net_amount=30)
    visit(shop, "before", day + "10:00", cart=day + "10:05", chat_at=day + "10:30")
    order(shop, "o2", day + "10:20", None, web_session_key="before")
    visit(shop, "left", day + "10:00", cart=day + "10:05", chat_at=day + "10:30")
    # Without: a cart ordered the next day by the same customer, one ordered 25 hours later, one bare visit.
    visit(shop, "next day", day + "10:00", cart=day + "10:05", customer_key="n")
    order(shop, "o3", "2026-03-11 10:05", "n")
    visit(shop, "too late", day + "10:00", cart=day + "10:05", customer_key="l")
    order(shop, "o4", "2026-03-11 11:05", "l")
    visit(shop, "bare", day + "10:00")
    with_chat, without = conversion(shop, True), conversion(shop, False, "device")
    names = ("sessions", "converted", "cart_sessions", "abandoned", "cart_excluded", "revenue_cents")
    assert tuple(with_chat[name] for name in names) == (3, 1, 2, 1, 1, 3000)
    assert with_chat["revenue_per_session"] == 10
    # The order of the next day came 24 hours and 5 minutes after the start: no conversion, no abandoned cart.
    assert tuple(without[name] for name in names) == (3, 0, 2, 1, 0, 0)
    assert with_chat["conversion_low"] < 1 / 3 < with_chat["conversion_high"]


def test_young_sessions_are_pending_with_their_orders(marts: Marts) -> None:
    chat(marts, "first", "2026-03-01 10:00", "nobody")
    visit(marts, "old", "2026-03-05 10:00")
    visit(marts, "new", "2026-03-09 18:00")
    order(marts, "o", "2026-03-09 18:10", None, web_session_key="new")
    marts.cut_off("2026-03-10 12:00")
    row = conversion(marts, has_chat=False)
    # The young success alone would make it 50 %.
    assert (row["sessions"], row["converted"], row["conversion"], row["pending"]) == (1, 0, 0.0, 1)
    assert not row["is_complete"]


def test_one_order_is_one_sessions(shop: Marts) -> None:
    visit(shop, "w1", "2026-03-10 08:00", customer_key="a")
    visit(shop, "w2", "2026-03-10 09:00", customer_key="a")
    order(shop)
    row = conversion(shop, has_chat=False)
    assert (row["sessions"], row["converted"], row["orders"]) == (2, 1, 1)
