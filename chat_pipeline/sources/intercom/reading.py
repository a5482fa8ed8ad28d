"""The forms in which Intercom's API gives conversations, and how one becomes a row with rows of its parts."""

from __future__ import annotations

import json
from typing import Any

from chat_pipeline.reading import elements, extra, records, sql_text
from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Batch, Refusal, Shape
from chat_pipeline.sources.intercom.columns import (
    CONVERSATION_FIELDS,
    CONVERSATION_IGNORED,
    PART_FIELDS,
    PART_IGNORED,
)
from chat_pipeline.times import utc

NO_READER_COLUMNS = "cast(null as varchar) as _partition, cast(null as bigint) as _standing"


def _is_conversation(record: Any) -> bool:
    return isinstance(record, dict) and "id" in record and record.get("type") == "conversation"


def _has_parts(record: Any) -> bool:
    parts = record.get("conversation_parts") if isinstance(record, dict) else None
    return "id" in record and isinstance(parts, dict) and isinstance(parts.get("conversation_parts"), list)


def _given(sniff: Sniff) -> list[Any]:
    """The sampled conversations, also those in a page."""
    samples = [s for s in sniff.samples if isinstance(s, dict)] if sniff.kind == "json" else []
    paged = [c for s in samples if isinstance(s.get("conversations"), list) for c in s["conversations"]]
    return [c for c in (*paged, *samples) if _is_conversation(c) or (isinstance(c, dict) and _has_parts(c))]


def _is_page(sniff: Sniff) -> bool:
    return any(isinstance(s, dict) and isinstance(s.get("conversations"), list) for s in sniff.samples)


def _is_list_without_parts(sniff: Sniff) -> bool:
    given = _given(sniff)
    return bool(given) and not any(_has_parts(conversation) for conversation in given)


def _is_report(sniff: Sniff) -> bool:
    return "conversation id" in {column.strip().casefold().replace("_", " ") for column in sniff.columns}


def _read(batch: Batch) -> dict[str, str]:
    return {"conversations": _conversations(records(batch)), "parts": _parts(batch, records(batch))}


def _read_page(batch: Batch) -> dict[str, str]:
    given = elements(batch, records(batch), "$.conversations")
    return {"conversations": _conversations(given), "parts": _parts(batch, given)}


def _conversations(rows: str) -> str:
    structure = sql_text(json.dumps(CONVERSATION_FIELDS))
    declared = (*CONVERSATION_FIELDS, *CONVERSATION_IGNORED)
    return f"""
        with given as ({rows}),
        parsed as (select *, json_transform(record, {structure}) as field from given)
        select
            _path, _source_row, _original, {extra("record", declared)} as _extra,
            field.id as conversation_id,
            {utc("field.created_at", "UTC")} as created_at, {utc("field.updated_at", "UTC")} as updated_at,
            field.state as state, field.priority as priority, field.title as title,
            field.source.type as channel, field.source.delivered_as as delivered_as, field.source.url as url,
            -- Before version 2.0 there was one contact, called user.
            coalesce(cast(json_extract(field.contacts, '$.contacts') as varchar), case
                when json_type(record, '$.user') = 'OBJECT' then cast(json_array(json_object(
                    'type', record->>'$.user.type', 'id', record->>'$.user.id', 'external_id', record->>'$.user.user_id'
                )) as varchar) end) as contacts,
            field.admin_assignee_id as admin_assignee_id, field.team_assignee_id as team_assignee_id,
            field.tags.tags as tags, field.topics.topics as topics, field.custom_attributes as custom_attributes,
            field.conversation_rating as conversation_rating,
            field.ai_agent_participated as ai_agent_participated, field.ai_agent as ai_agent,
            field.statistics as statistics, field.conversation_parts.total_count as part_total,
            json_array_length(record, '$.conversation_parts.conversation_parts') as part_count,
            case
                when _problem is not null then _problem
                when json_type(record) is distinct from 'OBJECT' then 'no JSON object'
                when field.id is null then 'no field id'
            end as _problem,
            field.id as _record_key, {utc("field.updated_at", "UTC")} as _version, {NO_READER_COLUMNS}
        from parsed
    """


def _parts(batch: Batch, rows: str) -> str:
    """The first message, which lies beside the parts, and the parts, in one list per conversation."""
    # One parse for all that is asked of a conversation: DuckDB parses it once per call.
    paths = ("source", "conversation_message", "created_at", "updated_at", "id")
    taken = f"""
        select *, coalesce(given[1], given[2]) as first_message, given[3] as began_at, given[4] as changed_at,
            json_extract_string(given[5], '$') as own_id
        from (
            select *, json_extract(record, [{", ".join(sql_text(f"$.{name}") for name in paths)}]) as given from ({rows})
            where json_type(record) = 'OBJECT'
        )
    """
    lists = """
        list_concat(
            case when starts_with(first_message, '{') and json_type(first_message, '$.author') = 'OBJECT' then [json_merge_patch(
                first_message, json_object('id', 'source', 'part_type', 'source',
                    'created_at', began_at, 'updated_at', changed_at)
            )] else [] end,
            coalesce(json_extract(record, '$.conversation_parts.conversation_parts[*]'), [])
        )
    """
    given = elements(batch, taken, lists, {"conversation_id": "own_id"})
    structure = sql_text(json.dumps(PART_FIELDS))
    author = ", ".join(f"field.author.{name} as author_{name}" for name in ("type", "id", "name", "email"))
    return f"""
        with parsed as (
            select *, json_transform(record, {structure}) as field from ({given})
        )
        select
            _path, _source_row, _original, {extra("record", (*PART_FIELDS, *PART_IGNORED))} as _extra,
            conversation_id, field.id as part_id, field.part_type as part_type,
            {utc("field.created_at", "UTC")} as created_at, {utc("field.updated_at", "UTC")} as updated_at,
            field.body as body, {author},
            field.author.from_ai_agent as from_ai_agent, field.author.is_ai_answer as is_ai_answer,
            field.assigned_to->>'$.type' as assigned_to_type, field.assigned_to->>'$.id' as assigned_to_id,
            field.delivered_as as delivered_as, field.redacted as redacted, field.attachments as attachments,
            field.metadata as metadata, field.event_details as event_details, field.external_id as external_id,
            case
                when _problem is not null then _problem
                when conversation_id is null then 'no conversation id'
                when field.id is null then 'no field id'
                when created_at is null then 'no time in seconds'
            end as _problem,
            conversation_id || '|' || field.id as _record_key,
            coalesce({utc("field.updated_at", "UTC")}, {utc("field.created_at", "UTC")}) as _version, {NO_READER_COLUMNS}
        from parsed
    """


SHAPES = (
    Shape("conversation_page", lambda s: _is_page(s) and bool(_given(s)), _read_page),
    Shape("conversations", lambda s: not _is_page(s) and bool(_given(s)), _read),
)
REFUSALS = (
    Refusal(
        "conversation_list",
        _is_list_without_parts,
        "a list or search result, which Intercom gives without the messages: read each conversation by its id "
        "(GET /conversations/{id})",
    ),
    Refusal(
        "conversation_report",
        _is_report,
        "a report from Intercom's screen, a line per conversation without its messages: read the conversations by the API "
        "(GET /conversations/{id})",
    ),
)
