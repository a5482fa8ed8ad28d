"""Rows of any route into raw turns: JSON decoded, spelt in one way, and taken apart."""

from __future__ import annotations

from collections.abc import Mapping

from chat_pipeline.source import Batch
from chat_pipeline.sources.dialogflow_cx.columns import (
    FAILURES,
    FEEDBACK_FIELDS,
    JSON_COLUMNS,
    MATCH_TYPES,
    RATINGS,
    REQUEST_FIELDS,
    RESPONSE_FIELDS,
    SIGNAL_FIELDS,
)
from chat_pipeline.sources.dialogflow_cx.decoding import kept
from chat_pipeline.sources.dialogflow_cx.messages import has_result, kinds, lines, messages
from chat_pipeline.sources.dialogflow_cx.spelling import enum, looked_up
from chat_pipeline.times import utc

# BigQuery's API gives seconds in scientific notation.
SECONDS = "^[0-9][.][0-9]+E[0-9]+$"


def turns(batch: Batch, rows: str) -> dict[str, str]:
    name, only_rest = kept(batch, rows)
    return {"turns": _taken_apart(name, only_rest)}


def _last(name: str) -> str:
    return f"nullif(regexp_extract({name}, '[^/]+$'), '')"


def _taken_apart(name: str, only_rest: set[str]) -> str:
    """`only_rest`: the columns in which nothing is spelt in another way than REST's."""

    def taken(column: str, fields: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        return looked_up(column, fields, only_rest=column in only_rest)

    request_list, req = taken("request", REQUEST_FIELDS)
    response_list, res = taken("response", RESPONSE_FIELDS)
    signal_list, sig = taken("conversation_signals", SIGNAL_FIELDS)
    feedback_list, fed = taken("bot_answer_feedback", FEEDBACK_FIELDS)
    final = messages("response", only_rest="response" in only_rest)
    partial = messages("r", only_rest="partial_responses" in only_rest)
    # To ask whether it is JSON costs a parse; these fail where it is not.
    given = ", ".join(
        f"try({listed}) as {column}_found"
        for column, listed in (
            ("request", request_list), ("response", response_list), ("conversation_signals", signal_list),
            ("bot_answer_feedback", feedback_list),
        )
    )  # fmt: skip
    sound = {
        column: f"json_valid({column})"
        if column in ("partial_responses", "derived_data")
        else f"{column}_found is not null"
        for column in JSON_COLUMNS
    }
    broken = " ".join(
        f"when {column} is not null and {column}_found is null then 'broken JSON in {column}'"
        for column in ("request", "response")
    )
    session = (
        f"case when {req['session']} like '%/sessions/%' then {req['session']} else conversation_name end"
    )
    return f"""
        with asked as (select *, {given} from {name}),
        sound as (
            select * replace (coalesce(_problem, case {broken} end) as _problem,
                {", ".join(f"case when {is_sound} then {column} end as {column}" for column, is_sound in sound.items())})
            from asked
        ),
        found as (
            select *, {final} as final_messages,
                flatten(list_transform(coalesce(json_extract(partial_responses, '$[*]'), []), lambda r: {partial})) as partial_messages
            from sound
        ),
        located as (
            select *, {session} as session_name, {lines("final_messages")} as final_lines,
                {lines("partial_messages")} as partial_lines, partial_messages || final_messages as messages,
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
                case when {res["response_id"]} is null then {has_result("response")} else true end as has_response,
                input_kind, {_user_text(req, res)} as user_text,
                case when input_kind = 'event' then coalesce({req["event"]}, {res["event"]}) end as input_event,
                coalesce(nullif(array_to_string(list_filter(partial_lines, lambda l: not list_contains(final_lines, l)) || final_lines,
                    chr(10)), ''), response_utterances) as bot_text,
                nullif(cast(to_json(list_sort({kinds("messages")})) as varchar), '[]') as message_kinds,
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
