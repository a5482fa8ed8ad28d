"""Our counts against vendors' figures."""

from __future__ import annotations

from typing import Any

import pytest
from handmade_marts import Marts


@pytest.fixture
def shop(marts: Marts) -> Marts:
    """Two visitors on 1 and 3 October; one of them under test, whom GA4's screen counts too."""
    for key, client, test in (("s1", "a", False), ("s2", "a", False), ("s3", "b", True)):
        marts.add("fct_web_sessions", {"web_session_key": key, "client_id": client, "is_test": test})
    for n, (session, day, name, transaction) in enumerate(
        [
            ("s1", "2026-10-01", "page_view", None),
            ("s1", "2026-10-01", "purchase", "T1"),
            ("s1", "2026-10-01", "purchase", "T1"),
            ("s2", "2026-10-03", "page_view", None),
            ("s3", "2026-10-03", "first_visit", None),
        ]
    ):
        marts.add(
            "fct_web_events",
            {
                "web_event_key": str(n),
                "web_session_key": session,
                "reporting_date": day,
                "event_name": name,
                "transaction_id": transaction,
            },
        )
    return marts


def figure(marts: Marts, metric: str | None, value: float, **more: Any) -> dict[str, Any]:
    given = {"from_date": "2026-10-01", "to_date": "2026-10-03", "vendor_metric": "theirs", **more}
    marts.add("vendor_figures", {"figure_key": "f", "metric": metric, "value": value, **given})
    (row,) = marts.build("reconciliation")
    return row


@pytest.mark.parametrize(
    ("metric", "ours"),
    [("sessions", 3), ("users", 2), ("new_users", 1), ("events", 5), ("page_views", 2), ("purchases", 1)],
)
def test_web_figures_are_counted_as_the_vendor_counts(shop: Marts, metric: str, ours: int) -> None:
    row = figure(shop, metric, ours)
    assert (row["our_value"], row["gap"], row["reason"], row["is_compared"]) == (ours, 0, "equal", True)


def test_orders_of_a_shop_are_counted_without_tests(shop: Marts) -> None:
    for n, (day, is_counted, is_test) in enumerate(
        [("2026-10-01", True, False), ("2026-10-02", False, False), ("2026-10-03", True, True)]
    ):
        shop.add(
            "fct_orders",
            {"order_key": str(n), "ordered_date": day, "is_counted": is_counted, "is_test": is_test},
        )
    row = figure(shop, "orders", 2, platform="shopify", to_date="2026-10-02")
    assert (row["our_value"], row["reason"], row["is_compared"]) == (2, "equal", True)


def test_days_and_parts_limit_what_is_counted(shop: Marts) -> None:
    row = figure(shop, "events", 4, dimension="event_name", dimension_value="purchase", to_date="2026-10-02")
    assert (row["our_value"], row["gap"], row["gap_share"]) == (2, -2, -0.5)
    assert "consent" in row["reason"]


def test_days_that_our_data_do_not_span_are_not_compared(shop: Marts) -> None:
    row = figure(shop, "sessions", 3, from_date="2026-09-30")
    assert (row["is_covered"], row["is_compared"]) == (False, False)
    assert row["reason"] == "our data cover 2026-10-01 to 2026-10-03 only"


@pytest.mark.parametrize(
    "told",
    [
        {"metric": None},
        {"metric": "sessions", "dimension": "country", "dimension_value": "DE"},
        {"metric": "purchases", "dimension": "event_name", "dimension_value": "purchase"},
    ],
)
def test_what_we_do_not_count_is_said_so(shop: Marts, told: dict[str, Any]) -> None:
    metric = told.pop("metric")
    row = figure(shop, metric, 1, **told)
    assert (row["our_value"], row["reason"]) == (None, "a figure that we do not count")
    assert row["metric"] == (metric or "theirs")


def test_an_account_without_data_is_said_so(shop: Marts) -> None:
    row = figure(shop, "sessions", 1, instance="de")
    assert (row["our_value"], row["reason"]) == (None, "nothing of this platform and account is loaded")


def test_chat_screens_count_conversations_and_their_parts(marts: Marts) -> None:
    for n, (handoff, rating) in enumerate([("made", "5"), (None, None), ("failed", None)]):
        marts.add(
            "fct_conversations",
            {
                "conversation_key": str(n),
                "platform": "intercom",
                "started_at": f"2026-10-0{n + 1} 10:00",
                "user_message_count": 2,
                "handoff_kind": handoff,
                "rating": rating,
            },
        )
    for metric, value in {"conversations": 3, "user_messages": 6, "escalations": 2, "ratings": 1}.items():
        marts.add(
            "vendor_figures",
            {"figure_key": metric, "platform": "intercom", "metric": metric, "value": value},
            from_date="2026-10-01",
            to_date="2026-10-03",
        )
    assert {row["reason"] for row in marts.build("reconciliation")} == {"equal"}
