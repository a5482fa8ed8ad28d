"""Custom events of Application Insights: what the bot's middleware, recognisers and dialogs tell.

The portal exports a CSV with the properties as JSON text; the command line a result {tables: [{columns,
rows}]}; diagnostic settings write JSON Lines in which everything begins with a capital letter.
"""

from __future__ import annotations

from chat_pipeline.reading import csv_rows, elements, extra, records, sql_text
from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Batch, Column, Shape
from chat_pipeline.times import utc

COLUMNS = (
    Column(
        "name", "varchar", "Kind of event: BotMessageReceived, BotMessageSend, LuisResult, WaterfallStep, ..."
    ),
    Column("occurred_at", "timestamp", "When it was sent (UTC)."),
    Column("conversation_id", "varchar", "The conversation's id within the channel."),
    Column("channel_id", "varchar", "Channel, where the event names it."),
    Column("activity_id", "varchar", "The activity it is about; of an answer mostly the question's."),
    Column("reply_activity_id", "varchar", "Of an answer: the activity that it answers."),
    Column("activity_type", "varchar", "Kind of that activity: message, conversationUpdate, ..."),
    Column("from_id", "varchar", "Who sent the activity.", personal=True),
    Column(
        "from_name", "varchar", "The sender's name, if logging personal information is on.", personal=True
    ),
    Column("recipient_id", "varchar", "Who received the activity.", personal=True),
    Column("text", "varchar", "What was said, if logging personal information is on.", personal=True),
    Column("speak", "varchar", "What a voice channel says, likewise.", personal=True),
    Column("attachments", "varchar", "Cards, images and files (JSON), likewise.", personal=True),
    Column("locale", "varchar", "Language of the text."),
    Column("intent", "varchar", "Intent that won; of a knowledge base the question that matched."),
    Column("intent_score", "double", "Its score, 0 to 1, rounded by the bot."),
    Column("intent2", "varchar", "The next intent."),
    Column("intent2_score", "double", "Its score."),
    Column("entities", "varchar", "Entities found (JSON).", personal=True),
    Column(
        "question", "varchar", "What was recognised, if logging personal information is on.", personal=True
    ),
    Column("article_found", "boolean", "Whether a knowledge base had an answer."),
    Column("sentiment_label", "varchar", "positive, neutral or negative."),
    Column("sentiment_score", "double", "Sentiment, 0 (negative) to 1 (positive)."),
    Column("dialog_id", "varchar", "Dialog that was started, went on, was completed or cancelled."),
    Column("dialog_instance_id", "varchar", "Which run of the dialog."),
    Column("step_name", "varchar", "Step of the dialog."),
    Column("user_id", "varchar", "Channel and sender glued together.", personal=True),
    Column("operation_id", "varchar", "Request during which it was sent."),
    Column("device", "varchar", "Kind of client, as the service saw it."),
    Column("country", "varchar", "Country of the client, as the service saw it."),
    Column("item_count", "bigint", "How many events this row stands for: above 1 it is a sample."),
    Column("properties", "varchar", "All properties (JSON).", personal=True),
    Column("measurements", "varchar", "All measurements (JSON)."),
)
# Column of the export, in any of its spellings -> our name.
HEADERS = {
    "timestamp [UTC]": "utc_time", "timestamp": "time", "TimeGenerated": "time", "TimeGenerated [UTC]": "utc_time",
    "name": "name", "customDimensions": "properties", "Properties": "properties",
    "customMeasurements": "measurements", "Measurements": "measurements", "user_Id": "user_id", "UserId": "user_id",
    "operation_Id": "operation_id", "OperationId": "operation_id", "client_Type": "device", "ClientType": "device",
    "client_CountryOrRegion": "country", "ClientCountryOrRegion": "country", "itemCount": "item_count",
    "ItemCount": "item_count",
}  # fmt: skip
# The same for JSON; its own "time" is UTC too.
FIELDS = {**HEADERS, "Name": "name", "time": "time"}
# Properties by what they hold; several spellings, the first filled one counts.
PROPERTIES = {
    "conversation_id": ("conversationId", "ConversationId"),
    "channel_id": ("channelId", "ChannelId"),
    "activity_id": ("activityId", "ActivityId"),
    "reply_activity_id": ("replyActivityId",),
    "activity_type": ("type", "activityType"),
    "from_id": ("fromId",),
    "from_name": ("fromName",),
    "recipient_id": ("recipientId",),
    "text": ("text",),
    "speak": ("speak",),
    "attachments": ("attachments",),
    "locale": ("locale",),
    "intent": ("intent", "TopIntent", "matchedQuestion"),
    "intent_score": ("intentScore", "TopIntentScore", "score"),
    "intent2": ("intent2",),
    "intent2_score": ("intentScore2", "intent2Score"),
    "entities": ("entities", "Entities"),
    "question": ("question", "Text"),
    "article_found": ("articleFound",),
    "sentiment_label": ("sentimentLabel",),
    "sentiment_score": ("sentimentScore",),
    "dialog_id": ("DialogId", "dialogId"),
    "dialog_instance_id": ("InstanceId", "instanceId"),
    "step_name": ("StepName", "stepName"),
}
NUMBERS = ("intent_score", "intent2_score", "sentiment_score")
# The portal writes dates in the American way, whatever the reader's language.
PORTAL_FORMATS = ("%m/%d/%Y, %I:%M:%S.%g %p", "%m/%d/%Y, %I:%M:%S %p")


def _is_event(names: set[str]) -> bool:
    """Whether columns or keys are those of custom events."""
    given = {name.casefold() for name in names}
    timed = given & {"timestamp", "timestamp [utc]", "timegenerated", "timegenerated [utc]", "time"}
    return bool(timed) and "name" in given and bool(given & {"customdimensions", "properties"})


def _is_csv(sniff: Sniff) -> bool:
    return sniff.kind == "csv" and _is_event(set(sniff.columns))


def _is_json(sniff: Sniff) -> bool:
    return sniff.kind == "json" and any(isinstance(s, dict) and _is_event(set(s)) for s in sniff.samples)


def _is_result(sniff: Sniff) -> bool:
    tables = [s["tables"] for s in sniff.samples if isinstance(s, dict) and isinstance(s.get("tables"), list)]
    columns = [t.get("columns") for found in tables for t in found if isinstance(t, dict)]
    return any(
        _is_event({str(c.get("name")) for c in found if isinstance(c, dict)}) for found in columns if found
    )


def _read_csv(batch: Batch) -> dict[str, str]:
    return _telemetry(batch, csv_rows(batch, HEADERS))


def _read_json(batch: Batch) -> dict[str, str]:
    return _json_rows(batch, records(batch))


def _read_result(batch: Batch) -> dict[str, str]:
    """Rows as arrays beside the names of their columns."""
    rows = f"""
        select _path, _source_row, _problem, _original,
            case when len(json_extract(record, '$[*]')) = len(names)
                then cast(to_json(map(names, json_extract(record, '$[*]'))) as varchar)
            end as record
        from ({_table_rows(batch)})
    """
    return _json_rows(batch, rows)


def _table_rows(batch: Batch) -> str:
    tables = f"select _path, _source_row, record, _problem, _original from ({elements(batch, records(batch), '$.tables')})"
    return elements(batch, tables, "$.rows", {"names": "json_extract_string(record, '$.columns[*].name')"})


def _json_rows(batch: Batch, rows: str) -> dict[str, str]:
    by_name: dict[str, list[str]] = {}
    for place, name in enumerate(FIELDS.values(), start=1):
        by_name.setdefault(name, []).append(f"fields[{place}]")
    paths = ", ".join(sql_text(f'$."{key}"') for key in FIELDS)
    taken = ", ".join(f"coalesce({', '.join(found)}) as {name}" for name, found in by_name.items())
    return _telemetry(
        batch,
        f"""
        select _path, _source_row, _original, {extra("record", tuple(FIELDS))} as _extra, {taken},
            coalesce(_problem, case when json_type(record) is distinct from 'OBJECT' then 'no JSON object' end) as _problem
        -- All fields by one call: DuckDB parses the text once per call.
        from (select *, json_extract_string(record, [{paths}]) as fields from ({rows}))
        """,
    )


def _moment(batch: Batch) -> str:
    """SQL: the time; without an offset it is UTC if the column says so, else the source's time zone."""
    zone = batch.settings.time_zone or "UTC"
    formats = ", ".join(sql_text(f) for f in PORTAL_FORMATS)
    portal = f"try_strptime({{column}}, [{formats}])"
    stated = f"coalesce({portal.format(column='utc_time')}, {utc('utc_time', 'UTC')})"
    local = f"timezone('UTC', timezone({sql_text(zone)}, {portal.format(column='time')}))"
    return f"coalesce({stated}, {local}, {utc('time', zone)})"


def _telemetry(batch: Batch, rows: str) -> dict[str, str]:
    paths = [f"""$."{name}\"""" for names in PROPERTIES.values() for name in names]
    listed = ", ".join(sql_text(path) for path in paths)
    taken, number = [], 0
    for name, spellings in PROPERTIES.items():
        found = [f"nullif(property[{number + i}], '')" for i in range(1, len(spellings) + 1)]
        number += len(spellings)
        if name == "intent_score":
            found.append("json_extract_string(measurements, '$.score')")
        value = f"coalesce({', '.join(found)})" if len(found) > 1 else found[0]
        kind = "double" if name in NUMBERS else "boolean" if name == "article_found" else ""
        taken.append(f"try_cast({value} as {kind}) as {name}" if kind else f"{value} as {name}")
    return {
        "telemetry": f"""
        with given as (
            select * replace (
                case when json_valid(properties) then properties end as properties,
                case when json_valid(measurements) then measurements end as measurements,
                coalesce(_problem, case when properties is not null and not json_valid(properties)
                    then 'broken JSON in the properties' end) as _problem)
            from ({rows})
        ),
        parsed as (
            select *, {_moment(batch)} as occurred_at, json_extract_string(properties, [{listed}]) as property from given
        ),
        named as (
            select
                _path, _source_row, _original, _extra, name, occurred_at, {", ".join(taken)}, user_id, operation_id,
                device, country, try_cast(item_count as bigint) as item_count, properties, measurements,
                case
                    when _problem is not null then _problem
                    when name is null then 'no name'
                    when conversation_id is null then 'no conversation id'
                    when occurred_at is null then 'no readable time'
                end as _problem
            from parsed
        )
        -- The routes give an event different ids and some none, so it is known by what it says; to the
        -- millisecond, because the portal shows no more.
        select *, true as _is_counted, case when _problem is null then md5(concat_ws('|', name, conversation_id, coalesce(activity_id, ''), coalesce(reply_activity_id, ''),
            coalesce(dialog_instance_id, ''), coalesce(step_name, ''), coalesce(intent, ''),
            cast(epoch_ms(occurred_at) as varchar))) end as _record_key
        from named
        """
    }


SHAPES = (
    Shape("custom_events_csv", _is_csv, _read_csv),
    Shape("custom_events_json", _is_json, _read_json),
    Shape("custom_events_result", _is_result, _read_result),
)
