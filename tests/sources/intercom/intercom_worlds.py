"""Intercom's conversations, alone and in pages."""

from __future__ import annotations

from hypothesis import strategies as st
from worlds import TEXTS, Form, Record, World, indented, json_lines, numbered

PARTS = st.lists(
    st.fixed_dictionaries({
        "part_type": st.sampled_from(("comment", "note", "assignment", "close", "quick_reply")), "body": TEXTS,
        "author": st.sampled_from(("user", "bot", "admin")),
    }),
    max_size=4,
)  # fmt: skip
CONVERSATIONS = st.fixed_dictionaries(
    {"question": TEXTS, "parts": PARTS, "rating": st.sampled_from((None, 1, 5))}
)


def _author(kind: str) -> Record:
    return {"type": kind, "id": f"{kind}-1", "name": "Kim", "email": f"{kind}@example.org"}


def conversation(record: Record, more: Record) -> Record:
    seconds = int(record["at"].timestamp())
    parts = [
        {
            "type": "conversation_part", "id": str(100 * record["number"] + place), "part_type": part["part_type"],
            "body": f"<p>{part['body'].replace('<', '&lt;')}</p>", "created_at": seconds + place, "updated_at": seconds + place,
            "author": _author(part["author"]), "assigned_to": None, "attachments": [], "redacted": False,
        }
        for place, part in enumerate(record["parts"], start=1)
    ]  # fmt: skip
    rating = (
        {"rating": record["rating"], "remark": None, "created_at": seconds + 90} if record["rating"] else None
    )
    return {
        "type": "conversation", "id": str(2154691 + record["number"]), "created_at": seconds, "updated_at": seconds + 100,
        "state": "closed", "tags": {"type": "tag.list", "tags": []}, "conversation_rating": rating,
        "source": {"type": "conversation", "id": "1", "delivered_as": "customer_initiated", "body": record["question"],
                   "author": _author("user"), "attachments": [], "url": "https://shop.example/cart?x=1", "redacted": False},
        "contacts": {"contacts": [{"type": "contact", "id": "user-1", "external_id": "cust-7"}]},
        "conversation_parts": {"conversation_parts": parts, "total_count": len(parts)}, **more,
    }  # fmt: skip


def _page(records: list[Record], more: Record) -> str:
    return indented(
        {
            "type": "conversation.list",
            "conversations": [conversation(r, more) for r in records],
            "total_count": 1,
        }
    )


WORLDS = (
    World(
        "conversations",
        raw="conversations",
        records=numbered(CONVERSATIONS, 4),
        forms=(
            Form("conversations", lambda records, more: json_lines(conversation(r, more) for r in records)),
            Form("conversations", lambda records, more: indented([conversation(r, more) for r in records])),
            Form("conversation_page", _page),
        ),
        filled=("stg_intercom__messages", "stg_intercom__identifiers"),
        strange=lambda r: [
            {**r, "parts": [*r["parts"], {"part_type": "hologram", "body": "", "author": "bot"}]}
        ],
        counted="select * from staging.stg_intercom__events where event_type = 'other' and name = 'hologram'",
    ),
)
