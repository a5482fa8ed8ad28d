"""Retention with and without a chat: groups by hand, simulated shops with and without an effect built in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from handmade_marts import Marts

from chat_pipeline.analytics import build_table, discover
from chat_pipeline.analytics._matching import match, pairs_interval, standardised_differences

TABLES = ("retention_influence_customers", "retention_influence_balance", "retention_influence")


def buy(marts: Marts, customer: str, *times: str) -> None:
    marts.add(
        "fct_orders",
        *({"order_key": f"{customer}{n}", "ordered_at": at} for n, at in enumerate(times)),
        customer_key=customer,
    )


def chat(marts: Marts, customer: str | None, at: str, **columns: Any) -> None:
    marts.add(
        "fct_conversations",
        {"conversation_key": f"{customer}{at}", "customer_key": customer, "started_at": at, **columns},
    )


def influence(marts: Marts) -> dict[str, dict[str, Any]]:
    for name in TABLES[:-1]:
        marts.build(name)
    return {row["comparison"]: row for row in marts.build("retention_influence")}


def handmade(marts: Marts) -> None:
    """Chat live since 1 January; all first purchases on 1 June, seen until 31 October."""
    chat(marts, None, "2026-01-01 10:00")
    for n in range(4):
        chat(marts, f"chat{n}", "2026-05-20 10:00")
        buy(marts, f"chat{n}", "2026-06-01 10:00", *["2026-08-30 10:00"][: n < 3])
    for n in range(5):
        # Day 90 is 30 August, day 91 too late.
        buy(marts, f"none{n}", "2026-06-01 10:00", "2026-08-31 10:00" if n else "2026-06-02 10:00")
    # After time zero: neither a reason to buy first, nor of the group with a chat.
    chat(marts, "none1", "2026-06-01 11:00")
    chat(marts, "none2", "2026-06-05 11:00")


def test_the_raw_difference_by_hand(marts: Marts) -> None:
    handmade(marts)
    marts.cut_off("2026-10-31 10:00")
    raw = influence(marts)["raw"]
    assert (raw["chat_returned"], raw["chat_customers"]) == (3, 4)
    assert (raw["no_chat_returned"], raw["no_chat_customers"]) == (1, 5)
    assert raw["difference"] == pytest.approx(3 / 4 - 1 / 5)
    # Newcombe's method 10, from Wilson's bounds of 3 of 4 and 1 of 5.
    low = 0.55 - ((0.75 - 0.300642) ** 2 + (0.624465 - 0.2) ** 2) ** 0.5
    high = 0.55 + ((0.954413 - 0.75) ** 2 + (0.2 - 0.036224) ** 2) ** 0.5
    assert (raw["interval_low"], raw["interval_high"]) == pytest.approx((low, high), abs=1e-5)
    assert (raw["label"], raw["is_withheld"]) == ("association", False)


def test_a_chat_after_time_zero_is_no_exposure(marts: Marts) -> None:
    handmade(marts)
    marts.cut_off("2026-10-31 10:00")
    marts.build("retention_influence_customers")
    exposed = marts.con.execute(
        "select customer_key from analytics.retention_influence_customers where group_name = 'chat' order by 1"
    ).fetchall()
    assert exposed == [("chat0",), ("chat1",), ("chat2",), ("chat3",)]


@pytest.mark.parametrize(
    ("at", "columns", "state", "group"),
    [
        ("2026-05-02 00:30", {}, "compared", "chat"),
        # 23:30 Berlin time of the day before.
        ("2026-05-01 21:30", {}, "older_chat", None),
        ("2026-06-01 09:59", {}, "compared", "chat"),
        ("2026-06-01 10:00", {}, "compared", "no_chat"),
        ("2026-05-20 10:00", {"is_chat_engaged": False}, "older_chat", None),
        ("2026-05-20 10:00", {"is_test": True}, "compared", "no_chat"),
        ("2026-05-20 10:00", {"has_identity_conflict": True}, "compared", "no_chat"),
    ],
)
def test_who_is_exposed(
    marts: Marts, at: str, columns: dict[str, Any], state: str, group: str | None
) -> None:
    chat(marts, None, "2026-01-01 10:00")
    chat(marts, "a", at, **columns)
    buy(marts, "a", "2026-06-01 10:00")
    marts.cut_off("2026-10-31 10:00")
    (row,) = marts.build("retention_influence_customers")
    assert (row["state"], row["group_name"]) == (state, group)


def test_who_is_left_out_or_pending(marts: Marts) -> None:
    chat(marts, None, "2026-01-01 10:00")
    # 30 days after the chat went live is 31 January; 90 days before the last full day is 1 August.
    for day in ("2026-01-30", "2026-01-31", "2026-08-01", "2026-08-02"):
        buy(marts, day, f"{day} 10:00", "2026-10-29 10:00")
    buy(marts, "known", "2026-06-01 10:00")
    marts.add("dim_customers", {"customer_key": "known", "crm_order_count": 3})
    marts.cut_off("2026-10-31 10:00")
    found = {row["customer_key"]: row["state"] for row in marts.build("retention_influence_customers")}
    assert found == {
        **{"2026-01-30": "before_chat", "2026-01-31": "compared"},
        **{"2026-08-01": "compared", "2026-08-02": "pending", "known": "earlier_orders"},
    }
    raw = influence(marts)["raw"]
    # Already back, and still pending.
    assert (raw["pending"], raw["excluded"], raw["no_chat_customers"]) == (1, 2, 2)
    # Chats end earlier than orders: what looks ahead waits for both.
    marts.add("publication", {"source": "rasa", "instance": "default", "cutoff_at": "2026-04-30 10:00"})
    assert influence(marts)["raw"]["pending"] == 3


def test_what_is_known_ends_before_the_30_days(marts: Marts) -> None:
    chat(marts, None, "2026-01-01 10:00")
    buy(marts, "a", "2026-06-01 10:00")
    marts.add(
        "fct_web_sessions",
        {"web_session_key": "1", "started_at": "2026-04-01 10:00", "medium": "cpc", "has_cart": True},
        {"web_session_key": "2", "started_at": "2026-05-01 10:00", "medium": None, "device": "mobile"},
        {"web_session_key": "3", "started_at": "2026-05-02 10:00", "medium": "email", "has_cart": True},
        customer_key="a",
    )
    marts.cut_off("2026-10-31 10:00")
    (row,) = marts.build("retention_influence_customers")
    assert (row["web_sessions"], row["cart_sessions"], row["known_days"]) == (2, 1, 31)
    assert (row["medium"], row["device"], row["country"]) == ("cpc", "mobile", "unknown")


def shop(marts: Marts, effect: float, seed: int = 3, size: int = 4000) -> None:
    """Visitors who came often chat more and return more; a chat adds `effect` to the chance of a return."""
    chance = np.random.default_rng(seed)
    sessions = chance.poisson(1.5, size)
    loyal = 1 / (1 + np.exp(-(sessions - 2)))
    chatted = chance.random(size) < 0.05 + 0.6 * loyal
    back = chance.random(size) < 0.1 + 0.4 * loyal + effect * chatted
    first = np.array(
        [np.datetime64("2026-03-01") + np.timedelta64(int(d), "D") for d in chance.integers(0, 90, size)]
    )
    people = pd.DataFrame(
        {
            "customer_key": [f"p{n:05}" for n in range(size)],
            "sessions": sessions,
            "chatted": chatted,
            "back": back,
            "first": first.astype("datetime64[us]"),
            "gap": chance.integers(1, 91, size),
            "medium": chance.choice(["cpc", "email", "organic"], size),
        }
    )
    marts.con.register("people", people)
    chat(marts, None, "2026-01-01 10:00")
    marts.con.execute(
        """
        insert into marts.fct_orders (order_key, customer_key, ordered_at, ordered_date)
        select customer_key || n, customer_key, day + interval 12 hour, cast(day as date)
        from (
            select customer_key, 1 as n, first as day from people
            union all
            select customer_key, 2, first + to_days(cast(gap as integer)) from people where back
        );
        insert into marts.fct_conversations (conversation_key, customer_key, started_at, started_date)
        select 'chat' || customer_key, customer_key, first - interval 5 day, cast(first - interval 5 day as date)
        from people where chatted;
        insert into marts.fct_web_sessions (web_session_key, customer_key, started_at, started_date, medium)
        select customer_key || n, customer_key, first - interval 40 day, cast(first - interval 40 day as date), medium
        from people, range(sessions) as s (n)
        """
    )
    marts.cut_off("2026-12-31 10:00")


def test_without_an_effect_the_matched_interval_holds_none(marts: Marts) -> None:
    shop(marts, effect=0)
    found = influence(marts)
    # Who came often chats and returns: the raw difference finds what isn't there.
    assert found["raw"]["interval_low"] > 0.02
    matched = found["matched"]
    assert not matched["is_withheld"]
    assert matched["interval_low"] < 0 < matched["interval_high"]
    assert matched["chat_customers"] > 1000
    assert matched["largest_difference"] < 0.1
    balance = {row["feature"]: row for row in marts.build("retention_influence_balance")}
    assert balance["web_sessions"]["difference_before"] > 0.3
    assert abs(balance["web_sessions"]["difference_after"]) < 0.05


def test_an_effect_is_found(marts: Marts) -> None:
    shop(marts, effect=0.15)
    matched = influence(marts)["matched"]
    assert matched["interval_low"] < 0.15 < matched["interval_high"]
    assert matched["interval_low"] > 0.05


def test_pairs_are_of_one_month_and_near(marts: Marts) -> None:
    shop(marts, effect=0, size=1500)
    marts.build("retention_influence_customers")
    pairs = marts.con.execute(
        """
        select count(*), count(distinct first_month), count(distinct group_name),
            max(propensity_logit) - min(propensity_logit)
        from analytics.retention_influence_customers where pair_number is not null group by pair_number
        """
    ).fetchall()
    (spread,) = marts.con.execute(
        "select stddev_pop(propensity_logit) from analytics.retention_influence_customers"
    ).fetchone()
    assert {row[:3] for row in pairs} == {(2, 1, 2)}
    assert max(row[3] for row in pairs) <= 0.2 * spread + 1e-12


def test_the_same_data_give_the_same_tables(marts: Marts) -> None:
    shop(marts, effect=0.1, size=1500)
    first = influence(marts), marts.build("retention_influence_survival"), marts.build(TABLES[0])
    marts.con.execute("create table other as select * from marts.fct_orders order by hash(order_key)")
    marts.con.execute("delete from marts.fct_orders; insert into marts.fct_orders select * from other")
    assert (influence(marts), marts.build("retention_influence_survival"), marts.build(TABLES[0])) == first


def test_under_100_pairs_nothing_is_shown(marts: Marts) -> None:
    shop(marts, effect=0.3, size=200)
    matched = influence(marts)["matched"]
    assert matched["is_withheld"]
    assert matched["withheld_reason"].endswith("pairs, fewer than 100")
    assert [matched[name] for name in ("difference", "chat_rate", "interval_low")] == [None] * 3
    assert marts.build("retention_influence_survival") == []


def test_unlike_groups_are_not_compared(marts: Marts) -> None:
    shop(marts, effect=0, size=6000)
    for name in TABLES[:-1]:
        marts.build(name)
    marts.con.execute(
        "update analytics.retention_influence_balance set difference_after = -0.11 where feature = 'cart_sessions'"
    )
    # This table alone, on the balance as it now stands.
    build_table(marts.con, discover()["retention_influence"], marts.settings)
    cursor = marts.con.execute(
        "select withheld_reason, difference, is_withheld from analytics.retention_influence order by comparison"
    )
    matched, raw = cursor.fetchall()
    assert matched[0] == "groups differ by 0.11 SD in cart_sessions, more than 0.1"
    assert (matched[1], raw[2]) == (None, False)


def test_everybody_chatted_so_nobody_is_matched(marts: Marts) -> None:
    chat(marts, None, "2026-01-01 10:00")
    for n in range(3):
        chat(marts, f"c{n}", "2026-05-20 10:00")
        buy(marts, f"c{n}", "2026-06-01 10:00")
    marts.cut_off("2026-10-31 10:00")
    found = influence(marts)
    assert (found["raw"]["chat_rate"], found["raw"]["no_chat_rate"], found["raw"]["difference"]) == (
        0,
        None,
        None,
    )
    assert found["matched"]["withheld_reason"] == "0 pairs, fewer than 100"
    assert marts.build("retention_influence_balance") == []


def test_survival_is_kaplan_meier(marts: Marts) -> None:
    shop(marts, effect=0.1, size=2000)
    influence(marts)
    rows = marts.build("retention_influence_survival")
    for group in ("chat", "no_chat"):
        survival = 1.0
        curve = [row for row in rows if row["group_name"] == group]
        assert [row["day"] for row in curve] == list(range(len(curve)))
        for row in curve:
            survival *= 1 - row["events"] / row["at_risk"]
            assert row["survival"] == pytest.approx(survival)
            assert row["interval_low"] <= row["survival"] <= row["interval_high"]
    matched = marts.con.execute(
        "select chat_customers, chat_rate from analytics.retention_influence where comparison = 'matched'"
    ).fetchone()
    (day90,) = [row for row in rows if row["group_name"] == "chat" and row["day"] == 90]
    # Nobody leaves the count in the 90 days, so the curve meets the rate.
    assert day90["survival"] == pytest.approx(1 - matched[1])
    assert rows[0]["at_risk"] == matched[0]


def test_the_nearest_free_partner_is_taken_once() -> None:
    logit = np.array([0.0, 0.05, 0.1, 5.0, 0.04, 0.9])
    exposed = np.array([True, True, False, False, False, False])
    pair = match(logit, exposed, np.array(["m"] * 6))
    # 0.04 is the nearest of both; the second taker gets 0.1, the others nobody.
    assert sorted(pair[[0, 1]]) == sorted(pair[[2, 4]]) == [0, 1]
    assert list(pair[[3, 5]]) == [-1, -1]
    assert list(match(logit, exposed, np.array(["a", "b", "a", "a", "a", "a"]))) == [0, -1, -1, -1, 0, -1]


@pytest.mark.parametrize("seed", range(5))
def test_matching_against_a_plain_search(seed: int) -> None:
    chance = np.random.default_rng(seed)
    logit = chance.normal(size=80)
    exposed = chance.random(80) < 0.4
    pair = match(logit, exposed, np.array(["m"] * 80))
    # The same order, each time looking at all that are left.
    order = np.random.default_rng(20_260_101).permutation(80)
    free, found = set(np.flatnonzero(~exposed)), {}
    for row in order[exposed[order]]:
        near = min(free, key=lambda other: abs(logit[other] - logit[row]), default=None)
        if near is not None and abs(logit[near] - logit[row]) <= 0.2 * logit.std():
            found[row] = near
            free.remove(near)
    assert {
        row: int(np.flatnonzero((pair == pair[row]) & ~exposed)[0])
        for row in np.flatnonzero(exposed)
        if pair[row] >= 0
    } == found


def test_standardised_difference_by_hand() -> None:
    features = np.array([[1.0, 1], [3, 1], [0, 0], [2, 0]])
    exposed = np.array([True, True, False, False])
    everyone = np.ones(4, dtype=bool)
    # Means 2 and 1, both variances 1; the second column is constant in each group, half apart in all.
    assert standardised_differences(features, exposed, everyone) == pytest.approx([1.0, 2.0])


def test_interval_over_pairs_is_that_of_a_mean() -> None:
    differences = np.array([1] * 300 + [0] * 500 + [-1] * 200)
    low, high = pairs_interval([(1, 300), (0, 500), (-1, 200)])
    half = 1.96 * differences.std() / 1000**0.5
    assert (low, high) == pytest.approx((0.1 - half, 0.1 + half), abs=0.004)


def test_landmark_counts_who_was_still_without_a_second_purchase_on_day_30(marts: Marts) -> None:
    chat(marts, None, "2026-01-01 10:00")
    first = date(2026, 2, 1)

    def later(days: int) -> str:
        return f"{first + timedelta(days)} 12:00"

    stories = {
        # chat after days, second purchase after days
        **{"a": (0, 31), "b": (30, 120), "c": (10, None), "d": (31, 60), "e": (None, 121), "f": (None, 40)},
        # Back by day 30: chatting or not, no longer in question.
        **{"g": (5, 30), "h": (None, 1)},
    }
    for customer, (chatted, back) in stories.items():
        buy(marts, customer, later(0), *([later(back)] if back else []))
        if chatted is not None:
            chat(marts, customer, later(chatted))
    # Before the first purchase: not of this table.
    chat(marts, "f", later(-1))
    buy(marts, "young", "2026-07-01 12:00")
    marts.cut_off("2026-09-01 10:00")
    found = {row["group_name"]: row for row in marts.build("retention_landmark")}
    names = ("numerator", "denominator", "excluded", "pending")
    assert [found["chat"][name] for name in names] == [2, 3, 1, 0]
    assert [found["no_chat"][name] for name in names] == [2, 3, 1, 1]
    assert (found["chat"]["rate"], found["chat"]["difference"]) == pytest.approx((2 / 3, 0))
    assert found["chat"]["difference_low"] < 0 < found["chat"]["difference_high"]
    assert found["no_chat"]["difference"] is None


def test_repeat_buyers_per_1000_visitors(marts: Marts) -> None:
    def visit(key: str, at: str, customer: str | None = None, client: str | None = None) -> None:
        marts.add(
            "fct_web_sessions",
            {"web_session_key": key, "started_at": at, "customer_key": customer, "client_id": client},
        )

    chat(marts, None, "2026-01-01 10:00")
    for n, customer in enumerate("abcde"):
        visit(customer, "2026-02-01 10:00", customer, f"client {n}")
    visit("anonymous", "2026-02-01 10:00", client="x")
    visit("anonymous again", "2026-03-01 10:00", client="x")
    visit("young", "2026-08-01 10:00", client="y")
    visit("early", "2025-12-01 10:00", client="z")
    chat(marts, "a", "2026-02-01 10:05")
    chat(marts, None, "2026-02-01 10:06", web_session_key="anonymous")
    # Only those who come back can chat later.
    chat(marts, "b", "2026-02-02 10:00")
    buy(marts, "a", "2026-02-01 11:00", "2026-06-01 11:00")
    buy(marts, "b", "2026-02-02 11:00", "2026-06-02 11:00")
    buy(marts, "c", "2026-02-02 11:00", "2026-02-03 11:00")
    # Bought before the first visit that is known.
    buy(marts, "d", "2026-01-02 11:00", "2026-02-03 11:00")
    marts.cut_off("2026-09-01 10:00")
    found = {row["group_name"]: row for row in marts.build("retention_visitors")}
    names = ("numerator", "denominator", "buyers", "pending", "rate")
    assert [found["chat"][name] for name in names] == [1, 2, 1, 0, 500]
    assert [found["no_chat"][name] for name in names] == [1, 3, 2, 1, pytest.approx(1000 / 3)]
    assert found["chat"]["difference"] == pytest.approx(500 - 1000 / 3)
