"""Funnels on marts made by hand; the counts in the comments are worked out on paper."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from handmade_marts import Marts

FUNNEL = """
[funnels.buy]
unit = "{unit}"
window = "24h"
steps = [
  {{ name = "look", any = [{{ intent = "product_*" }}, {{ ga4 = "view_item" }}] }},
  {{ name = "cart", ga4 = "add_to_cart" }},
  {{ name = "order", order = true }},
]
"""
EDGES = {"intent": "product_info"}


@pytest.fixture
def shop(marts: Marts, tmp_path: Path) -> Marts:
    marts.set(FUNNEL.format(unit="customer"), tmp_path)
    return marts


def chat(key: str, at: str, person: str | None = "p", **columns: Any) -> dict[str, Any]:
    return {
        "conversation_key": key,
        "started_at": at,
        "ended_at": at,
        "person_key": person,
        "customer_key": person,
        **columns,
    }


def asks(marts: Marts, key: str, at: str, person: str | None = "p", **columns: Any) -> None:
    marts.add("fct_conversations", chat(key, at, person, **columns))
    marts.add("fct_messages", {"message_key": f"m-{key}", "conversation_key": key, "sent_at": at, **EDGES})


def visit(marts: Marts, key: str, person: str | None, *events: tuple[str, str], **columns: Any) -> None:
    marts.add(
        "fct_web_sessions",
        {"web_session_key": key, "customer_key": person, "started_at": events[0][1], **columns},
    )
    for number, (name, at) in enumerate(events):
        marts.add(
            "fct_web_events",
            {
                "web_event_key": f"{key}-{number}",
                "web_session_key": key,
                "event_name": name,
                "occurred_at": at,
            },
        )


def order(marts: Marts, key: str, at: str, person: str | None = "p", **columns: Any) -> None:
    marts.add("fct_orders", {"order_key": key, "ordered_at": at, "customer_key": person, **columns})


def steps(marts: Marts, dimension: str = "all", value: str = "all", grain: str = "month") -> dict[str, dict]:
    marts.build("funnel_entries")
    return {
        row["step_name"]: row
        for row in marts.build("funnel_steps")
        if (row["funnel"], row["dimension"], row["dimension_value"]) == ("buy", dimension, value)
        if row["grain"] == grain
    }


def counts(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("entered", "converted", "dropped", "open"))


def test_steps_are_counted_in_the_period_of_entry_with_times_between(shop: Marts) -> None:
    # a asks in chat, fills the cart ten minutes later, orders an hour after that. b looks and leaves.
    asks(shop, "a", "2026-03-02 10:00", "a")
    visit(shop, "wa", "a", ("add_to_cart", "2026-03-02 10:10"))
    order(shop, "oa", "2026-03-02 11:10", "a")
    visit(shop, "wb", "b", ("view_item", "2026-03-02 22:50"), source="news", medium="email")
    shop.cut_off("2026-03-20 00:00")
    found = steps(shop)
    assert counts(found["look"]) == (2, 1, 1, 0)
    assert counts(found["cart"]) == (1, 1, 0, 0)
    assert counts(found["order"]) == (1, 1, 0, 0)
    assert [found[s]["median_seconds"] for s in ("look", "cart", "order")] == [None, 600.0, 3600.0]
    assert [found[s]["total_rate"] for s in ("look", "cart", "order")] == [1.0, 0.5, 0.5]
    assert found["look"]["period_start"] == date(2026, 3, 1)
    assert counts(steps(shop, "acquisition", "news / email")["look"]) == (1, 0, 1, 0)
    assert counts(steps(shop, "platform", "rasa")["cart"]) == (1, 1, 0, 0)
    # Segments are those of the chat in which the entry began; a visit without one has none.
    assert counts(steps(shop, "technology.channel", "web")["cart"]) == (1, 1, 0, 0)
    assert counts(steps(shop, "technology.channel", "unknown")["look"]) == (1, 0, 1, 0)


def test_young_entries_leave_the_rates_with_their_successes(shop: Marts) -> None:
    # Nine drop long ago; one converts in the night of the cut-off. Counting the quick success alone makes it 10 %,
    # calling the two youngest dropped 1 of 11.
    for n in range(9):
        asks(shop, f"old{n}", "2026-03-02 10:00", f"p{n}")
    asks(shop, "new", "2026-03-19 20:00", "n")
    visit(shop, "wn", "n", ("add_to_cart", "2026-03-19 20:10"))
    order(shop, "on", "2026-03-19 20:20", "n")
    asks(shop, "late", "2026-03-19 21:00", "l")
    shop.cut_off("2026-03-20 10:00")
    found = steps(shop)
    assert counts(found["look"]) == (9, 0, 9, 2)
    assert found["order"]["total_rate"] == 0
    assert found["order"]["open"] == 1
    assert not found["look"]["is_complete"]


def test_the_cut_off_is_that_of_the_source_that_ends_first(shop: Marts) -> None:
    asks(shop, "a", "2026-03-10 10:00", "a")
    visit(shop, "w", "b", ("view_item", "2026-03-01 10:00"))
    order(shop, "o", "2026-03-05 10:00", "b")
    shop.cut_off("2026-03-20 00:00", rasa="2026-03-20", ga4="2026-03-20", shopify="2026-03-10 12:00")
    assert counts(steps(shop)["look"]) == (1, 0, 1, 1)


def test_a_funnel_has_a_window_and_is_not_cut_by_the_date(shop: Marts) -> None:
    # a: seen at 23:00, ordered after midnight: by date nobody converts. b: ordered a month later: without window both.
    visit(shop, "wa", "a", ("view_item", "2026-03-02 22:00"), ("add_to_cart", "2026-03-02 23:30"))
    order(shop, "oa", "2026-03-03 00:30", "a")
    visit(shop, "wb", "b", ("view_item", "2026-03-02 10:00"), ("add_to_cart", "2026-03-02 10:05"))
    order(shop, "ob", "2026-04-02 10:00", "b")
    shop.cut_off("2026-05-20 00:00")
    assert counts(steps(shop)["look"]) == (2, 2, 0, 0)
    assert counts(steps(shop)["cart"]) == (2, 1, 1, 0)


def test_who_is_left_out_is_counted(shop: Marts) -> None:
    asks(shop, "known", "2026-03-02 10:00", "a")
    asks(shop, "stranger", "2026-03-02 10:00", None)
    asks(shop, "tester", "2026-03-02 10:00", "t", is_test=True)
    order(shop, "o", "2026-03-01 10:00", "z")
    visit(shop, "w", None, ("view_item", "2026-03-02 10:00"), ("view_item", "2026-03-02 10:01"))
    # Without a session the event's own account is known.
    shop.add("fct_web_events", {"web_event_key": "e", "event_name": "view_item", "occurred_at": "2026-03-02"})
    shop.cut_off("2026-03-20 00:00")
    found = steps(shop)["look"]
    assert counts(found) == (1, 0, 1, 0)
    assert (found["excluded_test"], found["excluded_unidentified"]) == (1, 3)
    assert steps(shop, "platform", "ga4")["look"]["excluded_unidentified"] == 2


def test_test_traffic_can_be_brought_back(marts: Marts, tmp_path: Path) -> None:
    marts.set("[exclude]\ninclude_test_traffic = true\n" + FUNNEL.format(unit="customer"), tmp_path)
    asks(marts, "tester", "2026-03-02 10:00", "t", is_test=True)
    order(marts, "o", "2026-03-01 10:00", "z")
    marts.cut_off("2026-03-20 00:00")
    assert counts(steps(marts)["look"]) == (1, 0, 1, 0)


def test_a_step_that_no_source_shows_is_left_out(shop: Marts) -> None:
    # No web data: nobody could be seen at the cart. Strict steps would call every buyer dropped.
    asks(shop, "a", "2026-03-02 10:00", "a")
    order(shop, "o", "2026-03-02 11:00", "a")
    shop.cut_off("2026-03-20 00:00")
    found = steps(shop)
    assert counts(found["look"]) == (1, 1, 0, 0)
    assert counts(found["cart"]) == (None, None, None, None)
    assert not found["cart"]["is_seen"]
    assert counts(found["order"]) == (1, 1, 0, 0)


def test_a_funnel_whose_last_step_no_source_shows_has_no_rows(shop: Marts) -> None:
    asks(shop, "a", "2026-03-02 10:00", "a")
    shop.cut_off("2026-03-20 00:00")
    assert steps(shop) == {}


def test_one_order_is_the_success_of_one_conversation(marts: Marts, tmp_path: Path) -> None:
    # Three chats, one order: it belongs to the latest before it that began the funnel, not to the one about returns.
    marts.set(
        FUNNEL.format(unit="conversation").replace('name = "cart",', 'name = "cart", optional = true,'),
        tmp_path,
    )
    asks(marts, "a1", "2026-03-02 10:00", "a")
    asks(marts, "a2", "2026-03-02 11:00", "a")
    marts.add("fct_conversations", chat("a3", "2026-03-02 11:30", "a"))
    order(marts, "o", "2026-03-02 12:00", "a")
    asks(marts, "a4", "2026-03-02 13:00", "a")
    marts.cut_off("2026-03-20 00:00")
    assert counts(steps(marts)["look"]) == (3, 1, 2, 0)
    entries = {
        row["unit_key"]: row["state"] for row in marts.build("funnel_entries") if row["funnel"] == "buy"
    }
    assert entries == {"a1": "dropped", "a2": "converted", "a4": "dropped"}


def test_web_events_belong_to_the_conversation_that_the_session_holds_by_then(
    marts: Marts, tmp_path: Path
) -> None:
    marts.set(FUNNEL.format(unit="conversation"), tmp_path)
    asks(marts, "c", "2026-03-02 10:05", "a", web_session_key="w")
    visit(marts, "w", "a", ("add_to_cart", "2026-03-02 10:00"), ("add_to_cart", "2026-03-02 10:20"))
    order(marts, "o", "2026-03-02 12:00", None, web_session_key="w")
    marts.cut_off("2026-03-20 00:00")
    found = {row["step_name"]: row for row in marts.build("funnel_entries") if row["funnel"] == "buy"}
    assert found["cart"]["reached_at"] == datetime(2026, 3, 2, 10, 20)
    assert found["order"]["state"] == "converted"


def test_an_order_in_the_second_of_the_chat_comes_after_it(marts: Marts, tmp_path: Path) -> None:
    marts.set(
        FUNNEL.format(unit="customer").replace('name = "cart",', 'name = "cart", optional = true,'), tmp_path
    )
    asks(marts, "c", "2026-03-02 10:00:00.700", "a")
    order(marts, "o", "2026-03-02 10:00:00", "a")
    marts.cut_off("2026-03-20 00:00")
    assert counts(steps(marts)["order"]) == (1, 1, 0, 0)


def test_pages_by_path_and_slots_of_no(marts: Marts, tmp_path: Path) -> None:
    marts.set(
        """
[funnels.buy]
unit = "conversation"
steps = [{ name = "agreed", slot = "wants" }, { name = "paid", page = "/thank-you*" }]
""",
        tmp_path,
    )
    for key, value in (("yes", "true"), ("no", "False")):
        marts.add("fct_conversations", chat(key, "2026-03-02 10:00", key, web_session_key=f"w{key}"))
        marts.add(
            "fct_conversation_events",
            {"event_key": key, "conversation_key": key, "occurred_at": "2026-03-02 10:01"},
            kind="slot",
            name="wants",
            value=value,
        )
    visit(marts, "wyes", None, ("page_view", "2026-03-02 10:30"), ("scroll", "2026-03-02 10:31"))
    marts.con.execute("update marts.fct_web_events set page_location = 'https://shop.test/thank-you?x=1'")
    marts.cut_off("2026-03-20 00:00")
    assert counts(steps(marts)["agreed"]) == (1, 1, 0, 0)


def test_a_persons_entries_are_one_voice_in_the_interval(shop: Marts) -> None:
    # 20 entries of two persons, one always converts: as independent units the interval would be far narrower.
    for day in range(1, 11):
        for person in ("a", "b"):
            asks(shop, f"{person}{day}", f"2026-03-{day * 2:02} 10:00", person)
        visit(shop, f"w{day}", "a", ("add_to_cart", f"2026-03-{day * 2:02} 10:10"))
    order(shop, "o", "2026-01-01", "z")
    shop.cut_off("2026-04-20 00:00")
    row = steps(shop)["look"]
    assert row["step_rate"] == 0.5
    # Two persons: deff 10, so Wilson's on 2 units.
    assert row["step_interval_low"] == pytest.approx(0.0945, abs=1e-4)
    total = steps(shop)["cart"]
    assert (total["total_interval_low"], total["total_interval_high"]) == pytest.approx(
        (0.0945, 0.9055), abs=1e-4
    )


def test_dropoffs_point_to_what_was_said_and_done(shop: Marts) -> None:
    asks(shop, "c", "2026-03-02 10:00", "a")
    said = [("m1", "user", "10:01", "deny", -0.4), ("m2", "bot", "10:02", None, None)]
    for key, author, at, intent, score in said:
        shop.add(
            "fct_messages",
            {"message_key": key, "author": author, "sent_at": f"2026-03-02 {at}", "intent": intent},
            conversation_key="c",
            text="my name is secret",
            sentiment_platform=score,
        )
    shop.add(
        "customer_timeline",
        {
            "customer_key": "a",
            "occurred_at": "2026-03-02 11:00",
            "touchpoint": "order",
            "record_key": "early",
        },
        {
            "customer_key": "a",
            "occurred_at": "2026-03-03 10:00:30",
            "touchpoint": "ticket",
            "record_key": "t",
        },
    )
    visit(shop, "w", "b", ("view_item", "2026-03-02 10:00"))
    order(shop, "o", "2026-01-01", "z")
    shop.cut_off("2026-03-20 00:00")
    shop.build("funnel_entries")
    rows = {row["unit_key"]: row for row in shop.build("funnel_dropoffs") if row["funnel"] == "buy"}
    assert set(rows) == {"a", "b"}
    found = rows["a"]
    assert (found["last_step_name"], found["missed_step_name"]) == ("look", "cart")
    assert (found["last_user_message_key"], found["last_intent"], found["last_sentiment"]) == (
        "m1",
        "deny",
        -0.4,
    )
    assert (found["last_answer_key"], found["next_user_message_key"], found["next_intent"]) == (
        "m2",
        "m1",
        "deny",
    )
    assert (found["next_touchpoint"], found["next_touchpoint_key"]) == ("ticket", "t")
    assert found["seconds_to_next_touchpoint"] == 30
    assert "secret" not in str(rows)
