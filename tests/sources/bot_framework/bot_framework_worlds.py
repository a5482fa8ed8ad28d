"""Activities in transcripts and stores, and custom events by the three ways out of Application Insights."""

from __future__ import annotations

import csv
import json
from datetime import timedelta

from hypothesis import strategies as st
from worlds import TEXTS, Form, Record, World, indented, json_lines, numbered, table, zulu

ACTIVITIES = st.fixed_dictionaries({
    "type": st.sampled_from(("message", "message", "event", "typing")), "text": TEXTS, "role": st.sampled_from(("user", "bot")),
    "conversation": st.sampled_from(("c|1", "C|1", "ü 2")), "locale": st.sampled_from((None, "de-DE")),
})  # fmt: skip
EVENTS = st.fixed_dictionaries({
    "name": st.sampled_from(("BotMessageReceived", "BotMessageSend", "WaterfallStart")), "text": TEXTS,
    "conversation": st.sampled_from(("c|1", "C|1")), "intent": st.sampled_from((None, "Track")),
})  # fmt: skip


def _spoken(records: list[Record]) -> list[Record]:
    """With a message of the user before all."""
    first = {"type": "message", "text": "hello", "role": "user", "conversation": "c|1", "locale": None}
    return [{**first, "number": 900, "at": records[0]["at"] - timedelta(minutes=1)}, *records]


def _received(records: list[Record]) -> list[Record]:
    first = {"name": "BotMessageReceived", "text": "hello", "conversation": "c|1", "intent": None}
    return [{**first, "number": 900, "at": records[0]["at"] - timedelta(minutes=1)}, *records]


def activity(record: Record, more: Record) -> Record:
    told: Record = {
        "type": record["type"], "id": f"a{record['number']}", "timestamp": zulu(record["at"]), "channelId": "webchat",
        "from": {"id": f"{record['role']}-1", "role": record["role"]}, "recipient": {"id": "x"},
        "conversation": {"id": record["conversation"]}, "locale": record["locale"],
    }  # fmt: skip
    if record["type"] == "message":
        told["text"] = record["text"]
    elif record["type"] != "typing":
        told |= {"name": "shop/viewed", "value": {"sku": record["text"]}}
    return {**told, **more}


def _activities(records: list[Record], more: Record) -> list[Record]:
    return [activity(record, more) for record in records]


def _unheard(record: Record) -> list[Record]:
    return [record, {**record, "type": "telepathy", "number": 500 + record["number"]}]


def _properties(record: Record) -> Record:
    told = {"conversationId": record["conversation"], "channelId": "directline"}
    if record["name"].startswith("Bot"):
        told |= {
            "activityId": f"t{record['number']}",
            "type": "message",
            "text": record["text"],
            "fromId": "dl_1",
            "recipientId": "bot",
        }
    else:
        told |= {"DialogId": "Order", "InstanceId": f"i{record['number']}", "StepName": "1of2"}
    return told


def _row(record: Record, more: Record) -> Record:
    return {
        "timestamp": zulu(record["at"]), "name": record["name"], "customDimensions": json.dumps(_properties(record)),
        "itemCount": 1, **more,
    }  # fmt: skip


def _portal(record: Record, more: Record) -> Record:
    """As the portal's screen exports it: American times, a header that says UTC."""
    moment = (
        record["at"].strftime("%m/%d/%Y, %I:%M:%S.")
        + f"{record['at'].microsecond // 1000:03d} "
        + record["at"].strftime("%p")
    )
    row = _row(record, {name: json.dumps(value) for name, value in more.items()})
    del row["timestamp"]
    return {"timestamp [UTC]": moment, **row}


def _diagnostic(record: Record, more: Record) -> Record:
    return {
        "time": zulu(record["at"]),
        "Name": record["name"],
        "Properties": _properties(record),
        "ItemCount": 1,
        **more,
    }


def _result(records: list[Record], more: Record) -> str:
    rows = [_row(record, more) for record in records]
    columns = [{"name": name, "type": "string"} for name in rows[0]]
    return indented(
        {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": [list(r.values()) for r in rows]}]}
    )


WORLDS = (
    World(
        "activities",
        raw="activities",
        records=numbered(ACTIVITIES).map(_spoken),
        forms=(
            Form("transcript_array", lambda records, more: indented(_activities(records, more))),
            Form("transcript_object", lambda records, more: indented({"transcript": _activities(records, more)})),
            Form("activity", lambda records, more: json_lines(_activities(records, more))),
        ),
        filled=("stg_bot_framework__messages", "stg_bot_framework__identifiers"),
        strange=_unheard,
        counted="select * from staging.stg_bot_framework__events where event_type = 'other' and name = 'telepathy'",
    ),
    World(
        "telemetry",
        raw="telemetry",
        records=numbered(EVENTS).map(_received),
        forms=(
            Form("custom_events_json", lambda records, more: json_lines(_row(r, more) for r in records)),
            Form("custom_events_json", lambda records, more: json_lines(_diagnostic(r, more) for r in records)),
            Form("custom_events_csv", lambda records, more: table([_portal(r, more) for r in records], quoting=csv.QUOTE_ALL)),
            Form("custom_events_result", _result),
        ),
        filled=("stg_bot_framework__messages",),
        strange=lambda r: [r, {**r, "name": "ShopClosed", "number": 500 + r["number"]}],
        counted="select * from staging.stg_bot_framework__events where event_type = 'other' and name = 'ShopClosed'",
    ),
)  # fmt: skip
