"""The forms in which turns reach us, told apart by content.

Each ends in rows _path, _source_row, _problem, _original, _extra, route, the LOG_COLUMNS and
JSON_COLUMNS as text (null where the form lacks one), environment, request_utterances,
response_utterances and log_id; `turns.py` does the rest.
"""

from __future__ import annotations

from typing import Any

from chat_pipeline.reading import elements, extra, parquet_rows, records, sql_name, sql_text
from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Batch, Shape
from chat_pipeline.sources.dialogflow_cx.columns import JSON_COLUMNS, LOG_COLUMNS
from chat_pipeline.sources.dialogflow_cx.spelling import looked_up
from chat_pipeline.sources.dialogflow_cx.test_cases import is_test_case, read_test_cases
from chat_pipeline.sources.dialogflow_cx.turns import turns

# REST's spelling of the log's columns.
LOG_FIELDS = {
    **{name: name.split("_")[0] + "".join(part.title() for part in name.split("_")[1:]) for name in (*LOG_COLUMNS, *JSON_COLUMNS)},
}  # fmt: skip
INTERACTION_FIELDS = {
    "request": "request",
    "response": "response",
    "partial_responses": "partialResponses",
    "request_time": "createTime",
    "bot_answer_feedback": "answerFeedback",
    "request_utterances": "requestUtterances",
    "response_utterances": "responseUtterances",
    "missing_transition": "missingTransition",
}
CONVERSATION_FIELDS = {
    "name": "name",
    "language": "languageCode",
    "environment": "environment.displayName",
    "environment_name": "environment.name",
}
ENTRY_FIELDS = {
    "payload": "jsonPayload",
    "session": "jsonPayload.session",
    "result": "jsonPayload.queryResult",
    "response_id": "jsonPayload.responseId",
    "input": "jsonPayload.queryInput",
    "log_id": "insertId",
    "time": "timestamp",
    "severity": "severity",
    "session_id": "labels.session_id",
    "agent_id": "labels.agent_id",
    "environment": "labels.environment_id",
    "project_id": "labels.project_id",
    "resource_project": "resource.labels.project_id",
    "code": "jsonPayload.code",
}
ENTRY_KEYS = (
    "jsonPayload", "json_payload", "labels", "insertId", "insert_id", "timestamp", "logName", "log_name", "severity",
    "resource", "receiveTimestamp", "receive_timestamp", "trace", "operation", "textPayload", "spanId", "traceSampled",
)  # fmt: skip


def _objects(sniff: Sniff) -> list[dict[str, Any]]:
    return [s for s in sniff.samples if isinstance(s, dict)] if sniff.kind == "json" else []


def _is_log(names: set[str]) -> bool:
    wanted = {name.replace("_", "") for name in names}
    return "conversationname" in wanted and bool(wanted & {"request", "response", "turnposition"})


def _is_log_json(sniff: Sniff) -> bool:
    return any(_is_log({key.casefold() for key in sample}) for sample in _objects(sniff))


def _is_log_parquet(sniff: Sniff) -> bool:
    return sniff.kind == "parquet" and _is_log({column.casefold() for column in sniff.columns})


def conversations(sniff: Sniff) -> list[dict[str, Any]]:
    """Conversations among the samples, also those inside a page of the API's list."""
    pages = [s["conversations"] for s in _objects(sniff) if isinstance(s.get("conversations"), list)]
    found = [c for c in (*(c for page in pages for c in page), *_objects(sniff)) if isinstance(c, dict)]
    return [c for c in found if "/conversations/" in str(c.get("name", ""))]


def _is_history(sniff: Sniff) -> bool:
    return any(isinstance(c.get("interactions"), list) for c in conversations(sniff))


def _is_entry(sample: dict[str, Any]) -> bool:
    payload = sample.get("jsonPayload", sample.get("json_payload"))
    named = "dialogflow-runtime" in str(sample.get("logName", sample.get("log_name", "")))
    talk = isinstance(payload, dict) and bool(
        {"queryResult", "queryInput", "query_result", "query_input"} & set(payload)
    )
    return isinstance(payload, dict) and (named or talk) and "timestamp" in sample


def _is_logging(sniff: Sniff) -> bool:
    return any(map(_is_entry, _objects(sniff)))


def _read_log_json(batch: Batch) -> dict[str, str]:
    found, field = looked_up("record", LOG_FIELDS)
    taken = ", ".join(f"{sql} as {name}" for name, sql in field.items())
    declared = tuple(dict.fromkeys(spelling for pair in LOG_FIELDS.items() for spelling in pair))
    return turns(
        batch,
        f"""
        select _path, _source_row, _problem, _original, {extra("record", declared)} as _extra,
            'interaction_log' as route, {taken}
        from (select *, {found} as record_found from ({records(batch)}))
        """,
    )


def _read_log_parquet(batch: Batch) -> dict[str, str]:
    """Columns as BigQuery types them: JSON as text, JSON or structs; times with or without a zone."""
    rows = parquet_rows(batch)
    types = {row[0]: row[1] for row in batch.con.execute(f"describe {rows}").fetchall()}
    spelt = {name.casefold().replace("_", ""): name for name in types}
    taken = []
    used = {"_path", "_source_row"}
    for name in (*LOG_COLUMNS, *JSON_COLUMNS):
        column = spelt.get(name.replace("_", ""))
        used.add(column or name)
        taken.append(f"{_as_text(column, types[column]) if column else 'cast(null as varchar)'} as {name}")
    others = [name for name in types if name not in used]
    entries = ", ".join(f"{sql_text(name)}, to_json({sql_name(name)})" for name in others)
    rest = (
        f"nullif(cast(json_merge_patch('{{}}', json_object({entries})) as varchar), '{{}}')"
        if others
        else "null"
    )
    return turns(
        batch,
        f"""
        select _path, _source_row, cast(null as varchar) as _problem, cast(null as varchar) as _original,
            cast({rest} as varchar) as _extra, 'interaction_log' as route, {", ".join(taken)}
        from ({rows})
        """,
    )


def _as_text(column: str, kind: str) -> str:
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"cast(timezone('UTC', {sql_name(column)}) as varchar)"
    if kind.startswith(("STRUCT", "MAP")) or kind.endswith("]"):
        return f"cast(to_json({sql_name(column)}) as varchar)"
    return f"cast({sql_name(column)} as varchar)"


def _read_history(batch: Batch) -> dict[str, str]:
    """A conversation per record, or pages {conversations: [...]}; each interaction is a turn."""
    given = records(batch)
    inner = elements(batch, f"select * from ({given}) where _problem is null and json_type(record, '$.conversations') = 'ARRAY'", "$.conversations")  # fmt: skip
    single = f"select * from ({given}) where _problem is not null or json_type(record, '$.conversations') is distinct from 'ARRAY'"
    every = f"""
        select _path, _source_row, record, _problem, _original from ({single})
        union all by name
        select _path, _source_row, record, _problem, _original from ({inner})
    """
    found, field = looked_up("record", INTERACTION_FIELDS)
    around, conversation = looked_up("record", CONVERSATION_FIELDS, "outer_found")
    taken = ", ".join(f"{sql} as {name}" for name, sql in field.items() if name != "missing_transition")
    declared = tuple(dict.fromkeys(s for path in INTERACTION_FIELDS.items() for s in path))
    return turns(
        batch,
        f"""
        select _path, _source_row, _problem, _original, {extra("record", declared)} as _extra,
            'conversation_history' as route, {conversation["name"]} as conversation_name,
            {conversation["language"]} as language_code,
            coalesce({conversation["environment"]}, regexp_extract({conversation["environment_name"]}, '[^/]+$')) as environment,
            {taken}
        from (select *, {found} as record_found from ({elements(batch, every, "$.interactions", {"outer_found": around})}))
        """,
    )


def _read_logging(batch: Batch) -> dict[str, str]:
    """Entries of the runtime's log: a request, its response, or what a webhook got and gave."""
    found, field = looked_up("record", ENTRY_FIELDS)
    is_response = f"{field['result']} is not null or {field['response_id']} is not null or ({field['severity']} = 'ERROR' and {field['code']} is not null)"
    return turns(
        batch,
        f"""
        select _path, _source_row, _problem, _original, {extra("record", ENTRY_KEYS)} as _extra,
            'cloud_logging' as route, coalesce({field["project_id"]}, {field["resource_project"]}) as project_id,
            {field["agent_id"]} as agent_id, coalesce({field["session"]}, {field["session_id"]}) as conversation_name,
            {field["time"]} as request_time, {field["environment"]} as environment,
            case when not ({is_response}) and {field["input"]} is not null then {field["payload"]} end as request,
            case when {is_response} then {field["payload"]} end as response,
            coalesce({field["log_id"]}, md5(record)) as log_id
        from (select *, {found} as record_found from ({records(batch)}))
        """,
    )


SHAPES = (
    Shape("test_case", is_test_case, read_test_cases),
    Shape("interaction_log_json", _is_log_json, _read_log_json),
    Shape("interaction_log_parquet", _is_log_parquet, _read_log_parquet),
    Shape("conversation_history", _is_history, _read_history),
    Shape("cloud_logging", _is_logging, _read_logging),
)
