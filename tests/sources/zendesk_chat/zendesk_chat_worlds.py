"""Zendesk's chats, alone and in pages."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from worlds import TEXTS, Form, Record, World, indented, json_lines, numbered, zulu

ENTRIES = st.lists(
    st.fixed_dictionaries({
        "type": st.sampled_from(("chat.msg", "chat.msg", "chat.memberjoin", "chat.rating", "chat.file")), "msg": TEXTS,
        "by": st.sampled_from(("Visitor", "Agent", "Trigger")),
    }),
    max_size=5,
)  # fmt: skip
CHATS = st.fixed_dictionaries({
    "question": TEXTS, "entries": ENTRIES, "rating": st.sampled_from((None, "good", "bad")), "tags": st.lists(TEXTS, max_size=2, unique=True),
    "email": st.sampled_from(("", "Ann@Example.org")),
})  # fmt: skip
NICKS = {"Visitor": "visitor:1", "Agent": "agent:42", "Trigger": "agent:trigger:1"}


def chat(record: Record, more: Record) -> Record:
    first = {"type": "chat.msg", "msg": record["question"], "by": "Visitor"}
    history = []
    for place, entry in enumerate([first, *record["entries"]]):
        told = {
            "type": entry["type"], "timestamp": zulu(record["at"] + timedelta(seconds=place)), "name": "Kim",
            "nick": NICKS[entry["by"]], "sender_type": entry["by"], "channel": "#supportchat/10-1",
        }  # fmt: skip
        if entry["type"] == "chat.msg":
            told |= {"msg": entry["msg"], "msg_id": f"m{place}"}
        if entry["type"] == "chat.rating":
            told |= {"new_rating": "good"}
        if entry["type"] == "chat.file":
            told |= {"attachment": {"mime_type": "image/png", "name": entry["msg"]}, "msg_id": f"m{place}"}
        history.append(told)
    return {
        "id": f"2603.1.A{record['number']}", "type": "chat", "timestamp": zulu(record["at"]),
        "end_timestamp": zulu(record["at"] + timedelta(minutes=1)), "update_timestamp": zulu(record["at"] + timedelta(minutes=2)),
        "visitor": {"id": "1.7", "name": "Ann", "email": record["email"], "phone": "", "notes": ""}, "history": history,
        "session": {"platform": "iPhone"}, "rating": record["rating"], "tags": record["tags"], "webpath": [], "missed": False,
        "deleted": False, "zendesk_ticket_id": None, "conversions": [], **more,
    }  # fmt: skip


WORLDS = (
    World(
        "chats",
        raw="chats",
        records=numbered(CHATS, 4),
        forms=(
            Form("chats", lambda records, more: json_lines(chat(r, more) for r in records)),
            Form("chats", lambda records, more: indented([chat(r, more) for r in records])),
            Form(
                "chat_page",
                lambda records, more: indented({"chats": [chat(r, more) for r in records], "count": 1}),
            ),
        ),
        filled=("stg_zendesk_chat__messages", "stg_zendesk_chat__events"),
        strange=lambda r: [
            {**r, "entries": [*r["entries"], {"type": "chat.hologram", "msg": "", "by": "Visitor"}]}
        ],
        counted="select * from staging.stg_zendesk_chat__events where event_type = 'other' and name = 'chat.hologram'",
    ),
)
