"""Golden rows: a home of hand-written exports, synced as by night, against rows written by hand here."""

from __future__ import annotations

import json
from datetime import datetime

import duckdb
import pytest

from chat_pipeline.decisions import forget
from chat_pipeline.home import Home
from chat_pipeline.run import run_nightly
from chat_pipeline.settings import Settings, load_settings

pytestmark = pytest.mark.slow

SETTINGS = """
[shop]
time_zone = "Europe/Berlin"
currency = "EUR"
country = "DE"
[sources.rasa]
sender_id = "platform_user_id"
[identifiers]
rasa.slots = { email = "email" }
shopify.note_attributes = { chat_id = "thread_id" }
[goals.order_tracking]
entered = [{ intent = "track_order" }]
completed = [{ action = "utter_order_status" }]
window = "24h"
"""


def said(sender: str, second: float, event: str, **more: object) -> str:
    """A Rasa event; `second` counts from 2026-11-02 22:30:00 UTC, half an hour before Berlin's midnight."""
    start = 1793658600
    return json.dumps({"sender_id": sender, "event": event, "timestamp": start + second, **more})


def asks(sender: str, second: float, text: str, intent: str) -> str:
    parsed = {"intent": {"name": intent, "confidence": 0.9}, "entities": [], "intent_ranking": []}
    return said(
        sender, second, "user", text=text, parse_data=parsed, input_channel="rest", message_id=f"m{second}"
    )


BROKER = [
    # Kim asks for an order and types the address that the shop and the CRM know; asks again after 40 minutes.
    asks("kim", 0, "Hi", "greet"),
    said("kim", 1, "bot", text="Hello!", data={}),
    asks("kim", 10, "Where is my order?", "track_order"),
    said("kim", 12, "slot", name="email", value="Kim@Example.org"),
    said("kim", 13, "action", name="utter_order_status"),
    said("kim", 13.5, "bot", text="On its way.", data={}),
    asks("kim", 13.5 + 2400, "dfghj", "nlu_fallback"),
    said("kim", 15.5 + 2400, "bot", text="Sorry?", data={}),
    # Bo only greets.
    asks("bo", 100, "hello", "greet"),
]
ORDERS = """Name,Email,Financial Status,Currency,Total,Refunded Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Note Attributes,Id
#1001,kim@example.org,partially_refunded,EUR,40.00,10.00,2026-11-02 23:45:00 +0100,2,Green tea,15.00,chat_id: kim,5900000000001
#1001,kim@example.org,,,,,2026-11-02 23:45:00 +0100,1,Cup,10.00,,
#1002,lee@example.org,voided,EUR,12.00,0.00,2026-11-03 09:00:00 +0100,1,Cup,12.00,,5900000000002
"""
CONTACT = {
    "results": [
        {
            "id": "701",
            "properties": {
                "hs_object_id": "701", "email": "kim@example.org", "firstname": "Kim", "lastname": "Brandt", "country": "Germany",
                "createdate": "2026-01-05T08:00:00.000Z", "lastmodifieddate": "2026-03-01T09:00:00.000Z",
            },
            "createdAt": "2026-01-05T08:00:00.000Z", "updatedAt": "2026-03-01T09:00:00.000Z", "archived": False,
        }
    ]
}  # fmt: skip
# GA4 alone knows that Bo was pleased; its session is the one in which Bo chatted.
RATED = {
    "event_date": "20261102",
    "event_timestamp": str((1793658600 + 130) * 1_000_000),
    "event_name": "chatbot_satisfaction_yes",
    "event_params": [
        {"key": "ga_session_id", "value": {"int_value": "1793658500"}},
        {"key": "conversation_id", "value": {"string_value": "bo"}},
        {"key": "bot_platform", "value": {"string_value": "rasa"}},
    ],
    "user_pseudo_id": "1055.1760000000",
    "stream_id": "34508",
}
EXPORTS = {
    "rasa/events.jsonl": "\n".join(BROKER) + "\n",
    "shopify/orders_export_1.csv": ORDERS,
    "hubspot/contacts.json": json.dumps(CONTACT),
    "ga4/events_20261102.ndjson": json.dumps(RATED) + "\n",
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}")


MESSAGES = [
    # thread, conversation of the thread, place, turn, author, text, intent, fallback, UTC time
    ("bo", 1, 1, 1, "user", "hello", "greet", False, at("02T22:31:40")),
    ("kim", 1, 1, 1, "user", "Hi", "greet", False, at("02T22:30:00")),
    ("kim", 1, 2, 1, "bot", "Hello!", None, False, at("02T22:30:01")),
    ("kim", 1, 3, 2, "user", "Where is my order?", "track_order", False, at("02T22:30:10")),
    ("kim", 1, 4, 2, "bot", "On its way.", None, False, at("02T22:30:13.5")),
    ("kim", 2, 1, 1, "user", "dfghj", "nlu_fallback", True, at("02T23:10:13.5")),
    ("kim", 2, 2, 1, "bot", "Sorry?", None, False, at("02T23:10:15.5")),
]
CONVERSATIONS = [
    # thread, shop's date, engagement, messages, text turns, fallback turns, rating, its source, goals entered, completed, link
    ("bo", "2026-11-02", "bounced", 1, 1, 0, "up", "ga4", 0, 0, "conversation_id"),
    ("kim", "2026-11-02", "engaged", 4, 2, 0, None, None, 1, 1, None),
    ("kim", "2026-11-03", "engaged", 2, 1, 1, None, None, 0, 0, None),
]
ORDER_ROWS = [
    # name, UTC time, shop's date, counts, why not, total, net, lines, in the chat's thread
    ("#1001", at("02T22:45:00"), "2026-11-02", True, None, 40.0, 30.0, 2, True),
    ("#1002", at("03T08:00:00"), "2026-11-03", False, "voided", 12.0, 12.0, 1, False),
]
CUSTOMERS = [
    # e-mail, first name, country, in chat, in CRM, in shop, identifiers' types, anonymous
    (None, None, None, True, False, False, ["ga_client_id", "platform_user_id", "thread_id"], True),
    (
        "kim@example.org",
        "Kim",
        "DE",
        True,
        True,
        True,
        ["crm_id", "email", "platform_user_id", "thread_id"],
        False,
    ),
    ("lee@example.org", None, None, False, False, True, ["email"], False),
]


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Settings]:
    home = Home(tmp_path_factory.mktemp("golden") / "home")
    for name, text in EXPORTS.items():
        path = home.exports / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    home.settings_file.write_text(SETTINGS, encoding="utf-8")
    settings = load_settings(home.settings_file)
    outcome = run_nightly(home, settings)
    assert outcome.success, outcome.failures
    assert (outcome.published, outcome.version) == (True, 1)
    assert outcome.failed_checks == {}
    return home, settings


def rows(home: Home, query: str) -> list[tuple]:
    with duckdb.connect(str(home.published), read_only=True) as con:
        return con.execute(query).fetchall()


def test_messages_are_in_their_conversations(golden):
    assert rows(golden[0], """
        select thread_id, dense_rank() over (partition by thread_id order by c.started_at), m.sequence, m.turn_number, m.author,
            m.text, m.intent, m.is_fallback, m.sent_at
        from marts.fct_messages as m join marts.fct_conversations as c using (conversation_key, thread_id) order by m.thread_id, m.sent_at
    """) == MESSAGES  # fmt: skip


def test_conversations_say_what_happened_in_them(golden):
    assert rows(golden[0], """
        select thread_id, cast(started_date as varchar), engagement, message_count, text_turn_count, fallback_turn_count, rating,
            rating_source, goals_entered, goals_completed, web_link
        from marts.fct_conversations order by thread_id, started_at
    """) == CONVERSATIONS  # fmt: skip


def test_orders_count_and_name_their_chat(golden):
    assert rows(golden[0], """
        select order_name, ordered_at, cast(ordered_date as varchar), is_counted, exclusion_reason, total, net_amount,
            (select count(*) from marts.fct_order_lines as l where l.order_key = o.order_key), conversation_key is not null
        from marts.fct_orders as o order by order_name
    """) == ORDER_ROWS  # fmt: skip


def test_one_customer_is_found_in_chat_crm_and_shop(golden):
    assert rows(golden[0], """
        select email, first_name, country, is_in_chat, is_in_crm, is_in_shop,
            list_sort(list_distinct((select list(identifier_type) from marts.customer_identities as i where i.customer_key = d.customer_key))),
            is_anonymous
        from marts.dim_customers as d order by email nulls first
    """) == CUSTOMERS  # fmt: skip


@pytest.mark.long
def test_a_second_sync_does_nothing_and_forgetting_a_file_takes_its_rows_out(golden):
    home, settings = golden
    before = home.published.stat()
    again = run_nightly(home, settings)
    after = home.published.stat()
    assert (again.success, again.published, again.version) == (True, False, 1)
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    forget(home, "shopify/orders_export_1.csv", "sent by mistake")
    third = run_nightly(home, settings)
    assert (third.success, third.published, third.version) == (True, True, 2)
    assert rows(home, "select count(*) from marts.fct_orders") == [(0,)]
    assert rows(home, "select email from marts.dim_customers order by email nulls first") == [
        (None,),
        ("kim@example.org",),
    ]
    assert rows(home, "select count(*) from marts.fct_messages") == [(len(MESSAGES),)]
