"""Rows of any route into raw turns: JSON decoded, spelt in one way, and taken apart."""

from __future__ import annotations

import itertools

from chat_pipeline.engine import insert_rows
from chat_pipeline.reading import sql_text
from chat_pipeline.source import Batch
from chat_pipeline.sources.dialogflow_cx.columns import (
    FAILURES,
    FEEDBACK_FIELDS,
    JSON_COLUMNS,
    LOG_COLUMNS,
    MATCH_TYPES,
    RATINGS,
    REQUEST_FIELDS,
    RESPONSE_FIELDS,
    SIGNAL_FIELDS,
)
from chat_pipeline.sources.dialogflow_cx.spelling import (
    WRAPPED,
    WRAPPED_END,
    decoded,
    enum,
    looked_up,
    unwrapped,
)
from chat_pipeline.times import utc

# Of a message's keys those that name no kind.
ATTRIBUTES = ("source", "responseType", "response_type", "channel", "message")
# BigQuery's API gives seconds in scientific notation.
SECONDS = "^[0-9][.][0-9]+E[0-9]+$"

_numbers = itertools.count()


def turns(batch: Batch, rows: str) -> dict[str, str]:
    name = f"dialogflow_turns_{next(_numbers)}"
    given = (
        "environment",
        "request_utterances",
        "response_utterances",
        "log_id",
        *LOG_COLUMNS,
        *JSON_COLUMNS,
    )
    missing = ", ".join(f"cast(null as varchar) as {column}" for column in given)
    broken = " ".join(
        f"when {column} is not null and {column} <> 'null' and {column}_decoded is null then 'broken JSON in {column}'"
        for column in ("request", "response")
    )
    batch.con.execute(f"""
        create temp table {name} as
        with complete as (
            {rows}
            union all by name
            select {missing} where false
        )
        select * exclude ({", ".join(f"{column}_decoded" for column in JSON_COLUMNS)})
            replace ({", ".join(f"{column}_decoded as {column}" for column in JSON_COLUMNS)},
                coalesce(_problem, case {broken} end) as _problem)
        from (
            select *, {", ".join(f"{decoded(column)} as {column}_decoded" for column in JSON_COLUMNS)} from complete
        )
    """)
    _unwrap(batch, name)
    return {"turns": _taken_apart(name)}


def _unwrap(batch: Batch, name: str) -> None:
    """Rewrite the JSON in which free-form values are wrapped; few exports do that."""
    for column in JSON_COLUMNS:
        found = batch.con.execute(
            f"select rowid, {column} from {name}"
            f" where contains({column}, {sql_text(WRAPPED_END)}) and regexp_matches({column}, {sql_text(WRAPPED)})"
        ).fetchall()
        if found:
            batch.con.execute(f"create or replace temp table {name}_plain (row_number bigint, text varchar)")
            insert_rows(batch.con, f"{name}_plain", [[row, unwrapped(text)] for row, text in found])
            batch.con.execute(
                f"update {name} set {column} = text from {name}_plain where {name}.rowid = row_number"
            )


def _messages(response: str) -> str:
    """SQL: the messages of a response's JSON as a list."""
    return (
        f"coalesce(json_extract({response}, '$.queryResult.responseMessages[*]'), []) ||"
        f" case when contains(cast({response} as varchar), 'response_messages')"
        f" then coalesce(json_extract({response}, '$.query_result.response_messages[*]'), []) else [] end"
    )


def _has_result(response: str) -> str:
    """SQL: whether a response's JSON has a result."""
    kinds = f"json_type({response}, ['$.queryResult', '$.query_result'])"
    return f"len(list_filter(coalesce({kinds}, []), lambda kind: kind <> 'NULL')) > 0"


def _kinds(messages: str) -> str:
    """SQL: the kinds of a list of messages, in REST's spelling."""
    others = ", ".join(sql_text(name) for name in ATTRIBUTES)
    camel = "array_to_string(list_transform(string_split(key, '_'), lambda part, i: case when i = 1 then part else upper(part[1]) || part[2:] end), '')"
    # The patch drops what is null: some dumps name every kind a message could have been.
    filled = "case when contains(cast(m as varchar), 'null') then json_merge_patch('{}', m) else m end"
    keys = f"flatten(list_transform({messages}, lambda m: list_filter(json_keys({filled}), lambda key: key not in ({others}))))"
    return f"list_distinct(list_transform({keys}, lambda key: case when contains(key, '_') then {camel} else key end))"


def _lines(messages: str) -> str:
    """SQL: the lines of text of a list of messages."""
    spoken = "['$.outputAudioText.text', '$.output_audio_text.text']"
    return f"""list_filter(flatten(list_transform({messages}, lambda m:
        coalesce(json_extract_string(m, '$.text.text[*]'), []) || json_extract_string(m, {spoken}))),
        lambda line: trim(coalesce(line, '')) <> '')"""


def _last(name: str) -> str:
    return f"nullif(regexp_extract({name}, '[^/]+$'), '')"


def _taken_apart(name: str) -> str:
    request_list, req = looked_up("request", REQUEST_FIELDS)
    response_list, res = looked_up("response", RESPONSE_FIELDS)
    signal_list, sig = looked_up("conversation_signals", SIGNAL_FIELDS)
    feedback_list, fed = looked_up("bot_answer_feedback", FEEDBACK_FIELDS)
    session = (
        f"case when {req['session']} like '%/sessions/%' then {req['session']} else conversation_name end"
    )
    return f"""
        with found as (
            select *, {request_list} as request_found, {response_list} as response_found,
                {signal_list} as conversation_signals_found, {feedback_list} as bot_answer_feedback_found,
                {_messages("response")} as final_messages,
                flatten(list_transform(coalesce(json_extract(partial_responses, '$[*]'), []), lambda r: {_messages("r")})) as partial_messages
            from {name}
        ),
        located as (
            select *, {session} as session_name, {_lines("final_messages")} as final_lines,
                {_lines("partial_messages")} as partial_lines, partial_messages || final_messages as messages,
                {_input_kind(req, res)} as input_kind,
                case when regexp_matches(request_time, '{SECONDS}')
                    then make_timestamp(cast(round(cast(request_time as double) * 1000000) as bigint))
                    else {utc("request_time", "UTC")} end as requested_at
            from found
        ),
        named as (
            select
                _path, _source_row, _extra, _original, route, project_id,
                coalesce({_last("agent_id")}, nullif(regexp_extract(session_name, 'agents/([^/]+)', 1), '')) as agent_id,
                conversation_name, {_last("session_name")} as session_id,
                coalesce(nullif(regexp_extract(session_name, 'environments/([^/]+)', 1), ''), environment) as environment,
                try_cast(turn_position as bigint) as turn_position, requested_at,
                coalesce({req["language"]}, {res["language"]}, language_code) as language_code,
                {res["response_id"]} as response_id,
                request is not null as has_request,
                case when {res["response_id"]} is null then {_has_result("response")} else true end as has_response,
                input_kind, {_user_text(req, res)} as user_text,
                case when input_kind = 'event' then coalesce({req["event"]}, {res["event"]}) end as input_event,
                coalesce(nullif(array_to_string(list_filter(partial_lines, lambda l: not list_contains(final_lines, l)) || final_lines,
                    chr(10)), ''), response_utterances) as bot_text,
                nullif(cast(to_json(list_sort({_kinds("messages")})) as varchar), '[]') as message_kinds,
                nullif(cast(to_json(list_filter(list_transform(messages, lambda m: json_extract(m, '$.payload')),
                    lambda p: p is not null and json_type(p) <> 'NULL')) as varchar), '[]') as payloads,
                {enum(res["match_type"], MATCH_TYPES)} as match_type, {res["match_event"]} as match_event,
                coalesce({res["match_intent"]}, {res["old_intent"]}, {_last(res["match_intent_name"])},
                    {_last(res["old_intent_name"])}) as intent,
                try_cast(coalesce({res["match_confidence"]}, {res["old_confidence"]}) as double) as intent_confidence,
                {res["match_parameters"]} as match_parameters, {res["parameters"]} as parameters,
                {req["parameters"]} as request_parameters, {req["payload"]} as request_payload,
                {req["channel"]} as channel, {req["caller_id"]} as caller_id,
                coalesce({res["page"]}, {_last(res["page_name"])}) as page,
                coalesce({res["flow"]}, {_last(res["flow_name"])}) as flow,
                try_cast(coalesce({res["sentiment_score"]}, {sig["sentiment_score"]}) as double) as sentiment_score,
                try_cast(coalesce({res["sentiment_magnitude"]}, {sig["sentiment_magnitude"]}) as double) as sentiment_magnitude,
                {", ".join(f"try_cast({sig[flag]} as boolean) as {flag}" for flag in SIGNAL_FIELDS if flag.startswith("is_"))},
                {_failures(sig["failure_reasons"])} as failure_reasons,
                {enum(fed["rating"], RATINGS)} as feedback_rating, {fed["reasons"]} as feedback_reasons,
                {fed["comment"]} as feedback_comment,
                coalesce({res["error"]}, {res["error_code"]}, {res["message"]}, {res["code"]}) as error,
                request, response, partial_responses, conversation_signals, derived_data, log_id,
                case
                    when _problem is not null then _problem
                    when session_name is null then 'no conversation or session'
                    when requested_at is null then 'no readable request time'
                end as _problem
            from located
        )
        select
            * exclude (log_id),
            case when _problem is null then concat_ws('|', route, coalesce(agent_id, ''), session_id,
                coalesce(log_id, cast(turn_position as varchar), ''),
                coalesce(response_id, cast(epoch_us(requested_at) as varchar))) end as _record_key
        from named
    """


def _input_kind(req: dict[str, str], res: dict[str, str]) -> str:
    return f"""case
                    when {req["has_event"]} is not null then 'event'
                    when {req["has_intent"]} is not null then 'intent'
                    when {req["has_dtmf"]} is not null then 'dtmf'
                    when {req["has_audio"]} is not null then 'voice'
                    when {req["has_tool"]} is not null then 'tool'
                    when {req["has_text"]} is not null then 'text'
                    when {res["event"]} is not null then 'event'
                    when {res["pressed_intent"]} is not null then 'intent'
                    when {res["digits"]} is not null then 'dtmf'
                    when {res["transcript"]} is not null then 'voice'
                    when {res["text"]} is not null then 'text'
                end"""


def _user_text(req: dict[str, str], res: dict[str, str]) -> str:
    """What the user said; of a pressed intent its name."""
    pressed = (
        f"coalesce({res['match_intent']}, {_last(req['pressed_intent'])}, {_last(res['pressed_intent'])})"
    )
    return f"""case input_kind
                    when 'text' then coalesce({req["text"]}, {res["text"]}, request_utterances)
                    when 'voice' then coalesce({res["transcript"]}, request_utterances)
                    when 'dtmf' then coalesce({req["digits"]}, {res["digits"]})
                    when 'intent' then {pressed}
                end"""


def _failures(reasons: str) -> str:
    listed = f"from_json({reasons}, '[\"VARCHAR\"]')"
    named = f"list_transform({listed}, lambda reason: {enum('reason', FAILURES)})"
    return f"case when json_valid({reasons}) then nullif(cast(to_json({named}) as varchar), '[]') end"
