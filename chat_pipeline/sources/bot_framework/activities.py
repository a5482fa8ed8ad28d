"""Activities: transcripts, and the files of a transcript store.

A transcript is an array of activities or an object that holds one; a store keeps each activity in a
file of its own. One file may mix conversations and a conversation may lie in several files. Who spoke
is decided in staging: that needs them all.
"""

from __future__ import annotations

import json

from chat_pipeline.reading import elements, extra, records, sql_text
from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Batch, Column, Shape
from chat_pipeline.times import OFFSET, utc

COLUMNS = (
    Column("type", "varchar", "Kind of activity: message, event, trace, conversationUpdate, ..."),
    Column("activity_id", "varchar", "The activity's id within its channel; typing may have none."),
    Column("occurred_at", "timestamp", "When the channel recorded the activity (UTC)."),
    Column("local_timestamp", "varchar", "The sender's own clock with its offset, as delivered."),
    Column("local_timezone", "varchar", "The sender's time zone (IANA name)."),
    Column("channel_id", "varchar", "Channel: webchat, directline, emulator, msteams, ..."),
    Column("conversation_id", "varchar", "The conversation's id within the channel."),
    Column("reply_to_id", "varchar", "The activity that this one answers."),
    Column("from_id", "varchar", "Who sent the activity.", personal=True),
    Column("from_name", "varchar", "The sender's name.", personal=True),
    Column("from_role", "varchar", "The sender's role (user, bot), where the transcript kept it."),
    Column("from_aad_object_id", "varchar", "The sender's id in Microsoft Entra.", personal=True),
    Column("recipient_id", "varchar", "Who received the activity.", personal=True),
    Column("recipient_name", "varchar", "The recipient's name.", personal=True),
    Column("recipient_role", "varchar", "The recipient's role, where the transcript kept it."),
    Column("text", "varchar", "What was said.", personal=True),
    Column("text_format", "varchar", "plain, markdown or xml."),
    Column("speak", "varchar", "What a voice channel says.", personal=True),
    Column("locale", "varchar", "Language of the text."),
    Column("name", "varchar", "Name of an event, invoke or trace."),
    Column("label", "varchar", "Label of a trace."),
    Column("code", "varchar", "Why a conversation ended."),
    Column("value_type", "varchar", "What kind of thing `value` is."),
    Column("value", "varchar", "Payload of events, traces and card buttons (JSON).", personal=True),
    Column("attachments", "varchar", "Cards, images and files (JSON).", personal=True),
    Column("suggested_actions", "varchar", "Buttons offered with a message (JSON)."),
    Column("members_added", "varchar", "Who joined (JSON).", personal=True),
    Column("reactions_added", "varchar", "Reactions to an earlier message (JSON)."),
    Column("channel_data", "varchar", "What the channel added (JSON).", personal=True),
    Column("entities", "varchar", "Mentions and client capabilities, no NLU entities (JSON).", personal=True),
)

_ACCOUNT = {"id": "VARCHAR", "name": "VARCHAR", "role": "VARCHAR", "aadObjectId": "VARCHAR"}
FIELDS = {
    "type": "VARCHAR",
    "id": "VARCHAR",
    "timestamp": "VARCHAR",
    "localTimestamp": "VARCHAR",
    "localTimezone": "VARCHAR",
    "channelId": "VARCHAR",
    "conversation": {"id": "VARCHAR"},
    "replyToId": "VARCHAR",
    "from": _ACCOUNT,
    "recipient": _ACCOUNT,
    "text": "VARCHAR",
    "textFormat": "VARCHAR",
    "speak": "VARCHAR",
    "locale": "VARCHAR",
    "name": "VARCHAR",
    "label": "VARCHAR",
    "code": "VARCHAR",
    "valueType": "VARCHAR",
    "value": "JSON",
    "attachments": "JSON",
    "suggestedActions": "JSON",
    "membersAdded": "JSON",
    "reactionsAdded": "JSON",
    "channelData": "JSON",
    "entities": "JSON",
}
# Fields that say nothing about the talk; named so that they are no drift.
IGNORED = ("serviceUrl", "inputHint", "attachmentLayout", "membersRemoved", "reactionsRemoved", "callerId", "rawTimestamp",
           "rawLocalTimestamp")  # fmt: skip


def _is_activity(sample: object) -> bool:
    return (
        isinstance(sample, dict)
        and isinstance(sample.get("type"), str)
        and isinstance(sample.get("conversation"), dict)
    )


def _has_activities(sniff: Sniff) -> bool:
    return sniff.kind == "json" and any(_is_activity(sample) for sample in sniff.samples)


def _is_object(sniff: Sniff) -> bool:
    return sniff.kind == "json" and any(
        isinstance(sample, dict)
        and isinstance(sample.get("transcript"), list)
        and (not sample["transcript"] or any(_is_activity(activity) for activity in sample["transcript"]))
        for sample in sniff.samples
    )


def _read_activities(batch: Batch) -> dict[str, str]:
    return _activities(batch, records(batch))


def _read_object(batch: Batch) -> dict[str, str]:
    return _activities(batch, elements(batch, records(batch), "$.transcript"))


def _activities(batch: Batch, rows: str) -> dict[str, str]:
    structure = sql_text(json.dumps(FIELDS))
    # The sender's clock stands in where the channel kept no time, if it says what it is off UTC.
    local = (
        f"""case when regexp_matches(field."localTimestamp", '{OFFSET}') then field."localTimestamp" end"""
    )
    return {
        "activities": f"""
        with given as ({rows}),
        parsed as (select *, json_transform(record, {structure}) as field from given),
        named as (
            select
                _path, _source_row, _original, {extra("record", (*FIELDS, *IGNORED))} as _extra, md5(record) as content_hash,
                field.type as type, nullif(field.id, '') as activity_id,
                coalesce({utc("field.timestamp", "UTC")}, {utc(local, "UTC")}) as occurred_at,
                field."localTimestamp" as local_timestamp, field."localTimezone" as local_timezone,
                field."channelId" as channel_id, field.conversation.id as conversation_id,
                nullif(field."replyToId", '') as reply_to_id,
                field."from".id as from_id, field."from".name as from_name, field."from".role as from_role,
                field."from"."aadObjectId" as from_aad_object_id,
                field.recipient.id as recipient_id, field.recipient.name as recipient_name,
                field.recipient.role as recipient_role,
                field.text as text, field."textFormat" as text_format, field.speak as speak, field.locale as locale,
                field.name as name, field.label as label, field.code as code, field."valueType" as value_type,
                field.value as value, field.attachments as attachments, field."suggestedActions" as suggested_actions,
                field."membersAdded" as members_added, field."reactionsAdded" as reactions_added,
                field."channelData" as channel_data, field.entities as entities,
                case
                    when _problem is not null then _problem
                    when json_type(record) is distinct from 'OBJECT' then 'no JSON object'
                    when field.type is null then 'no field type'
                    when field.conversation.id is null then 'no conversation id'
                    when occurred_at is null then 'no readable timestamp'
                end as _problem
            from parsed
        )
        select
            * exclude (content_hash),
            -- Without an id an activity is known by its content, equal ones of a file by their count.
            concat_ws('|', coalesce(channel_id, ''), conversation_id, coalesce(activity_id, content_hash)) as _record_key,
            activity_id is null as _is_counted,
            -- What was deleted stays so, also when an older transcript is delivered again.
            case when type = 'messageDelete' then occurred_at end as _version, cast(null as varchar) as _partition, cast(null as bigint) as _standing
        from named
        """
    }


SHAPES = (
    Shape("transcript_object", _is_object, _read_object),
    Shape("transcript_array", lambda s: s.layout == "array" and _has_activities(s), _read_activities),
    Shape(
        "activity", lambda s: s.layout != "array" and _has_activities(s), _read_activities, is_by_line=True
    ),
)
