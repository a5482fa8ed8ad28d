"""Segments at the conversation's start: those of the day before, for all conversations at once."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from handmade_marts import Marts

from chat_pipeline.analytics._segment_values import attributes
from chat_pipeline.analytics.segments import segments


def built(marts: Marts) -> dict[tuple[str, str, str], str]:
    return {
        (r["conversation_key"], r["family"], r["attribute"]): r["value"]
        for r in marts.build("conversation_segments")
    }


def chat(marts: Marts, key: str, day: str, customer: str | None = "a", **columns: Any) -> None:
    marts.add(
        "fct_conversations",
        {"conversation_key": key, "customer_key": customer, "started_at": f"{day} 10:00", **columns},
    )


def test_todays_segment_is_not_that_of_an_old_conversation(marts: Marts) -> None:
    marts.add("dim_customers", {"customer_key": "a", "first_seen_at": "2026-03-01"})
    for key, day in {"first": "2026-03-01", "second": "2026-03-02", "third": "2026-03-10"}.items():
        chat(marts, key, day)
    # Bought after the chat of the same day, and again on the day of the third one.
    for n, day in enumerate(("2026-03-01", "2026-03-10")):
        marts.add("fct_orders", {"order_key": str(n), "customer_key": "a", "ordered_at": f"{day} 12:00"})
    marts.cut_off("2026-03-31 10:00")
    found = built(marts)
    status = [found[key, "purchase_history", "status"] for key in ("first", "second", "third")]
    assert status == ["prospect", "first-time", "first-time"]
    assert [found[key, "engagement", "level"] for key in ("first", "second")] == ["none", "medium"]
    today = {r["attribute"]: r["value"] for r in marts.build("segments")}
    assert today["status"] == "repeat"


def test_every_attribute_adds_up_to_all_conversations(marts: Marts) -> None:
    marts.add("dim_customers", {"customer_key": "a"})
    chat(marts, "known", "2026-03-02")
    chat(marts, "unknown", "2026-03-02", None)
    chat(marts, "disputed", "2026-03-02", has_identity_conflict=True)
    chat(marts, "test", "2026-03-02", is_test=True)
    marts.cut_off("2026-03-31 10:00")
    found = built(marts)
    assert Counter((family, name) for _, family, name in found) == dict.fromkeys(
        attributes(marts.settings), 4
    )
    assert [found[key, "purchase_history", "status"] for key in ("known", "unknown", "disputed", "test")] == [
        "prospect",
        "unknown",
        "unknown",
        "prospect",
    ]


def test_technology_and_acquisition_are_the_conversations_own(marts: Marts) -> None:
    marts.add("dim_customers", {"customer_key": "a"})
    session = {"source": "google", "medium": "cpc", "device": "mobile", "browser": "Chrome"}
    marts.add("fct_web_sessions", {"web_session_key": "w", "started_at": "2026-03-02 09:59", **session})
    chat(marts, "before", "2026-03-01", device="desktop", channel="webchat")
    chat(marts, "with session", "2026-03-02", web_session_key="w")
    chat(marts, "nobody's", "2026-03-02", None, web_session_key="w", device="tablet")
    chat(marts, "after", "2026-03-03", channel="whatsapp")
    marts.cut_off("2026-03-31 10:00")
    found = built(marts)
    names = ("technology.device", "technology.browser", "technology.channel", "acquisition.source")
    assert {
        key: [found[key, *name.split(".")] for name in names]
        for key in ("before", "with session", "nobody's", "after")
    } == {
        "before": ["desktop", "unknown", "web", "unknown"],
        "with session": ["mobile", "Chrome", "web", "google"],
        "nobody's": ["tablet", "Chrome", "web", "google"],
        # The session is nobody's, so the device is the last one that the customer's own records know.
        "after": ["desktop", "unknown", "social", "unknown"],
    }


def made_up(marts: Marts, chance: random.Random) -> list[date]:
    """Half a year of chats, sessions and orders of 25 people; the days on which they chatted."""
    begin = datetime(2026, 1, 1)

    def moment(span: int = 180) -> datetime:
        return begin + timedelta(minutes=chance.randrange(span * 1440))

    people = [f"p{n}" for n in range(25)]
    marts.add(
        "dim_customers",
        *(
            {
                "customer_key": person,
                "first_seen_at": chance.choice([None, moment(90)]),
                "birth_date": chance.choice([None, date(2000, 1, 1) + timedelta(chance.randrange(9000))]),
                "country": chance.choice(["DE", "", None]),
                "shop_order_count": chance.choice([None, 0, 9]),
            }
            for person in people
        ),
    )
    for n in range(150):
        marts.add(
            "fct_conversations",
            {
                "conversation_key": f"c{n}",
                "customer_key": chance.choice([*people, *people, None]),
                "started_at": moment(),
                "duration_seconds": chance.choice([None, 0, 60, 90.5]),
                "is_chat_engaged": chance.random() < 0.8,
                "has_identity_conflict": chance.random() < 0.1,
                "is_test": chance.random() < 0.1,
                "primary_intent": chance.choice([None, "buy", "track"]),
                "primary_intent_group": chance.choice([None, "product", "order"]),
                "channel": chance.choice(["web", "whatsapp", ""]),
                "device": chance.choice([None, "mobile", "desktop"]),
            },
        )
        marts.add(
            "fct_orders",
            {
                "order_key": f"o{n}",
                "customer_key": chance.choice(people),
                "ordered_at": moment(180) - timedelta(days=chance.choice([0, 0, 200, 400])),
                "net_amount": chance.choice([None, 0, 10, 25, 99.99]),
                "is_counted": chance.random() < 0.9,
            },
        )
        marts.add(
            "fct_web_sessions",
            {
                "web_session_key": f"w{n}",
                "customer_key": chance.choice([*people, None]),
                "started_at": moment(),
                "browser": chance.choice([None, "Firefox", "Chrome"]),
            },
        )
    days = marts.con.execute(
        "select distinct started_date from marts.fct_conversations order by 1"
    ).fetchall()
    return [day for (day,) in days]


def test_equal_to_the_segments_of_the_day_before(marts: Marts) -> None:
    days = made_up(marts, random.Random(5))
    marts.cut_off("2026-07-01 10:00")
    found = built(marts)
    compared = 0
    # Days from the first to the last: a query for each takes its time.
    for day in days[::7]:
        before = marts.con.execute(segments(marts.con, marts.settings, day - timedelta(1))).fetchall()
        then = {(customer, family, name): value for customer, _, family, name, value in before}
        conversations = marts.con.execute(
            "select conversation_key, customer_key from marts.fct_conversations"
            " where started_date = ? and customer_key is not null and not has_identity_conflict",
            [day],
        ).fetchall()
        for key, customer in conversations:
            for family, name in attributes(marts.settings):
                # Technology and acquisition: the conversation's own; who was first seen later is no row there.
                if family in ("technology", "acquisition") or (customer, family, name) not in then:
                    continue
                assert found[key, family, name] == then[customer, family, name], (key, day, name)
                compared += 1
    assert compared > 100
