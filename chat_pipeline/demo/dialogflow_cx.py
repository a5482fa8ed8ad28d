"""Dialogflow CX's exports: the interaction log's rows, conversations of the history API, test cases of the agent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chat_pipeline.demo.files import Exports, sql_text

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop

AGENT = "projects/kesselundblatt/locations/europe-west3/agents/6f0f3c1e-54d2-4d0b-9d56-6c1f0a5b7e21"

# One row per turn: c, turn, told_at, and request, response, feedback as JSON text.
TURNS = f"""
create or replace table dialogflow_turns as
with marked as (
    select e.*, t.thread_id, t.language, t.rating, t.is_rated,
        sum(case when e.kind = 'user' then 1 else 0 end) over (partition by c order by seq) as turn
    from events as e join talks as t using (c) where t.platform = 'dialogflow_cx' and e.kind <> 'agent'
),
-- Login and client id come from the site with the first request; the rest is heard in the talk.
sent as (
    select c, json_group_object(name, text) as parameters
    from marked where kind = 'slot' and name in ('user_id', 'ga_cid', 'tracking_flow') group by c
),
heard as (select c, turn, name, text from marked where kind = 'slot' and name not in ('user_id', 'ga_cid', 'tracking_flow')),
filled as (select c, turn, json_group_object(name, text) as parameters from heard group by c, turn),
folded as (
    select c, turn, any_value(thread_id) as thread_id, any_value(language) as language, min(told_at) as told_at,
        max(case when kind = 'user' then name end) as intent, max(case when kind = 'user' then text end) as query,
        max(case when kind = 'user' then confidence end) as confidence,
        list(json_object('text', json_object('text', json_array(text)), 'source', 'VIRTUAL_AGENT') order by seq)
            filter (kind = 'bot') as answers,
        bool_or(name = 'utter_order_status') as shows_status, bool_or(name = 'action_human_handoff') as hands_over,
        bool_or(kind = 'bot' and name = 'utter_goodbye') as says_goodbye, any_value(rating) as rating, any_value(is_rated) as is_rated
    from marked group by c, turn having bool_or(kind in ('user', 'bot'))
),
placed as (
    select *, row_number() over (partition by c order by turn) as place,
        turn = max(case when answers is not null then turn end) over (partition by c) as is_last_answer
    from folded
),
known as (
    select p.*, s.parameters as sent, f.parameters as filled,
        json_merge_patch(coalesce(s.parameters, json_object()), coalesce(
            (select json_group_object(h.name, h.text) from heard as h where h.c = p.c and h.turn <= p.turn), json_object())) as parameters,
        '{AGENT}/environments/prod/sessions/' || thread_id as session, intent is null or intent = 'session_start' as is_event,
        coalesce(intent = 'nlu_fallback', false) as is_lost
    from placed as p left join sent as s using (c) left join filled as f using (c, turn)
)
select c, thread_id, place as turn, told_at, language, session,
    json_object('session', session,
        'queryInput', case when is_event then json_object('event', json_object('event', 'WELCOME'), 'languageCode', language)
            else json_object('text', json_object('text', query), 'languageCode', language) end,
        'queryParams', case when place = 1 and sent is not null
            then json_object('channel', 'DF_MESSENGER', 'parameters', sent) else json_object('channel', 'DF_MESSENGER') end
    ) as request,
    json_object('responseId', md5(concat('df', c, '/', place)),
        'queryResult', json_merge_patch(
            case when is_event then json_object('triggerEvent', 'WELCOME') else json_object('text', query) end,
            json_object('languageCode', language, 'parameters', parameters,
                'match', case when is_event then json_object('matchType', 'EVENT', 'event', 'WELCOME', 'confidence', 1)
                    when is_lost then json_object('matchType', 'NO_MATCH', 'event', 'sys.no-match-1', 'confidence', 0.3)
                    else json_object('matchType', 'INTENT', 'intent', json_object('name', '{AGENT}/intents/' || md5(intent), 'displayName', intent),
                        'confidence', confidence, 'parameters', coalesce(filled, json_object())) end,
                'responseMessages', to_json(list_concat(coalesce(answers, []),
                    case when hands_over then [json_object('liveAgentHandoff', json_object('metadata', json_object('desk', 'service')))] else [] end,
                    case when says_goodbye and c % 3 = 0 then [json_object('conversationSuccess', json_object('metadata', json_object()))] else [] end)),
                'currentPage', json_object('name', '{AGENT}/flows/f/pages/p', 'displayName',
                    case when shows_status then 'Order Status' else 'Start Page' end),
                'currentFlow', json_object('name', '{AGENT}/flows/f', 'displayName', 'Default Start Flow'))),
        'responseType', 'FINAL') as response,
    case when is_rated and is_last_answer
        then json_object('rating', case when rating >= 4 then 'THUMBS_UP' else 'THUMBS_DOWN' end) end as feedback
from known
"""
# A row of the log as BigQuery extracts it: whole numbers as text, no nulls.
LINE = f"""json_merge_patch(json_object(
    'project_id', 'kesselundblatt', 'agent_id', '{AGENT.rpartition("/")[2]}', 'conversation_name', session, 'turn_position', cast(turn as varchar),
    'request_time', strftime(told_at, '%Y-%m-%d %H:%M:%S.%f UTC'), 'language_code', language, 'request', request, 'response', response,
    'conversation_signals', json_object('turnSignals', json_object())
), case when feedback is not null then json_object('bot_answer_feedback', feedback) else json_object() end)"""
# Conversations that only the history API brings, and those that it brings as well.
ONLY_HISTORY, ALSO_HISTORY = "c % 41 = 7", "c % 41 = 8"
CASES = (
    ("Bestellung suchen", "de", (("Wo ist mein Paket?", "track_order"), ("#10001", "inform"))),
    ("Say hello", "en", (("Hello", "greet"),)),
)


def write(shop: Shop, exports: Exports) -> None:
    """`exports/dialogflow_cx/`: a week of the log per file, one of them Parquet, a page of the history, two test cases."""
    con = shop.con
    con.execute(TURNS)
    weeks = con.execute(f"""
        select strftime(told_at, '%G-W%V') as week, string_agg(cast({LINE} as varchar), chr(10) order by told_at, c, turn), max(told_at)
        from dialogflow_turns where not ({ONLY_HISTORY}) group by week order by week
    """).fetchall()
    for place, (week, content, newest) in enumerate(weeks):
        delivered = newest.replace(hour=23, minute=40, second=0, microsecond=0)
        if place == 1:
            _write_parquet(shop, exports, week)
            continue
        lines = content.split("\n")
        name = f"dialogflow_cx/interactions_{week}.jsonl.gz"
        if place == len(weeks) - 1:
            # The stream may insert a row twice.
            lines.insert(1, lines[0])
            lines.append(lines[-1][: len(lines[-1]) // 3])
            exports.broken.append((name, len(lines), "broken JSON"))
        exports.write(name, "\n".join(lines) + "\n", delivered)
    _write_history(shop, exports)
    _write_cases(shop, exports)


def _write_parquet(shop: Shop, exports: Exports, week: str) -> None:
    """A week as BigQuery exports it to Parquet: JSON columns are text, times have no zone."""
    name = f"dialogflow_cx/interactions_{week}.parquet"
    path = exports.path(name)
    shop.con.execute(f"""
        copy (
            select 'kesselundblatt' as project_id, {sql_text(AGENT.rpartition("/")[2])} as agent_id, session as conversation_name,
                cast(turn as bigint) as turn_position, told_at as request_time, language as language_code,
                cast(request as varchar) as request, cast(response as varchar) as response, cast(null as varchar) as partial_responses,
                cast(null as varchar) as derived_data, cast(null as varchar) as conversation_signals, cast(feedback as varchar) as bot_answer_feedback
            from dialogflow_turns where strftime(told_at, '%G-W%V') = {sql_text(week)} and not ({ONLY_HISTORY}) order by told_at, c, turn
        ) to {sql_text(str(path))} (format parquet)
    """)
    exports.deliver(name, shop.morning(0, 12))


def _write_history(shop: Shop, exports: Exports) -> None:
    """A page of conversations with their interactions, newest first; half of them are in the log as well."""
    found = shop.con.execute(f"""
        select cast(json_object('name', '{AGENT}/conversations/' || thread_id, 'type', 'TEXT', 'languageCode', any_value(language),
            'startTime', strftime(min(told_at), '%Y-%m-%dT%H:%M:%S.%fZ'),
            'environment', json_object('name', '{AGENT}/environments/prod', 'displayName', 'prod'),
            'interactions', to_json(list(json_merge_patch(json_object('request', request, 'response', response,
                'createTime', strftime(told_at, '%Y-%m-%dT%H:%M:%S.%fZ')),
                case when feedback is not null then json_object('answerFeedback', feedback) else json_object() end) order by turn desc))) as varchar)
        from dialogflow_turns where {ONLY_HISTORY} or {ALSO_HISTORY} group by c, thread_id order by c
    """).fetchall()
    page = ",\n".join(row for (row,) in found)
    exports.write(
        "dialogflow_cx/history/conversations.json",
        f'{{"conversations": [\n{page}\n]}}\n',
        shop.morning(0, 13),
    )


def _write_cases(shop: Shop, exports: Exports) -> None:
    """Test cases of the agent's package: recorded turns, no talk with a customer."""
    for number, (name, language, turns) in enumerate(CASES, start=1):
        case = {
            "name": f"{number:04d}-tc",
            "displayName": name,
            "tags": ["#smoke"],
            "testCaseConversationTurns": [
                {
                    "userInput": {"input": {"text": {"text": text}, "languageCode": language}},
                    "virtualAgentOutput": {
                        "triggeredIntent": {"name": intent},
                        "currentPage": {"name": "Start Page", "flow": "Default Start Flow"},
                        "textResponses": [{"text": ["OK"]}],
                    },
                }
                for text, intent in turns
            ],
        }
        exports.write(
            f"dialogflow_cx/agent/testCases/{number:04d}-tc.json",
            json.dumps(case, indent=1) + "\n",
            shop.morning(20),
        )
