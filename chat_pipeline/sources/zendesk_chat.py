"""Zendesk Chat: chats as its API gives them, each with its whole history in one raw row.

A chat is delivered whole whenever anything of it changed, so the newest one replaces it.
"""

from __future__ import annotations

import json
from typing import Any

from chat_pipeline.reading import elements, extra, records, sql_text
from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Batch, Column, Refusal, Shape, Source, Table
from chat_pipeline.times import utc

COLUMNS = (
    Column("chat_id", "varchar", "Zendesk's id of the chat."),
    Column("type", "varchar", "chat, or offline_msg for a form that was sent while nobody was there."),
    Column("started_at", "timestamp", "When it began (UTC)."),
    Column("ended_at", "timestamp", "When it ended (UTC)."),
    Column("updated_at", "timestamp", "When anything of it last changed (UTC)."),
    Column("deleted", "boolean", "Whether it was deleted."),
    Column("started_by", "varchar", "visitor, agent or trigger."),
    Column("message", "varchar", "Text of an offline message.", personal=True),
    Column("history", "varchar", "What happened in the chat, in order (JSON).", personal=True),
    Column("visitor_id", "varchar", "Zendesk's id of the visitor's device.", personal=True),
    Column("visitor_name", "varchar", "The visitor's name.", personal=True),
    Column("visitor_email", "varchar", "The visitor's e-mail address; empty if unknown.", personal=True),
    Column("visitor_phone", "varchar", "The visitor's phone number; empty if unknown.", personal=True),
    Column("visitor_notes", "varchar", "What agents noted about the visitor.", personal=True),
    Column("session", "varchar", "Browser, platform, city and address of the visit (JSON).", personal=True),
    Column("webpath", "varchar", "Pages that the visitor saw (JSON).", personal=True),
    Column("department_name", "varchar", "Department that the chat went to."),
    Column("agent_ids", "varchar", "Agents who took part (JSON)."),
    Column("tags", "varchar", "Tags put on the chat (JSON)."),
    Column("rating", "varchar", "good or bad, as it stood at delivery."),
    Column("comment", "varchar", "Comment to the rating.", personal=True),
    Column("missed", "boolean", "Whether no agent answered."),
    Column("dropped", "boolean", "Whether the visitor left before an agent answered."),
    Column("triggered", "boolean", "Whether a trigger began it."),
    Column("duration", "bigint", "Length in seconds."),
    Column("response_time", "varchar", "First, average and longest response time in seconds (JSON)."),
    Column("count", "varchar", "Messages of visitor and agents (JSON)."),
    Column("conversions", "varchar", "Goals that Zendesk saw reached (JSON)."),
    Column("zendesk_ticket_id", "varchar", "Ticket made from the chat."),
)
FIELDS = {
    "id": "VARCHAR",
    "type": "VARCHAR",
    "timestamp": "VARCHAR",
    "end_timestamp": "VARCHAR",
    "update_timestamp": "VARCHAR",
    "deleted": "BOOLEAN",
    "started_by": "VARCHAR",
    "message": "VARCHAR",
    "history": "JSON",
    "visitor": {"id": "VARCHAR", "name": "VARCHAR", "email": "VARCHAR", "phone": "VARCHAR", "notes": "VARCHAR"},
    "session": "JSON",
    "webpath": "JSON",
    "department_name": "VARCHAR",
    "agent_ids": "JSON",
    "tags": "JSON",
    "rating": "VARCHAR",
    "comment": "VARCHAR",
    "missed": "BOOLEAN",
    "dropped": "BOOLEAN",
    "triggered": "BOOLEAN",
    "duration": "BIGINT",
    "response_time": "JSON",
    "count": "JSON",
    "conversions": "JSON",
    "zendesk_ticket_id": "VARCHAR",
}  # fmt: skip
SAME_NAME = [
    name for name in FIELDS if name not in ("id", "timestamp", "end_timestamp", "update_timestamp", "visitor")
]
# Fields that repeat others or say nothing about the talk; named so that they are no drift.
IGNORED = ("agent_names", "department_id", "unread", "triggered_response", "engagements", "skills_requested",
           "skills_requested_name", "visitor_id", "referrer_search_terms", "referrer_search_engine")  # fmt: skip


def _listed(sample: Any) -> list[Any]:
    chats = sample.get("chats") if isinstance(sample, dict) else None
    return chats if isinstance(chats, list) else []


def _is_chat(record: Any) -> bool:
    return isinstance(record, dict) and record.get("type") in ("chat", "offline_msg") and "visitor" in record


def _samples(sniff: Sniff) -> list[Any]:
    return sniff.samples if sniff.kind == "json" else []


def _is_page(sniff: Sniff) -> bool:
    return any(_is_chat(chat) for sample in _samples(sniff) for chat in _listed(sample))


def _is_chats(sniff: Sniff) -> bool:
    return any(_is_chat(sample) for sample in _samples(sniff))


def _is_ids_only(sniff: Sniff) -> bool:
    listed = [chat for sample in _samples(sniff) for chat in _listed(sample)]
    return bool(listed) and all(isinstance(chat, dict) and set(chat) <= {"id"} for chat in listed)


def _is_search(sniff: Sniff) -> bool:
    results = [
        s["results"] for s in _samples(sniff) if isinstance(s, dict) and isinstance(s.get("results"), list)
    ]
    return any(
        isinstance(r, dict) and r.get("type") in ("chat", "offline_msg") for found in results for r in found
    )


def _is_event_table(sniff: Sniff) -> bool:
    columns = {column.strip().casefold() for column in sniff.columns}
    return {"chat_id", "actor_id", "chat_index", "original_message"} <= columns


def _read(batch: Batch) -> dict[str, str]:
    return {"chats": _chats(records(batch))}


def _read_page(batch: Batch) -> dict[str, str]:
    return {"chats": _chats(elements(batch, records(batch), "$.chats"))}


def _chats(rows: str) -> str:
    structure = sql_text(json.dumps(FIELDS))
    visitor = ", ".join(
        f"field.visitor.{name} as visitor_{name}" for name in ("id", "name", "email", "phone", "notes")
    )
    same = ", ".join(f'field."{name}" as "{name}"' for name in SAME_NAME)
    return f"""
        with given as ({rows}),
        parsed as (select *, json_transform(record, {structure}) as field from given)
        select
            _path, _source_row, _original, {extra("record", (*FIELDS, *IGNORED))} as _extra,
            field.id as chat_id, {visitor}, {same},
            {utc("field.timestamp", "UTC")} as started_at, {utc("field.end_timestamp", "UTC")} as ended_at,
            {utc("field.update_timestamp", "UTC")} as updated_at,
            case
                when _problem is not null then _problem
                when json_type(record) is distinct from 'OBJECT' then 'no JSON object'
                when field.id is null then 'no field id'
                -- What is deleted may be told by no more than its id.
                when started_at is null and not coalesce(field.deleted, false) then 'no readable timestamp'
            end as _problem,
            field.id as _record_key, {utc("field.update_timestamp", "UTC")} as _version,
            cast(null as varchar) as _partition, cast(null as bigint) as _standing
        from parsed
    """


SOURCE = Source(
    name="zendesk_chat",
    kind="chat",
    description="Zendesk Chat: chats with their messages, joins, transfers, ratings, tags and the visitor's pages.",
    tables=(
        Table(
            name="chats",
            description="One row per chat or offline message, with all that happened in it.",
            columns=COLUMNS,
            event_at="started_at",
            threads=("chat_id",),
        ),
    ),
    shapes=(Shape("chat_page", _is_page, _read_page), Shape("chats", _is_chats, _read)),
    refusals=(
        Refusal(
            "chat_ids",
            _is_ids_only,
            "a page of ids alone, which the incremental export gives without being asked for more: add fields=chats(*)",
        ),
        Refusal(
            "chat_search",
            _is_search,
            "search results, which lack the messages: use the incremental export with fields=chats(*)",
        ),
        Refusal(
            "connector_landing",
            _is_event_table,
            "a table that a connector wrote (a row per event of a chat), not the vendor's export: use the incremental "
            "export of Zendesk's own API with fields=chats(*)",
        ),
    ),
    expected=(
        "chats of the API (incremental export with fields=chats(*), or GET /chats), as pages with `chats`, as JSON Lines "
        "or array, each with visitor and history"
    ),
)
