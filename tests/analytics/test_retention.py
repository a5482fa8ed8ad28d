"""Retention cohorts and brackets on marts made by hand."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from handmade_marts import Marts


def buy(marts: Marts, person: str, *days: str) -> None:
    marts.add(
        "fct_orders",
        *({"order_key": f"{person}{n}", "ordered_at": f"{day} 10:00"} for n, day in enumerate(days)),
        customer_key=person,
    )


def chat(marts: Marts, person: str | None, *days: str, **columns: Any) -> None:
    marts.add(
        "fct_conversations",
        *({"conversation_key": f"{person}{n}", "started_at": f"{day} 10:00"} for n, day in enumerate(days)),
        person_key=person,
        **columns,
    )


def table(
    marts: Marts, grain: str, *columns: str, kind: str = "repeat_purchase"
) -> dict[Any, tuple[Any, ...]]:
    rows = marts.build("retention_cohorts")
    return {
        (r["cohort_start"].isoformat(), r["period_index"]): tuple(r[c] for c in columns)
        for r in rows
        if (r["kind"], r["grain"]) == (kind, grain)
    }


def test_counts_always_and_rates_once_the_period_has_passed(marts: Marts) -> None:
    buy(marts, "a", "2026-01-05", "2026-02-20", "2026-03-02")
    buy(marts, "b", "2026-01-31", "2026-01-31", "2026-03-10")
    buy(marts, "c", "2026-02-01")
    marts.cut_off("2026-03-31 10:00")
    found = table(marts, "month", "eligible", "cohort_size", "active", "rate", "is_complete")
    assert found == {
        ("2026-01-01", 0): (2, 2, 2, 1.0, True),
        ("2026-01-01", 1): (2, 2, 1, 0.5, True),
        # The day of the cut-off has not passed, so March has not.
        ("2026-01-01", 2): (0, 2, 2, None, False),
        ("2026-02-01", 0): (1, 1, 1, 1.0, True),
        ("2026-02-01", 1): (0, 1, 0, None, False),
    }


def test_every_cohort_holds_its_first_action(marts: Marts) -> None:
    for n in range(1, 9):
        buy(marts, f"p{n}", f"2026-01-0{n}", f"2026-02-0{n}")
        chat(marts, f"p{n}", f"2026-01-0{n}", "2026-03-01")
    marts.cut_off("2026-04-01 10:00")
    rows = marts.build("retention_cohorts")
    first = [r for r in rows if r["period_index"] == 0]
    assert first
    assert all(r["active"] == r["cohort_size"] for r in first)
    assert all(r["active"] <= r["cohort_size"] and r["eligible"] <= r["cohort_size"] for r in rows)


def test_weeks_begin_on_monday_and_days_are_local(marts: Marts) -> None:
    # Sunday 23:30 UTC is Monday in Berlin.
    marts.add("fct_orders", {"order_key": "1", "customer_key": "a", "ordered_at": "2026-01-04 23:30"})
    marts.cut_off("2026-01-20 10:00")
    assert min(table(marts, "week", "active")) == ("2026-01-05", 0)
    assert min(table(marts, "day", "active")) == ("2026-01-05", 0)


def test_or_after_looks_to_a_fixed_horizon(marts: Marts) -> None:
    buy(marts, "a", "2025-01-05", "2025-03-05")
    buy(marts, "b", "2025-01-05", "2025-12-05", "2026-02-05")
    # Back only after the horizon of 12 months: that is not "or after".
    buy(marts, "c", "2025-01-05", "2026-03-05")
    marts.cut_off("2026-03-31 10:00")
    found = table(marts, "month", "active_or_after", "rate_or_after")
    bounds = table(marts, "month", "interval_low_or_after", "interval_high_or_after")
    # Wilson on 2 of 3.
    assert bounds["2025-01-01", 1] == pytest.approx((0.207660, 0.938508), abs=1e-6)
    assert bounds["2025-01-01", 13] == (None, None)
    assert [found["2025-01-01", n][0] for n in range(15)] == [3, 2, 2, *[1] * 9, 0, None, None]
    assert found["2025-01-01", 1][1] == pytest.approx(2 / 3)
    marts.con.execute("update marts.publication set cutoff_at = '2026-01-15 10:00'")
    assert table(marts, "month", "rate_or_after")["2025-01-01", 1] == (None,)


def test_return_to_chat_is_for_engaged_persons_with_lasting_ids(marts: Marts) -> None:
    chat(marts, "a", "2026-01-05", "2026-01-06")
    chat(marts, "b", "2026-01-05")
    chat(marts, None, "2026-01-05", "2026-01-06")
    chat(marts, "bounced", "2026-01-05", is_chat_engaged=False)
    chat(marts, "disputed", "2026-01-05", has_identity_conflict=True)
    chat(marts, "tester", "2026-01-05", is_test=True)
    marts.cut_off("2026-01-08 10:00")
    found = table(marts, "day", "cohort_size", "active", "rate", kind="return_to_chat")
    assert found["2026-01-05", 1] == (2, 1, 0.5)


def test_the_first_90_days_are_flagged_and_known_earlier_buyers_left_out(marts: Marts) -> None:
    buy(marts, "a", "2026-01-01")
    buy(marts, "b", "2026-03-31", "2026-04-05")
    buy(marts, "c", "2026-04-01", "2026-04-05")
    buy(marts, "old", "2026-04-01", "2026-04-05")
    marts.add("dim_customers", {"customer_key": "old", "shop_order_count": 5})
    marts.add("dim_customers", {"customer_key": "c", "shop_order_count": 2})
    marts.cut_off("2026-05-01 10:00")
    found = table(marts, "day", "is_flagged", "cohort_size", "excluded")
    assert found["2026-03-31", 0] == (True, 1, 0)
    assert found["2026-04-01", 0] == (False, 1, 1)
    brackets = {
        (r["cohort_start"].isoformat(), r["first_day"]): (
            r["cohort_size"],
            r["excluded"],
            r["eligible"],
            r["active"],
        )
        for r in marts.build("retention_brackets")
        if r["grain"] == "day"
    }
    assert brackets["2026-04-01", 1] == (1, 1, 1, 1)
    assert brackets["2026-03-31", 1] == (1, 0, 1, 1)


def test_a_cohort_of_earlier_buyers_alone_has_nobody_and_no_rate(marts: Marts) -> None:
    buy(marts, "old", "2026-04-01", "2026-04-05")
    marts.add("dim_customers", {"customer_key": "old", "crm_order_count": 5})
    marts.cut_off("2026-05-01 10:00")
    assert table(marts, "day", "cohort_size", "excluded", "active", "rate")["2026-04-01", 4] == (
        0,
        1,
        0,
        None,
    )
    (first, *_) = [r for r in marts.build("retention_brackets") if r["grain"] == "day"]
    assert (first["cohort_size"], first["excluded"], first["rate"]) == (0, 1, None)


@pytest.mark.parametrize(
    ("offset", "bracket"), [(1, 1), (7, 1), (8, 8), (30, 8), (31, 31), (90, 31), (91, None), (0, None)]
)
def test_bounds_of_the_brackets(marts: Marts, offset: int, bracket: int | None) -> None:
    begin = date(2026, 1, 1)
    buy(marts, "a", begin.isoformat(), (begin + timedelta(offset)).isoformat())
    marts.cut_off("2026-12-01 10:00")
    rows = [r for r in marts.build("retention_brackets") if r["grain"] == "day"]
    assert {r["first_day"]: r["active"] for r in rows} == {n: int(n == bracket) for n in (1, 8, 31)}


def test_completeness_waits_for_the_slowest_source(marts: Marts) -> None:
    chat(marts, "a", "2026-01-05", "2026-02-10")
    marts.add(
        "fct_conversations",
        {"conversation_key": "x", "started_at": "2026-01-05 10:00", "person_key": "x", "platform": "bot"},
    )
    marts.cut_off("2026-03-02 10:00", rasa="2026-03-02 10:00", bot="2026-02-15 10:00")
    found = table(marts, "month", "cohort_size", "active", "rate", kind="return_to_chat")
    assert found["2026-01-01", 0] == (2, 2, 1.0)
    assert found["2026-01-01", 1] == (2, 1, None)


def test_brackets_leave_out_who_is_short_of_their_last_day(marts: Marts) -> None:
    chat(marts, "a", "2026-01-01", "2026-01-08")
    chat(marts, "b", "2026-01-01", "2026-01-09", "2026-01-31")
    # Day 7 is the cut-off's own day: pending, though already back.
    chat(marts, "c", "2026-01-25", "2026-01-26")
    marts.cut_off("2026-02-01 10:00")
    found = {
        (r["first_day"], r["last_day"]): tuple(
            r[c] for c in ("eligible", "cohort_size", "pending", "active", "rate", "is_complete")
        )
        for r in marts.build("retention_brackets")
        if (r["kind"], r["grain"]) == ("return_to_chat", "month")
    }
    assert found == {
        (1, 7): (2, 3, 1, 1, 0.5, False),
        # Day 30 is the 31st of January: passed for those of the 1st.
        (8, 30): (2, 3, 1, 1, 0.5, False),
        (31, 90): (0, 3, 3, 0, None, False),
    }


def test_nothing_bought_no_cohorts(marts: Marts) -> None:
    chat(marts, "a", "2026-01-01")
    marts.cut_off("2026-02-01 10:00")
    assert {r["kind"] for r in marts.build("retention_cohorts")} == {"return_to_chat"}
    assert min(r["cohort_start"] for r in marts.build("retention_brackets")) == date(2025, 12, 29)


def test_made_up_purchases_against_a_plain_count(marts: Marts) -> None:
    chance = random.Random(7)
    begin, cutoff = date(2025, 1, 1), date(2026, 4, 20)
    days = {
        f"p{n}": sorted({begin + timedelta(chance.randrange(475)) for _ in range(chance.randint(1, 6))})
        for n in range(60)
    }
    for person, bought in days.items():
        buy(marts, person, *(day.isoformat() for day in bought))
    marts.cut_off("2026-04-20 10:00")

    def months(day: date, since: date) -> int:
        return 12 * (day.year - since.year) + day.month - since.month

    found = table(marts, "month", "cohort_size", "active", "active_or_after", "is_complete")
    assert found
    for (start, index), (size, active, after, complete) in found.items():
        cohort = [bought for bought in days.values() if bought[0].isoformat()[:7] == start[:7]]
        reached = [{months(day, bought[0]) for day in bought} for bought in cohort]
        assert size == len(cohort)
        assert active == sum(index in numbers for numbers in reached)
        assert after == (
            None if index > 12 else sum(any(index <= n <= 12 for n in numbers) for numbers in reached)
        )
        assert complete == (months(cutoff, date.fromisoformat(start)) > index)
    brackets = [r for r in marts.build("retention_brackets") if r["grain"] == "month"]
    for r in brackets:
        cohort = [b for b in days.values() if b[0].isoformat()[:7] == r["cohort_start"].isoformat()[:7]]
        eligible = [b for b in cohort if b[0] + timedelta(r["last_day"]) < cutoff]
        active = sum(any(r["first_day"] <= (d - b[0]).days <= r["last_day"] for d in b) for b in eligible)
        assert (r["cohort_size"], r["eligible"], r["active"]) == (len(cohort), len(eligible), active)
