"""Volume flags, hours of the week, distribution of ratings and coverage of the data, by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from handmade_marts import Marts

from chat_pipeline.analytics.volume_flags import volume_flags

METRICS = """create table analytics.metrics as select
    'conversation_volume' as metric, 'all' as dimension, 'all' as dimension_value, 'day' as grain,
    cast(day as date) as period_start, cast(n as bigint) as numerator, true as is_complete from days"""


def flags(marts: Marts, counts: list[int], first: date = date(2026, 1, 5)) -> dict[date, dict[str, Any]]:
    """`volume_flags` of a series of days."""
    import pyarrow as pa

    days = [first + timedelta(n) for n in range(len(counts))]
    marts.con.register("days", pa.table({"day": days, "n": counts}))
    marts.con.execute("create schema if not exists analytics")
    marts.con.execute("drop table if exists analytics.metrics")
    marts.con.execute(METRICS)
    found = marts.con.sql(volume_flags(marts.con, marts.settings))
    return {
        r["period_start"]: r for r in (dict(zip(found.columns, row, strict=True)) for row in found.fetchall())
    }


def test_a_day_is_flagged_over_three_spreads_of_its_weekdays_median(marts: Marts) -> None:
    # 8 weeks of 100 a day, Sundays 25; then a week with a Monday of 129, a Tuesday of 131, a Sunday of 9.
    week = [100] * 6 + [25]
    found = flags(marts, week * 8 + [129, 131, 100, 100, 100, 100, 9])
    monday, tuesday, sunday = (found[date(2026, 3, day)] for day in (2, 3, 8))
    # Nothing varies: the spread is the root of the median, 10 and 5.
    assert (monday["expected"], monday["spread"], monday["flag"]) == (100, 10, "usual")
    assert (tuesday["spreads_off"], tuesday["flag"]) == (pytest.approx(3.1), "high")
    assert (sunday["expected"], sunday["spread"], sunday["flag"]) == (25, 5, "low")
    assert (monday["previous"], monday["change"]) == (100, pytest.approx(0.29))
    assert monday["mean_7"] == (129 + 5 * 100 + 25) / 7
    assert found[date(2026, 1, 5)]["mean_7"] is None


def test_the_spread_is_pooled_over_all_weekdays(marts: Marts) -> None:
    # Weeks alternate between 80 and 120 on every day: medians 100, residuals -2 and 2, MAD 2, spread 2.9652 x 10.
    found = flags(marts, ([80] * 7 + [120] * 7) * 4 + [100])
    assert found[date(2026, 3, 2)]["spread"] == pytest.approx(1.4826 * 2 * 10)


def test_under_28_days_nothing_is_said_and_gaps_are_no_zeros(marts: Marts) -> None:
    found = flags(marts, [10] * 29)
    assert found[date(2026, 2, 1)]["flag"] is None
    assert found[date(2026, 2, 2)]["flag"] == "usual"


def test_a_year_before_is_the_same_weekday(marts: Marts) -> None:
    found = flags(marts, [n % 7 + 1 for n in range(365)])
    last = found[date(2027, 1, 4)]
    assert (last["conversations"], last["year_before"], last["change_on_year"]) == (1, 1, 0)


def test_few_false_flags_and_a_halved_day_is_found(marts: Marts) -> None:
    import numpy as np

    random = np.random.default_rng(7)
    weekdays = np.array([1.2, 1.1, 1.0, 1.0, 0.9, 0.6, 0.5])
    means = 100 * np.tile(weekdays, 120)
    found = [r for r in flags(marts, random.poisson(means).tolist()).values() if r["expected"] is not None]
    assert sum(r["flag"] != "usual" for r in found) / len(found) < 0.03
    halves = found_halves = 0
    counts = random.poisson(means)
    for day in range(100, len(counts), 61):
        counts[day] = random.poisson(means[day] / 2)
    rows = flags(marts, counts.tolist())
    for day in range(100, len(counts), 61):
        halves += 1
        found_halves += rows[date(2026, 1, 5) + timedelta(day)]["flag"] == "low"
    assert found_halves / halves > 0.75


def chat(marts: Marts, key: str, at: str, **columns: Any) -> None:
    marts.add("fct_conversations", {"conversation_key": key, "started_at": at, "ended_at": at, **columns})


def test_hours_are_the_shops_and_the_clocks_change_is_counted(marts: Marts) -> None:
    chat(marts, "first", "2026-03-02 09:00")
    # 29 March 2026: the clocks of Berlin skip 02:00; 00:30 UTC is 01:30, 01:30 UTC is 03:30.
    chat(marts, "before", "2026-03-29 00:30", agent_message_count=1)
    chat(marts, "after", "2026-03-29 01:30", handoff_kind="made")
    chat(marts, "test", "2026-03-29 01:30", is_test=True)
    # 23:30 UTC on Monday is Tuesday in Berlin.
    chat(marts, "night", "2026-03-30 23:30", is_chat_engaged=False, engagement="bounced")
    chat(marts, "this week", "2026-04-08 09:00")
    marts.cut_off("2026-04-09 12:00")
    rows = {
        (r["weekday"], r["hour"]): r for r in marts.build("hour_of_week") if r["dimension_value"] == "rasa"
    }
    assert sum(r["conversations"] for r in rows.values()) == 4
    # Weeks of 2 March to 5 April, five Sundays.
    assert [rows[7, hour]["hours"] for hour in (1, 2, 3)] == [5, 4, 5]
    assert (rows[7, 1]["agent_answered"], rows[7, 3]["escalated"]) == (1, 1)
    assert (rows[2, 1]["conversations"], rows[2, 1]["engaged"], rows[2, 1]["mean_conversations"]) == (
        1,
        0,
        0.2,
    )
    assert len(rows) == 7 * 24


def test_the_hour_that_comes_twice_counts_twice(marts: Marts) -> None:
    chat(marts, "first", "2026-10-19 09:00")
    marts.cut_off("2026-10-28 12:00")
    rows = {
        (r["weekday"], r["hour"]): r["hours"]
        for r in marts.build("hour_of_week")
        if r["dimension_value"] == "all"
    }
    assert (rows[7, 1], rows[7, 2], rows[7, 3]) == (1, 2, 1)


def test_ratings_by_value_scale_by_scale(marts: Marts) -> None:
    stars = {"rating_scale": "1-5", "is_satisfied": True}
    for n, rating in enumerate("5541"):
        chat(
            marts, f"s{n}", "2026-03-02 10:00", rating=rating, satisfaction="negative" if rating == "1" else "positive", **stars
        )  # fmt: skip
    chat(marts, "thumb", "2026-03-02 10:00", rating="up", rating_scale="thumb", satisfaction="positive")
    chat(marts, "young", "2026-03-18 10:00", rating="5", satisfaction="positive", **stars)
    chat(marts, "test", "2026-03-02 10:00", rating="5", is_test=True, **stars)
    marts.cut_off("2026-03-20")
    rows = {
        (r["rating_scale"], r["rating"]): (r["satisfaction"], r["ratings"], r["pending"], r["share"])
        for r in marts.build("csat_distribution")
        if (r["grain"], r["dimension"]) == ("month", "all")
    }
    assert rows == {
        ("1-5", "5"): ("positive", 2, 1, 0.5),
        ("1-5", "4"): ("positive", 1, 0, 0.25),
        ("1-5", "1"): ("negative", 1, 0, 0.25),
        ("thumb", "up"): ("positive", 1, 0, 1.0),
    }


def test_coverage_says_how_many_can_be_judged_and_why_not(marts: Marts) -> None:
    at = "2026-03-02 10:00"
    chat(
        marts,
        "a",
        at,
        person_key="p",
        language="de",
        rating="5",
        rating_scale="1-5",
        is_satisfied=True,
        is_rating_asked=True,
    )
    chat(marts, "b", at, is_rating_asked=True, primary_intent="track")
    chat(marts, "c", at, web_session_key="w")
    chat(marts, "nps", at, rating="9", rating_scale="0-10", is_rating_asked=True)
    chat(marts, "test", at, is_test=True)
    chat(marts, "young", "2026-03-19 23:00", person_key="p")
    marts.add("fct_messages", {"message_key": "m", "conversation_key": "a", "text": "hello", "sent_at": at})
    marts.cut_off("2026-03-20")
    rows = marts.build("data_coverage")

    def reasons(subject: str, day: str = "2026-03-02") -> dict[str, int]:
        return {
            r["reason"]: r["units"]
            for r in rows
            if r["subject"] == subject and r["started_date"] == datetime.fromisoformat(day).date()
        }

    assert reasons("csat") == {
        "computable": 1, "no rating given": 1, "no rating asked": 1, "scale is no satisfaction": 1,
    }  # fmt: skip
    assert reasons("identified_share") == {"computable": 4}
    assert reasons("chatters") == {"computable": 1, "no person": 3}
    assert reasons("resolution_rate", "2026-03-20") == {"too young": 1}
    assert reasons("identified person") == {"computable": 1, "no person": 3}
    assert reasons("web session") == {"computable": 1, "no web session": 3}
    assert reasons("text") == {"computable": 1, "no text": 3}
    assert reasons("language") == {"computable": 1, "no language": 3}
    assert reasons("intent") == {"computable": 1, "no intent": 3}
    assert {r["share"] for r in rows if r["subject"] == "text" and r["reason"] == "no text"} == {0.75, 1.0}
