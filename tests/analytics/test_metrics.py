"""Metrics on marts made by hand; the numbers in the comments are worked out on paper."""

from __future__ import annotations

from datetime import date
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from handmade_marts import Marts

Z = 1.959963984540054


def wilson(p: float, n: float) -> tuple[float, float]:
    middle, half = p + Z * Z / (2 * n), Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return (middle - half) / (1 + Z * Z / n), (middle + half) / (1 + Z * Z / n)


def chat(key: str, day: str = "2026-03-02", **columns: Any) -> dict[str, Any]:
    at = f"{day} 10:00" if len(day) == 10 else day
    return {"conversation_key": key, "started_at": at, "ended_at": at, **columns}


def row(
    rows: list[dict[str, Any]], metric: str, day: str = "2026-03-02", grain: str = "day", **where: str
) -> dict[str, Any]:
    ((dimension, value),) = (where or {"all": "all"}).items()
    (found,) = [
        row
        for row in rows
        if row["metric"] == metric
        and row["period_start"] == date.fromisoformat(day)
        and row["grain"] == grain
        if (row["dimension"], row["dimension_value"]) == (dimension, value)
    ]
    return found


def part(found: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(found[name] for name in names)


def test_volume_by_engagement_with_test_traffic_apart(marts: Marts) -> None:
    marts.add(
        "fct_conversations",
        chat("a"),
        chat("b", engagement="bounced", is_chat_engaged=False),
        chat("c", engagement="outbound", is_chat_engaged=False),
        chat("d", is_test=True),
    )
    marts.cut_off("2026-03-04 12:00")
    rows = marts.build("metrics")
    counts = ("numerator", "denominator", "excluded", "excluded_test", "value")
    assert part(row(rows, "conversation_volume"), *counts) == (3, None, 1, 1, 3.0)
    assert part(row(rows, "conversations_engaged"), *counts) == (1, None, 1, 1, 1.0)
    assert part(row(rows, "conversations_bounced"), *counts) == (1, None, 0, 0, 1.0)
    assert part(row(rows, "conversations_outbound"), *counts) == (1, None, 0, 0, 1.0)


def test_test_traffic_is_shown_when_nothing_else_is_left_and_can_be_brought_back(
    marts: Marts, tmp_path: Path
) -> None:
    marts.add("fct_conversations", chat("a", is_test=True))
    marts.cut_off("2026-03-02 12:00")
    found = row(marts.build("metrics"), "conversation_volume")
    assert part(found, "numerator", "excluded_test") == (0, 1)
    marts.set("[exclude]\ninclude_test_traffic = true\n", tmp_path)
    found = row(marts.build("metrics"), "conversation_volume")
    assert part(found, "numerator", "excluded_test") == (1, 0)


def test_a_covered_day_without_events_is_zero_and_one_not_covered_has_no_row(marts: Marts) -> None:
    marts.add("fct_conversations", chat("a", "2026-03-02"), chat("b", "2026-03-03", platform="bot"))
    marts.cut_off("2026-03-05 12:00", rasa="2026-03-04 09:00", bot="2026-03-05 12:00")
    rows = marts.build("metrics")
    volume = {
        (r["dimension_value"], r["period_start"].day): r["value"]
        for r in rows
        if r["metric"] == "conversation_volume"
        and r["grain"] == "day"
        and r["dimension"] in ("all", "platform")
    }
    assert volume == {
        **{("rasa", 2): 1, ("rasa", 3): 0, ("rasa", 4): 0},
        **{("bot", 3): 1, ("bot", 4): 0, ("bot", 5): 0},
        **{("all", 2): 1, ("all", 3): 1, ("all", 4): 0, ("all", 5): 0},
    }
    # A rate over nothing is no rate.
    found = row(rows, "resolution_rate", "2026-03-03", platform="rasa")
    assert part(found, "numerator", "denominator", "value") == (0, 0, None)


def test_all_rows_are_computed_from_facts_and_exclusive_dimensions_add_up(marts: Marts) -> None:
    marts.add(
        "fct_conversations",
        *(chat(f"a{n}", channel="web", instance="de") for n in range(3)),
        *(chat(f"b{n}", channel="app", instance="fr") for n in range(2)),
        chat("c", channel=None, platform="bot"),
    )
    marts.cut_off("2026-03-02 12:00")
    rows = marts.build("metrics")

    def volume(**where: str) -> float:
        return row(rows, "conversation_volume", **where)["value"]

    assert volume() == 6 == volume(platform="rasa") + volume(platform="bot")
    assert volume() == volume(channel="web") + volume(channel="app") + volume(channel="unknown")
    assert volume(platform="rasa") == volume(instance="rasa/de") + volume(instance="rasa/fr")
    keys = [
        tuple(r[k] for k in ("metric", "grain", "period_start", "dimension", "dimension_value")) for r in rows
    ]
    assert len(set(keys)) == len(keys)


def test_csat_is_pending_for_seven_days_successes_too_and_null_under_ten(marts: Marts) -> None:
    rated = {"rating": "5", "rating_scale": "1-5", "is_satisfied": True}
    poor = {"rating": "2", "rating_scale": "1-5", "is_satisfied": False}
    marts.add("fct_conversations", *(chat(f"a{n}", **(rated if n < 9 else poor)) for n in range(12)))
    marts.add("fct_conversations", *(chat(f"b{n}", "2026-03-03", **rated) for n in range(9)))
    marts.add("fct_conversations", chat("nps", "2026-03-02", rating="9", rating_scale="0-10"))
    marts.add("fct_conversations", *(chat(f"c{n}", "2026-03-09", **rated) for n in range(20)))
    marts.cut_off("2026-03-12 12:00")
    rows = marts.build("metrics")
    old = row(rows, "csat")
    assert part(old, "numerator", "denominator", "excluded", "pending") == (9, 12, 1, 0)
    assert old["value"] == pytest.approx(0.75)
    # Every conversation is its own person: deff is 1.
    assert part(old, "interval_low", "interval_high") == pytest.approx(wilson(0.75, 12))
    few = row(rows, "csat:1-5", "2026-03-03")
    assert part(few, "numerator", "denominator", "value", "interval_low") == (9, 9, None, None)
    young = row(rows, "csat", "2026-03-09")
    assert part(young, "numerator", "denominator", "pending", "value") == (0, 0, 20, None)


def test_what_ga4_tells_of_waits_for_its_data(marts: Marts) -> None:
    marts.add("fct_web_sessions", {"web_session_key": "s", "started_at": "2026-03-01 10:00"})
    rated = {"rating": "yes", "rating_scale": "thumb", "is_satisfied": True, "text_turn_count": 3}
    marts.add("fct_conversations", chat("a", "2026-03-03", **rated))
    marts.cut_off("2026-03-20", rasa="2026-03-20", ga4="2026-03-03 09:00")

    def pending() -> tuple[int, int]:
        rows = marts.build("metrics")
        return tuple(row(rows, metric, "2026-03-03")["pending"] for metric in ("csat", "fallback_turn_rate"))

    assert pending() == (0, 0)
    marts.add("fct_conversation_events", {"event_type": "feedback"}, signal_source="ga4")
    assert pending() == (1, 0)
    marts.add("fct_conversation_events", {"event_type": "fallback"}, signal_source="ga4")
    assert pending() == (1, 3)


def test_fallback_turns_are_clustered_by_person(marts: Marts) -> None:
    marts.add(
        "fct_conversations",
        chat("a", person_key="p", text_turn_count=4, fallback_turn_count=4),
        chat("b", person_key="p", text_turn_count=2, fallback_turn_count=2),
        chat("c", person_key="q", text_turn_count=6, fallback_turn_count=0),
        chat("d", person_key="r", text_turn_count=8, fallback_turn_count=4),
        chat("e", person_key="r", text_turn_count=8, fallback_turn_count=4, is_closed=False),
    )
    marts.cut_off("2026-03-05")
    found = row(marts.build("metrics"), "fallback_turn_rate")
    assert part(found, "numerator", "denominator", "pending") == (10, 20, 8)
    # Residuals x - r m by person, r = 1/2: 6-3, 0-3, 4-4: variance (9 + 9) / 400; binomial (1/4) / 20; deff = 3.6.
    assert part(found, "value", "interval_low", "interval_high") == pytest.approx(
        (0.5, *wilson(0.5, 20 / 3.6))
    )


def test_interval_of_nothing_but_successes_counts_persons_and_holds_the_value(marts: Marts) -> None:
    turns = {"text_turn_count": 5, "fallback_turn_count": 5}
    marts.add("fct_conversations", chat("a", person_key="p", **turns), chat("b", person_key="p", **turns))
    marts.add("fct_conversations", chat("c", person_key="q", **turns))
    marts.cut_off("2026-03-05")
    found = row(marts.build("metrics"), "fallback_turn_rate")
    assert found["interval_high"] == 1.0 == found["value"]
    assert found["interval_low"] == pytest.approx(wilson(1, 2)[0])


GOALS = """
[goals.tracking]
entered = [{ intent = "track" }]
completed = [{ action = "show" }]
window = "24h"
[goals.order]
entered = [{ intent = "buy" }]
completed = [{ order = true }]
window = "7d"
[goals."it's"]
completed = [{ action = "signed_up" }]
window = "24h"
"""


def test_goals_wait_for_their_window_and_for_the_orders(marts: Marts, tmp_path: Path) -> None:
    marts.set(GOALS, tmp_path)
    marts.add("fct_orders", {"order_key": "o", "ordered_at": "2026-03-01 10:00"})
    marts.add("fct_conversations", *(chat(key, person_key=key) for key in "abc"), chat("anonymous"))
    window = {"entered_at": "2026-03-02 10:00", "matures_at": "2026-03-03 10:00"}
    bought = {"goal": "order", "entered_at": "2026-03-02 10:00", "matures_at": "2026-03-09 10:00"}
    marts.add(
        "fct_conversation_goals",
        {"conversation_key": "a", "goal": "tracking", "completed_at": "2026-03-02 10:01", **window},
        {"conversation_key": "b", "goal": "tracking", **window},
        {"conversation_key": "a", "completed_at": "2026-03-03 10:00", **bought},
        {"conversation_key": "c", **bought},
        {"conversation_key": "anonymous", **bought},
        {"conversation_key": "c", "goal": "it's", "completed_at": "2026-03-02 10:02", **window},
    )
    # The chat reaches far enough for the week, the shop's orders don't.
    marts.cut_off("2026-03-20", rasa="2026-03-20", shopify="2026-03-08")
    counts = ("numerator", "denominator", "pending", "excluded")
    rows = marts.build("metrics")
    assert part(row(rows, "goal_completion_rate:tracking"), *counts) == (1, 2, 0, 0)
    assert part(row(rows, "goal_completion_rate:order"), *counts) == (0, 0, 2, 1)
    signup = row(rows, "goal_completion_rate:it's")
    assert part(signup, *counts, "unit") == (1, 4, 0, 0, "engaged conversations")
    marts.con.execute("update marts.publication set cutoff_at = '2026-03-20' where source = 'shopify'")
    assert part(row(marts.build("metrics"), "goal_completion_rate:order"), *counts) == (1, 2, 0, 1)


def test_a_goal_that_only_ga4_tells_of_is_measured_over_engaged_conversations_in_reach(marts: Marts) -> None:
    marts.add("fct_web_sessions", {"web_session_key": "s", "started_at": "2026-03-01 10:00"})
    marts.add(
        "fct_conversations", chat("a", web_session_key="s"), chat("b", person_key="p"), chat("out of reach")
    )
    marts.add(
        "fct_conversation_goals",
        {
            "conversation_key": "a",
            "goal": "chatbot_goal",
            "completed_at": "2026-03-02 10:00",
            "matures_at": "2026-03-03",
        },
    )
    marts.cut_off("2026-03-20", ga4="2026-03-10")
    found = row(marts.build("metrics"), "goal_completion_rate:chatbot_goal")
    assert part(found, "numerator", "denominator", "excluded", "unit") == (1, 2, 1, "engaged conversations")
    marts.con.execute("update marts.publication set cutoff_at = '2026-03-02 12:00' where source = 'ga4'")
    found = row(marts.build("metrics"), "goal_completion_rate:chatbot_goal")
    assert part(found, "denominator", "pending", "excluded") == (0, 2, 1)


def test_a_retired_source_holds_nothing_back(marts: Marts, tmp_path: Path) -> None:
    rated = {"rating": "5", "rating_scale": "1-5", "is_satisfied": True}
    marts.add("fct_conversations", chat("a", **rated))
    marts.cut_off("2026-03-20", rasa="2026-03-02 11:00")
    assert row(marts.build("metrics"), "csat")["pending"] == 1
    marts.set("[sources.rasa]\nretired_on = 2026-03-02\n", tmp_path)
    rows = marts.build("metrics")
    assert part(row(rows, "csat"), "denominator", "pending") == (1, 0)
    assert {r["period_start"] for r in rows if r["grain"] == "day"} == {date(2026, 3, 2)}


def test_chat_start_rate_counts_sessions_linked_to_an_engaged_conversation(marts: Marts) -> None:
    marts.add(
        "fct_conversations",
        chat("a", web_session_key="s1"),
        chat("b", web_session_key="s2", is_chat_engaged=False, engagement="bounced"),
        chat("early", "2026-03-01"),
    )
    session = {"started_at": "2026-03-02 09:00", "ended_at": "2026-03-02 10:00"}
    marts.add(
        "fct_web_sessions",
        *({"web_session_key": f"s{n}", "client_id": f"c{n}", **session} for n in range(1, 5)),
        {"web_session_key": "t", "is_test": True, **session},
        {"web_session_key": "y", "started_at": "2026-03-02 21:00", "ended_at": "2026-03-02 21:50"},
        # Before there was a chat nobody could start one.
        {"web_session_key": "o", "started_at": "2026-02-20 21:00", "ended_at": "2026-02-20 21:50"},
    )
    marts.cut_off("2026-03-02 22:00")
    rows = marts.build("metrics")
    found = row(rows, "chat_start_rate", instance="ga4/default")
    assert part(found, "numerator", "denominator", "excluded", "pending", "value") == (1, 4, 1, 1, 0.25)
    assert min(
        r["period_start"] for r in rows if r["grain"] == "day" and r["metric"] == "chat_start_rate"
    ) == date(2026, 3, 1)


def test_a_chat_at_midnight_counts_on_the_shops_day_it_started(marts: Marts) -> None:
    # 23:30 UTC is 00:30 of the next day in Berlin.
    marts.add("fct_conversations", {**chat("a", "2026-03-02 23:30"), "ended_at": "2026-03-03 00:10"})
    marts.cut_off("2026-03-03 10:00")
    rows = marts.build("metrics")
    assert {r["period_start"] for r in rows if r["grain"] == "day"} == {date(2026, 3, 3)}


def test_no_facts_no_rows(marts: Marts) -> None:
    marts.cut_off("2026-03-03 10:00")
    assert marts.build("metrics") == []
