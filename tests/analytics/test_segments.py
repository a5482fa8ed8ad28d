"""Segments on marts made by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from handmade_marts import Marts

from chat_pipeline.analytics._segment_steps import RFM_SEGMENTS, rfm_map
from chat_pipeline.analytics._segment_values import attributes
from chat_pipeline.analytics._technology import channel_family
from chat_pipeline.analytics.segments import segments


def values(marts: Marts, attribute: str) -> dict[str, str]:
    return {r["customer_key"]: r["value"] for r in marts.build("segments") if r["attribute"] == attribute}


def customers(marts: Marts, *keys: str, **columns: Any) -> None:
    marts.add("dim_customers", *({"customer_key": key, **columns} for key in keys))


def orders(marts: Marts, customer: str, *days: str, **columns: Any) -> None:
    marts.add(
        "fct_orders",
        *({"order_key": f"{customer}{n}", "ordered_at": f"{day} 10:00"} for n, day in enumerate(days)),
        customer_key=customer,
        **columns,
    )


def chats(marts: Marts, customer: str, *days: str, **columns: Any) -> None:
    marts.add(
        "fct_conversations",
        *({"conversation_key": f"{customer}{n}", "started_at": f"{day} 10:00"} for n, day in enumerate(days)),
        customer_key=customer,
        **columns,
    )


def test_every_customer_has_one_value_of_every_attribute(marts: Marts) -> None:
    customers(marts, "a", "b", first_seen_at="2026-01-01")
    customers(marts, "later", first_seen_at="2026-04-01")
    chats(marts, "a", "2026-02-01")
    orders(marts, "a", "2026-02-01")
    marts.cut_off("2026-03-31 21:59")
    rows = marts.build("segments")
    found = Counter((r["customer_key"], r["family"], r["attribute"]) for r in rows)
    assert found == Counter((key, *attribute) for key in "ab" for attribute in attributes(marts.settings))
    assert all(r["value"] for r in rows)
    # 21:59 UTC is 23:59 in Berlin: still March.
    assert {r["as_of_date"] for r in rows} == {date(2026, 3, 31)}


def test_age_bands_on_the_birthday_and_at_the_bounds(marts: Marts) -> None:
    marts.cut_off("2026-03-31 10:00")
    customers(marts, "born today", birth_date="2008-03-31", age=50)
    customers(marts, "born tomorrow", birth_date="2008-04-01")
    for age in (17, 18, 24, 25, 34, 35, 44, 45, 54, 55, 64, 65, 120, 121, -1):
        customers(marts, str(age), age=age)
    customers(marts, "none")
    assert values(marts, "age_band") == {
        **{"born today": "18-24", "born tomorrow": "-17", "17": "-17", "18": "18-24", "24": "18-24"},
        **{"25": "25-34", "34": "25-34", "35": "35-44", "44": "35-44", "45": "45-54", "54": "45-54"},
        **{"55": "55-64", "64": "55-64", "65": "65+", "120": "65+"},
        **{"121": "unknown", "-1": "unknown", "none": "unknown"},
    }


def test_engagement_is_cut_at_thirds_even_if_most_chatted_once(marts: Marts) -> None:
    marts.con.execute(
        "insert into marts.dim_customers (customer_key) select 'c' || i from range(1001) as t (i)"
    )
    # 700 of 1,000 chatted once; nobody as long as another.
    marts.con.execute(
        """
        insert into marts.fct_conversations
            (conversation_key, customer_key, started_at, started_date, duration_seconds)
        select i || '-' || n, 'c' || i, timestamp '2026-03-01 10:00', date '2026-03-01', 10 + i
        from range(1000) as t (i), range(case when i < 700 then 1 else 3 end) as u (n)
        """
    )
    marts.cut_off("2026-03-31 10:00")
    assert Counter(values(marts, "level").values()) == {"low": 333, "medium": 334, "high": 333, "none": 1}


def test_engagement_of_equals_is_equal(marts: Marts) -> None:
    customers(marts, *"abcd")
    for key in "abc":
        chats(marts, key, "2026-03-01")
    # Outside the 90 days, bounced, disputed or test: no engagement.
    chats(marts, "d", "2025-12-31")
    for key, columns in {
        "e": {"is_chat_engaged": False},
        "f": {"has_identity_conflict": True},
        "g": {"is_test": True},
    }.items():
        customers(marts, key)
        chats(marts, key, "2026-03-01", **columns)
    marts.cut_off("2026-03-31 10:00")
    assert values(marts, "level") == {**dict.fromkeys("abc", "medium"), **dict.fromkeys("defg", "none")}


def test_intent_is_the_most_frequent_and_the_latest_of_equals(marts: Marts) -> None:
    customers(marts, *"abc")
    named = [("2026-03-01", "buy"), ("2026-03-02", "track"), ("2026-03-03", "track"), ("2026-03-04", "buy")]
    for n, (day, name) in enumerate(named):
        marts.add(
            "fct_conversations",
            {
                "conversation_key": str(n),
                "customer_key": "a",
                "started_at": f"{day} 10:00",
                "primary_intent": name,
            },
        )
    chats(marts, "b", "2026-03-01")
    marts.cut_off("2026-03-31 10:00")
    assert values(marts, "intent") == {"a": "buy", "b": "unknown", "c": "none"}


def test_purchase_status_is_the_first_that_fits(marts: Marts) -> None:
    marts.cut_off("2026-12-31 10:00")
    customers(marts, "prospect", "first", "repeat", "same day", "lapsed", "edge", "cancelled", "test")
    orders(marts, "first", "2026-12-01")
    orders(marts, "repeat", "2026-11-01", "2026-12-01")
    orders(marts, "same day", "2026-12-01", "2026-12-01")
    # 181 and 180 days ago; the first of them with the most money of all.
    orders(marts, "lapsed", "2026-05-01", "2026-07-03", net_amount=5000)
    orders(marts, "edge", "2026-07-04")
    orders(marts, "cancelled", "2026-12-01", is_counted=False)
    orders(marts, "test", "2026-12-01", is_test=True)
    for n in range(12):
        customers(marts, f"x{n}")
        orders(marts, f"x{n}", "2026-12-01", net_amount=20 + n)
    customers(marts, "top")
    orders(marts, "top", "2026-10-01", "2026-12-01", net_amount=4000)
    # The shop's record counts orders from before the data.
    customers(marts, "known", shop_order_count=3)
    orders(marts, "known", "2026-12-01")
    customers(marts, "long ago", crm_order_count=1)
    assert values(marts, "status") == {
        **{"prospect": "prospect", "cancelled": "prospect", "test": "prospect"},
        **{"first": "first-time", "same day": "first-time", "edge": "first-time", "repeat": "repeat"},
        **{"lapsed": "lapsed", "long ago": "lapsed", "top": "high-value", "known": "repeat"},
        **{f"x{n}": "first-time" for n in range(12)},
    }


def test_rfm_scores_by_mid_rank_do_not_split_equals(marts: Marts) -> None:
    keys = [f"c{n}" for n in range(10)]
    customers(marts, *keys, "old")
    for n, key in enumerate(keys):
        orders(marts, key, "2026-06-01" if n < 6 else f"2026-07-{n:02}", net_amount=100 if n < 9 else 900)
    orders(marts, "old", "2025-06-01")
    marts.cut_off("2026-12-31 10:00")
    # Six equals: mid-rank percentile (6 / 2) / 10 = 0.3: score 2. Then 0.65, 0.75, 0.85, 0.95.
    assert [values(marts, "rfm_recency")[key] for key in keys] == ["2"] * 6 + ["4", "4", "5", "5"]
    # Nine equals: 0.45: score 3.
    assert [values(marts, "rfm_monetary")[key] for key in keys] == ["3"] * 9 + ["5"]
    assert values(marts, "rfm_recency")["old"] == values(marts, "rfm_segment")["old"] == "none"


@pytest.mark.parametrize(
    ("purchases", "score"), [(1, "1"), (2, "2"), (3, "3"), (4, "4"), (5, "4"), (6, "5"), (7, "5")]
)
def test_frequency_score(marts: Marts, purchases: int, score: str) -> None:
    customers(marts, "a")
    orders(marts, "a", *(f"2026-10-{n + 1:02}" for n in range(purchases)))
    marts.cut_off("2026-12-31 10:00")
    assert values(marts, "rfm_frequency") == {"a": score}


def test_the_rfm_map_has_every_cell_once() -> None:
    lines = RFM_SEGMENTS.read_text(encoding="utf-8").splitlines()
    cells = [tuple(line.split(",")[:2]) for line in lines[1:]]
    assert sorted(cells) == [(str(r), str(f)) for r, f in product(range(1, 6), range(1, 6))]
    assert all(rfm_map().values())


def test_the_map_names_each_cell_in_the_table(marts: Marts) -> None:
    # Recency from days, frequency from purchases: every buyer has a named segment, quotes and all.
    for n in range(25):
        customers(marts, f"c{n}")
        orders(
            marts,
            f"c{n}",
            *(f"2026-{10 - n // 5:02}-{day:02}" for day in range(1, (1, 2, 3, 4, 6)[n % 5] + 1)),
        )
    marts.cut_off("2026-12-31 10:00")
    recency, frequency = values(marts, "rfm_recency"), values(marts, "rfm_frequency")
    found = values(marts, "rfm_segment")
    assert found == {key: rfm_map()[int(recency[key]), int(frequency[key])] for key in found}
    assert {"can't lose them", "champions", "hibernating"} <= set(found.values())


def test_technology_is_the_latest_known(marts: Marts) -> None:
    customers(marts, "a", "b")
    marts.add(
        "fct_web_sessions",
        {"web_session_key": "1", "started_at": "2026-03-01", "device": "desktop", "browser": "Firefox"},
        {"web_session_key": "2", "started_at": "2026-03-02", "device": "mobile", "browser": None},
        {"web_session_key": "3", "started_at": "2026-04-02", "device": "tablet"},
        customer_key="a",
    )
    chats(marts, "a", "2026-02-01", channel="whatsapp")
    marts.cut_off("2026-03-31 10:00")
    found = {
        r["attribute"]: r["value"]
        for r in marts.build("segments")
        if (r["customer_key"], r["family"]) == ("a", "technology")
    }
    assert found == {
        "device": "mobile",
        "operating_system": "unknown",
        "browser": "Firefox",
        "channel": "social",
    }


@pytest.mark.parametrize(
    ("channel", "family"),
    [
        ("webchat", "web"),
        ("directline", "web"),
        ("online", "other"),
        ("line", "social"),
        ("ios_app", "app"),
        ("", None),
    ],
)
def test_channel_family(marts: Marts, channel: str, family: str | None) -> None:
    assert marts.con.execute(f"select {channel_family('c')} from (select ? as c)", [channel]).fetchall() == [
        (family,)
    ]


def test_segments_of_an_earlier_day_know_nothing_of_what_came_after(marts: Marts) -> None:
    customers(marts, "a", "b", first_seen_at="2026-01-01")
    orders(marts, "a", "2026-02-01", "2026-03-01")
    chats(marts, "b", "2026-03-01", channel="web")
    marts.cut_off("2026-03-31 10:00")

    def as_of(day: date | None) -> dict[tuple[str, str], str]:
        rows = marts.con.execute(segments(marts.con, marts.settings, day)).fetchall()
        return {(key, attribute): value for key, _, _, attribute, value in rows}

    then, now = as_of(date(2026, 2, 15)), as_of(None)
    assert (then["a", "status"], now["a", "status"]) == ("first-time", "repeat")
    assert (then["b", "level"], now["b", "level"]) == ("none", "medium")
    assert (then["b", "channel"], now["b", "channel"]) == ("unknown", "web")
    assert as_of(date(2025, 12, 31)) == {}


def test_acquisition_is_that_of_the_latest_chat_with_a_session(marts: Marts) -> None:
    customers(marts, "a", "b")
    marts.add(
        "fct_web_sessions",
        {
            "web_session_key": "1",
            "started_at": "2026-03-01",
            "source": "google",
            "medium": "cpc",
            "campaign": "spring",
        },
        {"web_session_key": "2", "started_at": "2026-03-02", "source": "news", "medium": "email"},
        # Without a chat, and without any name.
        {"web_session_key": "3", "started_at": "2026-03-03", "source": "bing"},
        {"web_session_key": "4", "started_at": "2026-03-04", "source": " "},
        customer_key="a",
    )
    for day in (1, 2, 4):
        chats(marts, "a", f"2026-03-0{day}", web_session_key=str(day))
    marts.cut_off("2026-03-31 10:00")
    # A session without campaign does not borrow that of the one before.
    assert [values(marts, name) for name in ("source", "medium", "campaign")] == [
        {"a": "news", "b": "unknown"},
        {"a": "email", "b": "unknown"},
        {"a": "unknown", "b": "unknown"},
    ]


def test_own_segments_by_rules(marts: Marts, tmp_path: Path) -> None:
    marts.set(
        """
        [segments.fans]
        all = [{ attribute = "purchase_history.status", in = ["repeat", "it's"] }, { conversations_90d = ">= 2" }]
        [segments.recent_or_rich]
        any = [{ days_since_purchase = "< 10" }, { net_365d = ">= 99.5" }]
        [segments.level]
        all = [{ attribute = "engagement.level", not_in = ["none"] }, { chat_minutes_90d = "<= 1" }]
        """,
        tmp_path,
    )
    customers(marts, "a", "b", "c", "d")
    orders(marts, "a", "2026-11-01", "2026-12-01", net_amount=49.75)
    chats(marts, "a", "2026-12-01", "2026-12-02")
    orders(marts, "b", "2026-12-30")
    chats(marts, "b", "2026-12-01")
    orders(marts, "c", "2026-12-20", net_amount=99.49)
    marts.cut_off("2026-12-31 10:00")
    found = {
        (r["customer_key"], r["attribute"]): r["value"]
        for r in marts.build("segments")
        if r["family"] == "own"
    }
    names = ("fans", "level", "recent_or_rich")
    assert {key: [found[key, name] for name in names] for key in "abcd"} == {
        "a": ["yes", "no", "yes"],
        "b": ["no", "yes", "yes"],
        "c": ["no", "no", "no"],
        # Who never bought has no days since.
        "d": ["no", "no", "no"],
    }
