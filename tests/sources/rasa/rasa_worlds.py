"""Rasa's events, as tracker store, broker, tracker API and the tools around them write them."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st
from worlds import NAMES, TEXTS, Form, Record, World, grouped, indented, json_lines, numbered, table

SENDERS = st.sampled_from(("t1", "T1", "ü 7", "whatsapp:+4930"))
SAID = st.fixed_dictionaries({
    "event": st.just("user"), "text": TEXTS, "input_channel": st.sampled_from(("rest", None)),
    "intent": st.sampled_from(("greet", "nlu_fallback")), "value": NAMES,
})  # fmt: skip
KINDS = st.one_of(
    SAID,
    st.fixed_dictionaries({"event": st.just("bot"), "text": TEXTS | st.none()}),
    st.fixed_dictionaries({"event": st.just("action"), "name": st.sampled_from(("action_x", "utter_y"))}),
    st.fixed_dictionaries({"event": st.just("slot"), "name": st.just("size"), "value": st.sampled_from((7, "L", [1, "a"]))}),
    st.fixed_dictionaries({"event": st.sampled_from(("session_started", "rewind", "restart"))}),
)  # fmt: skip


def _records(senders: st.SearchStrategy[str]) -> st.SearchStrategy[list[Record]]:
    made = st.builds(lambda sender, given: {**given, "sender": sender}, senders, KINDS)
    # Something is always said: else there would be no message to compare.
    first = st.builds(lambda sender, given: {**given, "sender": sender}, senders, SAID)
    return (
        st.tuples(first, st.lists(made, max_size=7))
        .map(lambda told: [told[0], *told[1]])
        .flatmap(lambda rows: numbered(st.nothing()) if not rows else st.just(_number(rows)))
    )


def _number(rows: list[Record]) -> list[Record]:
    from worlds import START

    return [
        {**row, "number": n, "at": START + timedelta(seconds=7 * n, microseconds=n)}
        for n, row in enumerate(rows)
    ]


def event(record: Record, more: Record) -> Record:
    """The event as Rasa serialises it."""
    told: Record = {
        "event": record["event"],
        "timestamp": record["at"].timestamp(),
        "metadata": {"model_id": "m1"},
    }
    if record["event"] == "user":
        intent = {"name": record["intent"], "confidence": 0.875}
        entity = {"entity": "name", "value": record["value"], "confidence_entity": 0.5}
        told |= {
            "text": record["text"], "input_channel": record["input_channel"], "message_id": f"m{record['number']}",
            "parse_data": {"intent": intent, "entities": [entity], "intent_ranking": [intent], "text": record["text"]},
        }  # fmt: skip
    elif record["event"] == "bot":
        told |= {"text": record["text"], "data": {"buttons": [{"title": "Yes", "payload": "/yes"}]}}
    else:
        told |= {key: record[key] for key in ("name", "value") if key in record}
    return {**told, **more}


def _sent(record: Record, more: Record) -> Record:
    return {"sender_id": record["sender"], **event(record, more)}


def _trackers(records: list[Record], more: Record) -> list[Record]:
    return [
        {"sender_id": sender, "slots": {}, "events": [event(r, more) for r in rows]}
        for sender, rows in grouped(records, "sender").items()
    ]


def _stored(records: list[Record], more: Record, sender: str) -> list[Record]:
    """Rows of a table: some columns repeat what the JSON says."""
    return [
        {
            "id": 100 + record["number"], sender: record["sender"], "type_name": record["event"],
            "timestamp": record["at"].timestamp(), "intent_name": record.get("intent"), "action_name": None,
            "data": json.dumps(event(record, more), ensure_ascii=False),
        }
        for record in records
    ]  # fmt: skip


def _sqlite(name: str, sender: str, records: list[Record], more: Record) -> bytes:
    rows = _stored(records, more, sender)
    with sqlite3.connect(":memory:") as con:
        con.execute(f"create table {name} ({', '.join(rows[0])})")
        con.executemany(
            f"insert into {name} values ({', '.join('?' * len(rows[0]))})", [list(r.values()) for r in rows]
        )
        con.commit()
        return con.serialize()


def _wrapped(records: list[Record], more: Record) -> str:
    held: dict[str, Any] = {
        sender: [event(r, more) for r in rows] for sender, rows in grouped(records, "sender").items()
    }
    return indented({"conversations": held})


def _strange(record: Record) -> list[Record]:
    unheard = {
        "event": "moon_phase",
        "name": "full",
        "sender": record["sender"],
        "number": 500 + record["number"],
    }
    return [record, {**unheard, "at": record["at"] + timedelta(milliseconds=1)}]


BROKER = Form("broker_jsonl", lambda records, more: json_lines(_sent(r, more) for r in records))
# Without a sender the file is the conversation: its name tells which.
NAMELESS = {
    "stg_rasa__messages": ("thread_id", "message_id", "reply_to_id"),
    "stg_rasa__intents": ("thread_id", "message_id"),
    "stg_rasa__entities": ("thread_id", "message_id"),
    "stg_rasa__events": ("thread_id", "event_id", "message_id"),
    "stg_rasa__identifiers": ("thread_id", "identifier_value"),
}
FILLED = ("stg_rasa__messages", "stg_rasa__intents", "stg_rasa__entities", "stg_rasa__identifiers")
COUNTED = "select * from staging.stg_rasa__events where event_type = 'other' and name = 'moon_phase'"
WORLDS = (
    World(
        "events",
        raw="events",
        records=_records(SENDERS),
        forms=(
            BROKER,
            Form("broker_jsonl", lambda records, more: indented([_sent(r, more) for r in records])),
            Form(
                "wrapped_event_list",
                lambda records, more: indented(
                    [{"sender_id": r["sender"], "event": event(r, more)} for r in records]
                ),
            ),
            Form("wrapped_dump", _wrapped),
            Form("wrapped_dump", lambda records, more: indented({"conversations": _trackers(records, more)})),
            Form("tracker_list", lambda records, more: indented(_trackers(records, more))),
            Form(
                "conversation_event_csv",
                lambda records, more: table(_stored(records, more, "conversation_id")),
            ),
            Form("events_csv", lambda records, more: table(_stored(records, more, "sender_id"))),
            Form("events_sqlite", partial(_sqlite, "events", "sender_id")),
            Form("conversation_event_sqlite", partial(_sqlite, "conversation_event", "conversation_id")),
            Form(
                "conversation_event_json",
                lambda records, more: json_lines(_stored(records, more, "conversation_id")),
            ),
        ),
        filled=FILLED,
        strange=_strange,
        counted=COUNTED,
    ),
    World(
        "one conversation",
        raw="events",
        records=_records(st.just("t1")),
        forms=(
            BROKER,
            Form("tracker_json", lambda records, more: indented(_trackers(records, more)[0])),
            Form(
                "tracker_json",
                lambda records, more: indented({"_id": "x", "tracker": _trackers(records, more)[0]}),
            ),
            Form(
                "event_list",
                lambda records, more: indented([event(r, more) for r in records]),
                is_whole=True,
                silent=NAMELESS,
            ),
        ),
        filled=FILLED,
    ),
)
