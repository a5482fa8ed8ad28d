"""Conversion, abandoned carts and chatbot-influenced retention as metrics, by hand; every metric has a name in settings."""

from __future__ import annotations

import re

from handmade_marts import Marts
from test_metrics import part, row

from chat_pipeline.analytics._units import _selects
from chat_pipeline.settings import plans

DAY = "2026-03-02"


def test_conversion_with_and_without_a_chat(marts: Marts) -> None:
    for key in "abcd":
        marts.add(
            "fct_web_sessions",
            {
                "web_session_key": key,
                "started_at": f"{DAY} 10:00",
                "ended_at": f"{DAY} 10:30",
                "device": "phone",
            },
        )
        marts.add(
            "fct_web_events",
            {"web_session_key": key, "event_name": "add_to_cart", "occurred_at": f"{DAY} 10:05"},
        )
    for key in "ad":
        marts.add(
            "fct_conversations",
            {"conversation_key": f"chat {key}", "web_session_key": key, "started_at": f"{DAY} 10:10", "ended_at": f"{DAY} 10:20"},
        )  # fmt: skip
    # a buys after the chat, b without one, d before it: neither converted by the chat nor an abandoned cart.
    for key, minute in (("a", 15), ("b", 15), ("d", 7)):
        marts.add(
            "fct_orders",
            {"order_key": f"o{key}", "web_session_key": key, "ordered_at": f"{DAY} 10:{minute:02}"},
        )
    marts.cut_off("2026-03-20")
    rows = marts.build("metrics")
    counts = {
        "conversion": (2, 4, 0),
        "conversion_with_chat": (1, 2, 0),
        "conversion_without_chat": (1, 2, 0),
        "cart_abandonment_rate": (1, 3, 1),
        "cart_abandonment_rate_with_chat": (0, 1, 1),
        "cart_abandonment_rate_without_chat": (1, 2, 0),
    }
    for metric, expected in counts.items():
        assert part(row(rows, metric), "numerator", "denominator", "excluded") == expected, metric
    # A session without a conversation has its own device.
    assert row(rows, "conversion", DAY, "week", **{"technology.device": "phone"})["denominator"] == 4
    # The table of its own says the same.
    (own,) = [
        r
        for r in marts.build("web_conversion")
        if (r["grain"], r["dimension"], r["has_chat"]) == ("day", "all", True)
    ]
    assert part(own, "converted", "sessions", "abandoned", "cart_sessions") == (1, 2, 0, 1)


def test_retention_counts_first_buyers_by_their_latest_chat_before(marts: Marts) -> None:
    def buyer(key: str, *bought: str, chats: tuple[str, ...]) -> None:
        for n, day in enumerate(bought):
            marts.add(
                "fct_orders", {"order_key": f"{key}{n}", "customer_key": key, "ordered_at": f"{day} 12:00"}
            )
        for n, day in enumerate(chats):
            at = f"{day} 10:00"
            marts.add(
                "fct_conversations",
                {"conversation_key": f"{key}{n}", "customer_key": key, "person_key": key, "started_at": at, "ended_at": at},
            )  # fmt: skip

    buyer("live", chats=("2026-01-01",))
    buyer("back", "2026-03-02", "2026-05-31", chats=("2026-02-20", "2026-03-02"))
    buyer("late", "2026-03-02", "2026-06-01", chats=("2026-03-02",))
    buyer("old chat", "2026-03-02", chats=("2026-01-30",))
    buyer("after", "2026-03-02", chats=("2026-03-03",))
    buyer("early", "2026-01-20", chats=("2026-01-20",))
    buyer("young", "2026-06-20", chats=("2026-06-20",))
    marts.cut_off("2026-07-10")
    rows = marts.build("metrics")
    found = [
        part(row(rows, "chatbot_influenced_retention", month, "month"), "numerator", "denominator", "excluded", "pending")
        for month in ("2026-01-01", "2026-03-01", "2026-06-01")
    ]  # fmt: skip
    # back on day 90, late on day 91; early bought before chats were 30 days old.
    assert found == [(0, 0, 1, 0), (1, 2, 0, 0), (0, 0, 0, 1)]


def test_settings_name_every_metric_and_no_other(marts: Marts) -> None:
    shapes = {}
    marts.settings = marts.settings.model_copy(
        update={
            "costs": marts.settings.costs.model_copy(
                update={"bot_per_month": 1.0, "agent_minutes_per_chat": 1.0, "agent_per_hour": 1.0}
            )
        }
    )
    marts.add("fct_conversation_goals", {"goal": "g"})
    for select in _selects(marts.con, marts.settings):
        for metric, shape in re.findall(
            r"select\s+'([a-z_]+)(?::[^']*)?'.*? as metric, '(\w+)' as shape", select
        ):
            shapes[metric] = shape
    kinds = (
        (plans.COUNTS, {"count", "persons_any", "persons_all"}),
        (plans.SHARES, {"rate", "persons_rate"}),
        (plans.TIMES, {"seconds"}),
        (plans.AMOUNTS, {"mean", "money"}),
    )
    named = {metric: allowed for metrics, allowed in kinds for metric in metrics}
    # A metric with a colon is that of its name before it.
    assert set(shapes) == set(named) == set(plans.METRICS)
    assert {metric for metric, shape in shapes.items() if shape not in named[metric]} == set()
    # What experiments leave out can be nobody's primary metric.
    left_out = {m for m, shape in shapes.items() if shape in ("persons_any", "persons_all", "money")}
    assert left_out == set(plans.NOT_TESTED)


def test_volume_by_segment_is_counted_and_not_tested(marts: Marts) -> None:
    for n in range(3):
        at = f"2026-03-0{n + 2} 10:00"
        marts.add(
            "fct_conversations",
            {
                "conversation_key": str(n),
                "started_at": at,
                "ended_at": at,
                "device": "phone" if n else "tablet",
            },
        )
    marts.cut_off("2026-03-20")
    found = {
        r["segment"]: part(r, "numerator", "denominator", "value", "difference", "p")
        for r in marts.build("segment_metrics")
        if (r["metric"], r["attribute"]) == ("conversation_volume", "device")
    }
    assert found == {"phone": (2, 0, 2.0, None, None), "tablet": (1, 0, 1.0, None, None)}
    # The same by week in the tall table, where every attribute adds up to all.
    week = [
        r
        for r in marts.build("metrics")
        if (r["metric"], r["grain"]) == ("conversation_volume", "week") and "." in r["dimension"]
    ]
    sums: dict[str, int] = {}
    for r in week:
        sums[r["dimension"]] = sums.get(r["dimension"], 0) + r["numerator"]
    assert sums.keys() >= {"technology.device", "purchase_history.status", "acquisition.source"}
    assert set(sums.values()) == {3}
