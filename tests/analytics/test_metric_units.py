"""Metrics on outcomes, times, persons, tickets and money, by hand; and what the obvious rules make of the same data."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from handmade_marts import Marts
from test_conversation_outcomes import START, chat, event
from test_metrics import part, row, wilson

from chat_pipeline.analytics import build_table, discover
from chat_pipeline.analytics._units import ensure_units

OPEN_QUESTION = "user:request bot:question"


def value(marts: Marts, metric: str, **where: str) -> float | None:
    return row(marts.build("metrics"), metric, **where)["value"]


def naive(marts: Marts, query: str) -> Any:
    return marts.con.execute(query).fetchall()[0][0]


def test_rates_on_outcomes(marts: Marts) -> None:
    chat(marts, "assumed")
    chat(marts, "confirmed", OPEN_QUESTION)
    event(marts, "confirmed", "success")
    chat(marts, "asked", OPEN_QUESTION)
    for key, kind in (("made", "made"), ("wished", "requested")):
        chat(marts, key, handoff_kind=kind, handoff_at=START)
    marts.add(
        "fct_conversation_goals",
        {"conversation_key": "made", "goal": "g", "completed_at": "2026-03-02 10:05"},
    )
    chat(marts, "open", is_closed=False)
    chat(marts, "bounced", engagement="bounced", is_chat_engaged=False)
    chat(marts, "test", is_test=True)
    marts.cut_off("2026-03-20")
    rows = marts.build("metrics")
    counts = {
        # A goal counts for an escalated conversation too.
        "conversation_rate": (2, 5),
        "conversation_rate_bot_only": (1, 4),
        "conversation_rate_assisted": (1, 1),
        "resolution_rate": (2, 5),
        "escalation_rate": (2, 5),
        "containment_rate": (3, 5),
        "abandonment_rate": (1, 5),
        "fallback_rate": (0, 5),
        "automation_rate": (2, 5),
    }
    for metric, expected in counts.items():
        assert part(row(rows, metric), "numerator", "denominator") == expected, metric
    assert part(row(rows, "resolution_rate"), "pending", "excluded", "is_complete") == (1, 1, False)
    assert part(row(rows, "resolution_rate"), "interval_low", "interval_high") == pytest.approx(
        wilson(0.4, 5)
    )


def test_an_escalation_after_midnight_counts_on_the_day_of_its_start(marts: Marts) -> None:
    # Berlin: begun at 23:50 on the 2nd, two hand-overs after midnight; one conversation of the 3rd.
    for key in "ab":
        chat(marts, key, hours=12 + 5 / 6, handoff_kind="made", handoff_at="2026-03-02 23:10")
    chat(marts, "c", hours=14)
    marts.cut_off("2026-03-20")
    by_event = naive(
        marts,
        "select count(*) filter (where handoff_at >= '2026-03-02 23:00') / count(*) filter"
        " (where started_at >= '2026-03-02 23:00') from marts.fct_conversations",
    )
    assert by_event == 2
    rows = marts.build("metrics")
    assert [row(rows, "escalation_rate", day)["value"] for day in ("2026-03-02", "2026-03-03")] == [1, 0]


def test_young_successes_wait_with_the_failures(marts: Marts) -> None:
    for n in range(10):
        chat(marts, f"old{n}", "user:request bot:answer" if n < 4 else OPEN_QUESTION)
        chat(marts, f"new{n}", OPEN_QUESTION, hours=240)
    for n in range(3):
        event(marts, f"new{n}", "success", occurred_at="2026-03-12 10:00")
    marts.cut_off("2026-03-12 12:00")
    month = row(marts.build("metrics"), "resolution_rate", "2026-03-01", "month")
    assert part(month, "numerator", "denominator", "pending", "value") == (4, 10, 10, 0.4)
    # Naive: young failures as failures, or young successes alone.
    assert {7 / 20, 7 / 13}.isdisjoint({month["value"]})


def test_durable_resolutions_of_known_people_only(marts: Marts) -> None:
    for n in range(4):
        chat(marts, f"known{n}", person_key=f"p{n}", primary_intent_group="track")
        chat(marts, f"unknown{n}")
    chat(marts, "back", hours=48, person_key="p0", primary_intent_group="track")
    marts.cut_off("2026-03-10 09:00")
    rows = marts.build("metrics")
    found = row(rows, "durable_resolution_rate")
    assert part(found, "numerator", "denominator", "excluded", "pending") == (3, 4, 4, 0)
    # Naive: whoever can't be seen to return did not, 7 of 8.
    assert found["value"] == 0.75 != 7 / 8
    assert part(row(rows, "durable_resolution_rate", "2026-03-04"), "denominator", "pending") == (0, 1)
    assert row(rows, "identified_share")["value"] == 0.5


def test_automation_counts_an_escalation_and_its_ticket_once(marts: Marts) -> None:
    for n in range(4):
        chat(marts, f"bot{n}")
    for n in range(3):
        chat(marts, f"escalated{n}", person_key=f"p{n}", handoff_kind="made", handoff_at=START)
    marts.add(
        "fct_tickets",
        *(
            {"ticket_key": f"t{n}", "customer_key": f"p{n}", "created_at": "2026-03-02 12:00"}
            for n in range(3)
        ),
        {"ticket_key": "late", "customer_key": "p0", "created_at": "2026-03-06 12:00"},
        {"ticket_key": "other", "customer_key": "q", "created_at": "2026-03-02 12:00"},
        {"ticket_key": "young", "created_at": "2026-03-19 13:00"},
    )
    marts.cut_off("2026-03-20 12:00")
    month = row(marts.build("metrics"), "automation_rate", "2026-03-01", "month")
    # 7 conversations and the tickets "late" and "other".
    assert part(month, "numerator", "denominator", "pending") == (4, 9, 1)
    assert month["value"] != 4 / (7 + 5)


def test_times_have_mean_median_p90_and_bounds(marts: Marts) -> None:
    # n bot messages, a minute each: 1 to 10 minutes.
    for n in range(1, 11):
        chat(marts, f"c{n:02}", "user:request" + " bot:answer" * n, duration_seconds=60 * n)
    chat(marts, "blind", platform="dialogflow_cx")
    marts.con.execute(
        "update marts.fct_messages set platform = 'dialogflow_cx', sent_at = '2026-03-02 10:00' where conversation_key = 'blind'"
    )
    marts.cut_off("2026-03-20")
    rows = marts.build("metrics")
    mean = row(rows, "average_resolution_time")
    # Persons are the conversations: half = 1.96 x sqrt(sum of squares 82.5 x 3600 x 10 / 9) / 10.
    assert part(mean, "numerator", "denominator", "value") == (3300, 10, 330)
    assert mean["interval_high"] - 330 == pytest.approx(
        1.959964 * (82.5 * 3600 * 10 / 9) ** 0.5 / 10, rel=1e-6
    )
    median = row(rows, "average_resolution_time_median")
    # Ranks floor(5 - 3.1) = 1 and ceil(1 + 5 + 3.1) = 10.
    assert part(median, "value", "interval_low", "interval_high", "is_additive") == (330, 60, 600, False)
    assert row(rows, "average_resolution_time_p90")["value"] == 546
    # The account without reply times would pull the mean to 300.
    assert row(rows, "average_resolution_time_lower_bound")["value"] == 0


def test_persons_of_a_week_are_no_sum_of_days(marts: Marts) -> None:
    for day in range(3):
        chat(marts, f"anna{day}", hours=24 * day, person_key="anna")
    chat(marts, "ben", hours=24, person_key="ben")
    chat(marts, "earlier", hours=-24 * 14, person_key="ben")
    chat(marts, "unknown")
    marts.cut_off("2026-03-20")
    rows = marts.build("metrics")
    names = ("chatters", "chatters_new", "chatters_returning")
    days = [[row(rows, name, f"2026-03-0{day}")["value"] for name in names] for day in (2, 3, 4)]
    assert days == [[1, 1, 0], [2, 0, 2], [1, 0, 1]]
    week = [row(rows, name, "2026-03-02", "week") for name in names]
    assert [found["value"] for found in week] == [2, 1, 1]
    assert sum(day[0] for day in days) == 4 != week[0]["value"]
    assert {found["is_additive"] for found in week} == {False}
    assert week[0]["excluded"] == 1


def test_satisfaction_beside_the_share(marts: Marts, tmp_path: Path) -> None:
    marts.set("[outcomes]\nleast_ratings = 2\n", tmp_path)
    stars = {"rating_scale": "1-5", "is_rating_asked": True}
    chat(marts, "a", rating="5", is_satisfied=True, satisfaction="positive", **stars)
    chat(marts, "b", rating="3", is_satisfied=False, satisfaction="neutral", handoff_kind="made", **stars)
    chat(marts, "c", rating="1", is_satisfied=False, satisfaction="negative", **stars)
    chat(marts, "d", rating="up", rating_scale="thumb", is_satisfied=True, satisfaction="positive")
    chat(marts, "e", is_rating_asked=True)
    chat(marts, "f")
    chat(marts, "g", platform="bot")
    marts.cut_off("2026-03-20")
    rows = marts.build("metrics")
    assert part(row(rows, "csat"), "numerator", "denominator") == (2, 4)
    assert part(row(rows, "csat_negative_share"), "numerator", "denominator") == (1, 4)
    assert part(row(rows, "csat_bot_only"), "numerator", "denominator") == (2, 3)
    # A thumb is no number of stars.
    assert part(row(rows, "csat_mean"), "numerator", "denominator", "value") == (9, 3, 3)
    # Asked: a, b, c, e and the rated d. At `bot` asking is not logged: its engaged one counts apart.
    assert part(row(rows, "csat_response_rate"), "numerator", "denominator") == (4, 5)
    assert part(row(rows, "csat_response_rate_of_engaged"), "numerator", "denominator") == (0, 1)


def test_pooled_scales_may_fall_while_each_rises(marts: Marts) -> None:
    def rated(day: int, scale: str, good: int, all_of: int) -> None:
        for n in range(all_of):
            pleased = {"rating": "x", "rating_scale": scale, "is_satisfied": n < good}
            chat(marts, f"{day}{scale}{n}", hours=24 * day, **pleased)

    rated(0, "1-5", 56, 80)
    rated(0, "thumb", 18, 20)
    rated(1, "1-5", 69, 95)
    rated(1, "thumb", 5, 5)
    marts.con.execute("update marts.fct_conversations set rating = '5'")
    marts.cut_off("2026-03-20")
    rows = marts.build("metrics")
    shares = {
        name: [row(rows, name, day)["value"] for day in ("2026-03-02", "2026-03-03")]
        for name in ("csat", "csat:1-5")
    }
    assert shares["csat"][0] == 0.74 >= shares["csat"][1]
    assert shares["csat:1-5"][0] < shares["csat:1-5"][1]


def test_cost_per_resolution_is_an_estimate(marts: Marts, tmp_path: Path) -> None:
    marts.set("[costs]\nbot_per_month = 1.2\nagent_minutes_per_chat = 6\nagent_per_hour = 28\n", tmp_path)
    chat(marts, "a")
    chat(marts, "b")
    chat(marts, "c", handoff_kind="made", handoff_at=START)
    marts.cut_off("2026-03-20")
    found = row(marts.build("metrics"), "cost_per_resolution_estimate", "2026-03-01", "month")
    # 1.20 of the bot, 2.80 of the agent, 2 resolutions.
    assert part(found, "numerator", "denominator", "value") == (400, 2, 2.0)
    marts.set("[costs]\nbot_per_month = 1.2\n", tmp_path)
    assert not [r for r in marts.build("metrics") if r["metric"].startswith("cost")]


def test_a_lead_is_a_detail_that_nobody_had(marts: Marts) -> None:
    for key in "abcd":
        chat(marts, key, customer_key=key, person_key=key)
    given = {"since_at": "2026-03-02 10:00:30", "unverified_at": "2026-03-02 10:00:30"}
    marts.add(
        "customer_identities",
        {"customer_key": "a", "identifier_hash": "1", **given},
        {"customer_key": "b", "identifier_hash": "2", **given},
        {"customer_key": "b", "identifier_hash": "2", "platform": "shopify", "since_at": "2025-05-01"},
        {"customer_key": "c", "identifier_hash": "3", "identifier_type": "ga_client_id", **given},
        # A CRM has it too, since nobody knows when.
        {"customer_key": "d", "identifier_hash": "4", **given},
        {"customer_key": "d", "identifier_hash": "4", "platform": "hubspot"},
    )
    marts.cut_off("2026-03-20")
    assert value(marts, "chat_leads") == 1


def test_a_later_login_makes_a_lead_no_less_one(marts: Marts) -> None:
    chat(marts, "a", customer_key="a", person_key="a")
    chat(marts, "b", customer_key="b", person_key="b")
    since = {"since_at": "2026-03-02 10:00:30", "is_verified": True}
    marts.add(
        "customer_identities",
        {"customer_key": "a", "identifier_hash": "1", "unverified_at": "2026-03-02 10:00:30", **since},
        # Logged in first, typed later.
        {"customer_key": "b", "identifier_hash": "2", "unverified_at": "2026-03-02 10:00:50", **since},
    )
    marts.cut_off("2026-03-20")
    assert value(marts, "chat_leads") == 1


def test_dimensions_add_up_and_know_the_unknown(marts: Marts) -> None:
    marts.add(
        "fct_web_sessions", {"web_session_key": "w", "started_at": START, "source": "google", "medium": "cpc"}
    )
    chat(marts, "a", language="de-DE", bot_version="v1", primary_intent_group="track", web_session_key="w")
    chat(marts, "b", language="de")
    chat(marts, "c", language="en")
    marts.cut_off("2026-03-20")
    rows = marts.build("metrics")
    found: dict[str, dict[str, float]] = {}
    for r in rows:
        if (r["metric"], r["grain"], r["period_start"]) == ("conversation_volume", "week", date(2026, 3, 2)):
            found.setdefault(r["dimension"], {})[r["dimension_value"]] = r["value"]
    assert found["language"] == {"de": 2, "en": 1}
    assert found["acquisition"] == {"google / cpc": 1, "unknown": 2}
    assert found["bot_version"] == {"v1": 1, "unknown": 2}
    assert found["intent_group"] == {"track": 1, "unknown": 2}
    assert {name: sum(values.values()) for name, values in found.items()} == dict.fromkeys(found, 3)


def test_goals_by_person(marts: Marts, tmp_path: Path) -> None:
    marts.set('[goals.g]\nentered = [{ intent = "a" }]\ncompleted = [{ action = "b" }]\n', tmp_path)
    for n in range(3):
        chat(marts, f"anna{n}", hours=n, person_key="anna")
    chat(marts, "ben", person_key="ben")
    chat(marts, "unknown")
    marts.add(
        "fct_conversation_goals",
        {
            "conversation_key": "anna1",
            "goal": "g",
            "completed_at": "2026-03-02 11:00",
            "matures_at": "2026-03-03 11:00",
        },
    )
    marts.cut_off("2026-03-20")
    found = row(marts.build("metrics"), "goal_completion_rate_by_person:g")
    assert part(found, "numerator", "denominator", "excluded", "is_additive") == (1, 2, 1, False)


def test_a_period_is_complete_once_it_is_covered_over_and_matured(marts: Marts) -> None:
    chat(marts, "a", hours=-24)  # Sunday the 1st
    chat(marts, "b", hours=24 * 7)
    marts.cut_off("2026-03-15 22:59")
    rows = marts.build("metrics")
    weeks = {
        day: row(rows, "resolution_rate", day, "week")["is_complete"]
        for day in ("2026-02-23", "2026-03-02", "2026-03-09")
    }
    # The first week began before the data, the third ends in a minute.
    assert weeks == {"2026-02-23": False, "2026-03-02": True, "2026-03-09": False}


def test_units_are_made_once_and_one_row_each(marts: Marts) -> None:
    chat(marts, "a", person_key="p")
    marts.add("fct_web_sessions", {"web_session_key": "w", "started_at": START})
    marts.cut_off("2026-03-20")
    build_table(marts.con, discover()["conversation_outcomes"], marts.settings)
    ensure_units(marts.con, marts.settings)
    assert naive(marts, "select count(*) = count(distinct (metric, unit_key)) from metric_units")
    assert naive(marts, "select bool_and(numerator <= denominator) from metric_units where shape = 'rate'")
    units = naive(marts, "select count(*) from metric_units")
    chat(marts, "b")
    ensure_units(marts.con, marts.settings)
    assert naive(marts, "select count(*) from metric_units") == units
