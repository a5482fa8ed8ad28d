"""The list of signals: names, counts and looks, never a value; and the lines it suggests."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from handmade_marts import Marts

from chat_pipeline.analytics.signals import as_toml
from chat_pipeline.settings import load_settings


def event(marts: Marts, kind: str, name: str, *values: str | None, **columns: Any) -> None:
    marts.add(
        "fct_conversation_events",
        *(
            {"event_key": f"{kind}{name}{n}", "value": value, "occurred_at": f"2026-01-{n + 1:02} 10:00"}
            for n, value in enumerate(values or (None,))
        ),
        kind=kind,
        name=name,
        **columns,
    )


def by_name(marts: Marts) -> dict[str, dict[str, Any]]:
    return {r["name"]: r for r in marts.build("signals")}


def test_counts_persons_conversations_and_test_traffic_apart(marts: Marts) -> None:
    marts.add(
        "fct_conversations",
        {"conversation_key": "a", "person_key": "p"},
        {"conversation_key": "b", "person_key": "p"},
        {"conversation_key": "t", "is_test": True},
    )
    for key in "aabt":
        event(marts, "action", "utter_hi", conversation_key=key)
    # What the settings or GA4 made of a name, and marks of a session, are no names of the platform.
    event(marts, "action", "made", signal_source="settings")
    event(marts, "session", "start")
    (row,) = marts.build("signals")
    assert row["mapped_to"] is None
    assert {
        k: row[k] for k in ("kind", "name", "occurrences", "test_occurrences", "conversations", "persons")
    } == {
        **{"kind": "action", "name": "utter_hi", "occurrences": 3, "test_occurrences": 1},
        **{"conversations": 2, "persons": 1},
    }


@pytest.mark.parametrize(
    ("look", "values"),
    [
        ("email", ["ann@example.com", '"bob@example.org"']),
        ("phone", ["+49 170 1234567", "0170-1234567"]),
        ("client_id", ["GA1.2.123456789.1700000000", "123456789.1700000000"]),
        ("yes_no", ["yes", "No", "ja"]),
        ("yes_no", ["0", "1"]),
        ("rating", ["5", "4", "1"]),
        (None, ["berlin", "munich"]),
        (None, ["100", "5000"]),
    ],
)
def test_looks(marts: Marts, look: str | None, values: list[str]) -> None:
    event(marts, "slot", "asked", *values)
    assert by_name(marts)["asked"]["looks_like"] == look


def test_no_value_and_no_name_with_personal_content_is_shown(marts: Marts) -> None:
    event(marts, "slot", "mail", "ann@example.com")
    event(marts, "button", "my mail is ann@example.com")
    event(marts, "button", "call 0170 1234567")
    marts.add("fct_messages", {"message_key": "m", "intent": "call +49-170-1234567", "sent_at": "2026-01-01"})
    text = str(marts.build("signals"))
    assert "ann@" not in text
    assert "1234567" not in text
    assert by_name(marts)["(withheld)"]["suggestion"] is None


def test_what_settings_use_is_mapped_and_gets_no_suggestion(marts: Marts, tmp_path: Path) -> None:
    marts.set(
        """
        [identifiers]
        rasa.slots = { mail = "email" }
        [signals.csat]
        rasa = { slot = "rating", scale = [1, 5], asked = { action = "utter_ask" } }
        [goals.order]
        entered = [{ intent = "buy_*" }]
        completed = [{ order = true }]
        [intent_groups]
        product = ["buy_product"]
        """,
        tmp_path,
    )
    event(marts, "slot", "mail", "ann@example.com")
    event(marts, "slot", "rating", "5", "3")
    event(marts, "action", "utter_ask")
    event(marts, "action", "utterxask")
    marts.add("fct_messages", {"message_key": "m", "intent": "buy_product", "sent_at": "2026-01-01"})
    rows = by_name(marts)
    assert {name: row["mapped_to"] for name, row in rows.items()} == {
        **{"mail": "identifiers: email", "rating": "signals.csat", "utter_ask": "signals.csat asked"},
        **{"utterxask": None, "buy_product": "goals.order entered; intent_groups.product"},
    }
    assert not any(row["suggestion"] for row in rows.values())


def test_suggestions_are_lines_that_the_settings_take(marts: Marts, tmp_path: Path) -> None:
    event(marts, "slot", "contact", "ann@example.com", "bob@example.com")
    event(marts, "slot", 'odd "name"\n', "123456789.1700000000")
    event(marts, "slot", "age", "33", "44")
    event(marts, "slot", "csat_score", "5", "3", "1")
    event(marts, "slot", "was_helpful", "yes", "no")
    event(marts, "action", "action_to_human")
    marts.add("fct_messages", {"message_key": "m", "intent": "operator", "sent_at": "2026-01-01"})
    rows = marts.build("signals")
    for row in rows:
        assert not row["suggestion"] or tomllib.loads(row["suggestion"])
    assert by_name(marts)["contact"]["suggestion"] == '[identifiers]\nrasa.slots = { contact = "email" }'
    text = as_toml(rows, marts.settings)
    found = tomllib.loads(text)
    # The shipped names stay beside the new ones: a key of the file replaces them as a whole.
    assert (
        found["identifiers"]["rasa"]["slots"].items()
        >= {**{"contact": "email", 'odd "name"\n': "ga_client_id", "phone_number": "phone"}}.items()
    )
    assert found["attributes"] == {"rasa": {"slots": {"age": "age"}}}
    assert found["signals"]["csat"] == {"rasa": {"slots": ["csat_score", "was_helpful"], "scale": [1, 5]}}
    assert "action_to_human" in found["signals"]["handoff"]["rasa"]["actions"]
    assert found["signals"]["handoff"]["rasa"]["intents"] == ["human_handoff", "operator"]
    path = tmp_path / "suggested.toml"
    path.write_text(text)
    marts.settings = load_settings(path)
    assert not any(row["suggestion"] for row in marts.build("signals"))


def test_names_of_the_warehouse_where_it_is_attached(marts: Marts) -> None:
    marts.add("fct_web_events", {"web_event_key": "e", "event_name": "purchase", "occurred_at": "2026-01-01"})
    assert set(by_name(marts)) == {"purchase"}
    marts.con.execute(
        """
        attach ':memory:' as warehouse;
        create schema warehouse.intermediate;
        create table warehouse.intermediate.int_web_events__keyed as
            select 'ga4' as platform, 'default' as instance, 'e' as event_id, timestamp '2026-01-01' as occurred_at,
                's' as stream_id, 'c' as client_id, false as is_test;
        create table warehouse.intermediate.int_web_parameters__unioned as
            select 'ga4' as platform, 'default' as instance, 'e' as event_id, 'mail' as name, 'a@b.cc' as value;
        create table warehouse.intermediate.int_crm_people__unioned as
            select 'hubspot' as platform, 'default' as instance, '1' as person_id, 'a@b.cc' as email,
                cast(null as varchar) as phone, timestamp '2026-01-02' as updated_at
            union all select 'other', 'default', '1', null, '0170 1234567', null;
        create schema warehouse.staging;
        create view warehouse.staging.base_hubspot__contacts as
            select 'default' as instance,
                '{"email": "a@b.cc", "empty": "", "web id": "123456789.1700000000"}' as properties;
        create view warehouse.staging.base_hubspot__live_contacts as
            select * from warehouse.staging.base_hubspot__contacts;
        """
    )
    rows = by_name(marts)
    assert {(r["kind"], r["name"], r["looks_like"]) for r in rows.values()} == {
        ("ga4", "purchase", None),
        ("ga4_parameter", "mail", "email"),
        ("crm_field", "contacts.email", "email"),
        ("crm_field", "contacts.web id", "client_id"),
        ("crm_field", "people.phone", "phone"),
    }
    assert tomllib.loads(rows["contacts.web id"]["suggestion"]) == {
        "identifiers": {"hubspot": {"properties": {"web id": "ga_client_id"}}}
    }
    assert rows["mail"]["persons"] == 1
    assert "a@b.cc" not in str(rows)
    assert "1234567" not in str(rows)
