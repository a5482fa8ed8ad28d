"""What is peculiar to Dialogflow CX's exports.

The fixtures follow Google's pages "Export interaction logs to BigQuery" (columns, JSON ones among them),
"REST Resource: projects.locations.agents.conversations" of v3beta1 (Conversation, Interaction),
"Cloud Logging" of Conversational Agents with the LogEntry reference, and the REST resource Session for
request and response; test cases follow the files in exported agents.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import duckdb
import pytest
from deliveries import stage_deliveries

SESSION = "projects/p/locations/eu/agents/a1/sessions/s1"


def turn(number: int, text: str | None = "hi", **more) -> dict:
    """A row of the interaction log in its plainest spelling."""
    result = {
        "text": text,
        "match": {"matchType": "INTENT", "intent": {"displayName": "greet"}, "confidence": 0.9},
        "responseMessages": [{"text": {"text": ["Hello!"]}}],
        **more.pop("result", {}),
    }
    return {
        "project_id": "p",
        "agent_id": "a1",
        "conversation_name": SESSION,
        "turn_position": str(number),
        "request_time": f"2026-03-02 09:00:{number:02d} UTC",
        "language_code": "en",
        "request": {"session": SESSION, "queryInput": {"text": {"text": text}, "languageCode": "en"}},
        "response": {"responseId": f"r{number}", "queryResult": result},
        **more,
    }


def lines(*rows: dict) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def encoded(row: dict, times: int) -> dict:
    """The row with its JSON columns as text, `times` over."""
    columns = ("request", "response", "conversation_signals", "bot_answer_feedback", "partial_responses")
    for _ in range(times):
        row = {name: json.dumps(value) if name in columns else value for name, value in row.items()}
    return row


def escaped(row: dict) -> dict:
    """The row with each word's first letter as an escape in the texts of its JSON columns."""
    word = re.compile(r'"([A-Za-z])(\w*)"')
    return {
        name: word.sub(lambda m: f'"\\u{ord(m[1]):04x}{m[2]}"', text) if text[:1] == "{" else text
        for name, text in row.items()
    }


def wrapped(value):
    """A value of a Struct as Node dumps it."""
    if isinstance(value, dict):
        return {"structValue": {"fields": {k: wrapped(v) for k, v in value.items()}}, "kind": "structValue"}
    if isinstance(value, list):
        return {"listValue": {"values": [wrapped(v) for v in value]}, "kind": "listValue"}
    kind = {bool: "boolValue", str: "stringValue", type(None): "nullValue"}.get(type(value), "numberValue")
    return {kind: "NULL_VALUE" if value is None else value, "kind": kind}


FULL = turn(
    1,
    result={
        "parameters": {"order_number": "7", "sizes": ["M", None], "orderNote": {"is_gift": True}},
        "match": {
            "matchType": "NO_MATCH",
            "event": "sys.no-match-1",
            "confidence": 0.25,
            "parameters": {"order_number": "7"},
        },
        "responseMessages": [
            {"text": {"text": ["One", "two"]}},
            {"payload": {"richContent": [[{"title": "Chips"}]]}},
            {"liveAgentHandoff": {"metadata": {"queue": "x"}}},
        ],
        "currentPage": {"displayName": "Start Page"},
        "sentimentAnalysisResult": {"score": -0.5, "magnitude": 0.5},
    },
    conversation_signals={"turnSignals": {"agentEscalated": True, "failureReasons": ["FAILED_WEBHOOK"]}},
    bot_answer_feedback={"rating": "THUMBS_DOWN", "ratingReason": {"reasonLabels": ["wrong"]}},
)


def spelt_in_snake_case() -> dict:
    result = FULL["response"]["queryResult"]
    return {
        **FULL,
        "request": {"session": SESSION, "query_input": {"text": {"text": "hi"}, "language_code": "en"}},
        "response": {
            "response_id": "r1",
            "query_result": {
                "text": "hi",
                "parameters": result["parameters"],
                "match": {**{k: v for k, v in result["match"].items() if k != "matchType"}, "match_type": 4},
                "response_messages": [
                    *result["responseMessages"][:2],
                    {"live_agent_handoff": {"metadata": {"queue": "x"}}},
                ],
                "current_page": {"display_name": "Start Page"},
                "sentiment_analysis_result": {"score": -0.5, "magnitude": 0.5},
            },
        },
        "conversation_signals": {"turn_signals": {"agent_escalated": True, "failure_reasons": [2]}},
        "bot_answer_feedback": {"rating": 2, "rating_reason": {"reason_labels": ["wrong"]}},
    }


def spelt_by_node() -> dict:
    row = json.loads(json.dumps(FULL))
    result = row["response"]["queryResult"]
    result["parameters"] = wrapped(result["parameters"])["structValue"]
    result["match"]["parameters"] = wrapped(result["match"]["parameters"])["structValue"]
    message = result["responseMessages"][1]
    message["payload"] = wrapped(message["payload"])["structValue"]
    result["responseMessages"][0] |= {"message": "text", "payload": None, "liveAgentHandoff": None}
    return row


SPELLINGS = {
    "objects": FULL,
    "text": encoded(FULL, 1),
    "text of text": encoded(FULL, 2),
    "snake case and numbers": spelt_in_snake_case(),
    "wrapped values": spelt_by_node(),
    "wrapped values as text": encoded(spelt_by_node(), 1),
    "names with escapes": escaped(encoded(spelt_in_snake_case(), 1)),
    "wrapped values with escapes": escaped(encoded(spelt_by_node(), 1)),
    "REST's column names": {
        "conversationName": SESSION,
        **{k: v for k, v in FULL.items() if k in ("request", "response")},
        "agentId": "projects/p/locations/eu/agents/a1",
        "projectId": "p",
        "turnPosition": 1,
        "requestTime": "2026-03-02T09:00:01.000000000Z",
        "languageCode": "en",
        "conversationSignals": FULL["conversation_signals"],
        "botAnswerFeedback": FULL["bot_answer_feedback"],
    },
}
READ = (
    "agent_id, session_id, turn_position, requested_at, language_code, response_id, input_kind, user_text, bot_text,"
    " message_kinds, json_extract_string(payloads, '$[0].richContent[0][0].title'), match_type, match_event,"
    " intent_confidence, json_extract_string(match_parameters, '$.order_number'), json(parameters), page,"
    " sentiment_score, is_agent_escalated, failure_reasons, feedback_rating, feedback_reasons, _record_key"
)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_turn_is_the_same_in_every_spelling(extract, spelling):
    found = extract("dialogflow_cx", {"a.jsonl": lines(SPELLINGS[spelling])}).raw("turns", READ)
    assert found == extract("dialogflow_cx", {"a.jsonl": lines(FULL)}).raw("turns", READ)[:1]
    assert found[0][7:10] == ("hi", "One\ntwo", '["liveAgentHandoff","payload","text"]')
    assert json.loads(found[0][15]) == {
        "order_number": "7",
        "sizes": ["M", None],
        "orderNote": {"is_gift": True},
    }


@pytest.mark.parametrize("kind", ["varchar", "json", "struct"])
@pytest.mark.parametrize("time", ["timestamptz", "timestamp", "varchar"])
def test_parquet_gives_the_same_as_json_lines(extract_apart, tmp_path: Path, kind, time):
    source, target = tmp_path / "a.jsonl", tmp_path / "a.parquet"
    source.write_text(lines(FULL))
    with duckdb.connect() as con:
        con.execute("set timezone = 'America/New_York'")
        read = "read_json" if kind == "struct" else "read_json_objects"
        columns = "*" if kind == "struct" else "json"
        con.execute(f"create table t as select {columns} from {read}('{source}')")
        if kind != "struct":
            given = ", ".join(f"cast(json->'$.{c}' as {kind}) as {c}" for c in ("request", "response", "conversation_signals", "bot_answer_feedback"))  # fmt: skip
            plain = ", ".join(f"json->>'$.{c}' as {c}" for c in ("project_id", "agent_id", "conversation_name", "turn_position", "request_time", "language_code"))  # fmt: skip
            con.execute(f"create or replace table t as select {plain}, {given} from t")
        if time != "varchar":
            zoned = "cast(cast(request_time as varchar) as timestamptz)"
            if kind == "struct":
                zoned = "timestamptz '2026-03-02 09:00:01+00'"
            moment = zoned if time == "timestamptz" else "timestamp '2026-03-02 09:00:01'"
            con.execute(f"create or replace table t as select * replace ({moment} as request_time) from t")
        con.execute(f"copy t to '{target}' (format parquet)")
    found = extract_apart("dialogflow_cx", {"a.parquet": target.read_bytes(), "b.jsonl": lines(FULL)})
    assert found.shapes["a.parquet"] == "interaction_log_parquet"
    parquet, plain = found.raw("turns", READ)
    assert parquet == plain


def test_every_shape_is_told_by_its_content(extract, export):
    found = extract("dialogflow_cx", export("dialogflow_cx"))
    assert found.shapes == {
        "cloud_logging.json": "cloud_logging",
        "conversation.json": "conversation_history",
        "conversations_page.json": "conversation_history",
        "interaction_log.jsonl": "interaction_log_json",
        "interaction_log.parquet": "interaction_log_parquet",
        "test_case.json": "test_case",
    }


def test_broken_rows_are_set_aside_one_by_one(extract, export):
    found = extract("dialogflow_cx", export("dialogflow_cx"))
    assert found.set_aside() == [
        ("interaction_log.jsonl", 16, "broken JSON"),
        ("interaction_log.jsonl", 17, "no readable request time"),
        ("interaction_log.jsonl", 18, "no conversation or session"),
        ("interaction_log.jsonl", 19, "broken JSON in request"),
    ]


def test_conversations_without_interactions_are_refused_by_name(extract):
    page = {"conversations": [{"name": "projects/p/locations/eu/agents/a1/conversations/c1", "type": "TEXT"}]}
    found = extract("dialogflow_cx", {"a.json": json.dumps(page, indent=1)})
    assert found.states == {"a.json": "not_of_this_kind"}
    assert "without their interactions" in found.report.files[0].reason


def test_unknown_fields_and_kinds_are_kept_and_counted(extract):
    odd = turn(1, result={"match": {"matchType": 77}, "responseMessages": [{"newKind": {"a": 1}}, "odd"]}, extra_column=[1])  # fmt: skip
    found = extract("dialogflow_cx", {"a.jsonl": lines(odd)})
    assert found.raw("turns", "match_type, message_kinds, _extra") == [
        ("77", '["newKind"]', '{"extra_column":[1]}')
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-02 09:00:00 UTC", "2026-03-02 09:00:00"),
        ("2026-03-02T09:00:00.123456789Z", "2026-03-02 09:00:00.123456"),
        ("2026-03-02T11:00:00.5+02:00", "2026-03-02 09:00:00.5"),
        ("1.772442000123E9", "2026-03-02 09:00:00.123"),
    ],
)
def test_times_are_utc_in_any_spelling(extract, written, read):
    found = extract("dialogflow_cx", {"a.jsonl": lines({**turn(1), "request_time": written})})
    assert found.raw("turns", "cast(requested_at as varchar)") == [(read,)]


RULES = '[identifiers]\ndialogflow_cx.parameters = { email = "email", user = "user_id" }\n'


def test_identifiers_tell_what_the_site_sent_from_what_was_said(tmp_path: Path):
    sent = turn(1, result={"parameters": {"email": "Ana@x.org"}})
    sent["request"]["queryParams"] = {"parameters": {"email": "Ana@x.org"}, "payload": {"user": "u1"}}
    said = turn(2, result={"parameters": {"email": "bo@y.org"}})
    again = turn(3, result={"parameters": {"email": "bo@y.org"}})
    ask = stage_deliveries(tmp_path, "dialogflow_cx", [{"a.jsonl": lines(sent, said, again)}], RULES)
    rows = ask("select identifier_type, identifier_value, is_verified from staging.stg_dialogflow_cx__identifiers order by all")  # fmt: skip
    assert [tuple(row.values()) for row in rows] == [
        ("email", "ana@x.org", True),
        ("email", "bo@y.org", False),
        ("thread_id", "s1", True),
        ("user_id", "u1", True),
    ]
    rows = ask("select name, value from staging.stg_dialogflow_cx__events where kind = 'parameter' order by sequence")  # fmt: skip
    assert [row["value"] for row in rows] == ["Ana@x.org", "bo@y.org"]


def entry(number: int, payload: dict, second: float) -> dict:
    return {
        "insertId": f"i{number}",
        "logName": "projects/p/logs/dialogflow-runtime.googleapis.com%2Frequests",
        "timestamp": f"2026-03-02T09:00:{second:06.3f}Z",
        "labels": {"agent_id": "a1", "session_id": "s1"},
        "jsonPayload": payload,
    }


@pytest.mark.slow
def test_a_turn_counts_once_by_whatever_routes_and_deliveries(tmp_path: Path):
    first, second = turn(1), turn(2, "bye")
    log = [
        entry(1, first["request"], 1.1),
        entry(2, first["response"], 1.4),
        entry(3, second["request"], 2.1),
        entry(4, second["response"], 2.4),
    ]
    history = {
        "name": "projects/p/locations/eu/agents/a1/conversations/s1",
        "interactions": [
            {"request": r["request"], "response": r["response"], "createTime": r["request_time"]}
            for r in (second, first)
        ],
    }
    history["interactions"][0]["answerFeedback"] = {"rating": "THUMBS_UP"}
    rated = {**second, "bot_answer_feedback": {"rating": "THUMBS_DOWN"}}
    deliveries = [
        {"log_1.json": json.dumps(log[:1] + log[3:])},
        {"log_2.json": json.dumps(log[1:3])},
        {"history.json": json.dumps(history)},
        {"rows.jsonl": lines(second, first)},
        {"rows_again.jsonl": lines(first, rated, rated)},
    ]
    said = [("user", "hi"), ("bot", "Hello!"), ("user", "bye"), ("bot", "Hello!")]
    ratings = [[], [], ["up"], ["up"], ["down"]]
    for count in range(2, len(deliveries) + 1):
        folder = tmp_path / str(count)
        folder.mkdir()
        ask = stage_deliveries(folder, "dialogflow_cx", deliveries[:count])
        rows = ask("select author, text from staging.stg_dialogflow_cx__messages order by sent_at, sequence")
        assert [tuple(row.values()) for row in rows] == said, count
        rows = ask("select value from staging.stg_dialogflow_cx__events where event_type = 'feedback'")
        assert [row["value"] for row in rows] == ratings[count - 1]


@pytest.mark.slow
def test_two_agents_may_use_one_session_id(tmp_path: Path):
    other = json.loads(json.dumps(turn(2)).replace("agents/a1", "agents/b2").replace('"a1"', '"b2"'))
    ask = stage_deliveries(tmp_path, "dialogflow_cx", [{"a.jsonl": lines(turn(1), other)}])
    rows = ask("select distinct thread_id from staging.stg_dialogflow_cx__messages order by 1")
    assert [row["thread_id"] for row in rows] == ["a1|s1", "b2|s1"]


def test_turns_of_vendors_test_cases(extract, real_files):
    with (real_files / "expected.csv").open(newline="") as stream:
        expected = [row for row in csv.DictReader(stream) if row["source"] == "dialogflow_cx"]
    files = {row["path"]: real_files / "dialogflow_cx" / row["path"] for row in expected}
    found = extract("dialogflow_cx", files)
    counts: dict[str, list[int]] = {}
    for path, user, bot in found.raw("test_cases", "_source_file, user_text, bot_text"):
        of = counts.setdefault(path, [0, 0, 0])
        of[0] += 1
        of[1] += user is not None
        of[2] += bot is not None
    for row in expected:
        assert found.shapes[row["path"]] == row["shape"]
        assert counts[row["path"]] == [int(row[n]) for n in ("rows", "user_messages", "bot_messages")], row[
            "path"
        ]
    assert {file.state for file in found.report.files} == {"loaded"}
