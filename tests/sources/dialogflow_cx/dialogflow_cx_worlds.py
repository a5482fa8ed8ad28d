"""Turns of the interaction log in its spellings, and as the API's history of conversations tells them."""

from __future__ import annotations

import io
import json
from typing import Any

from hypothesis import strategies as st
from worlds import TEXTS, Form, Record, World, grouped, indented, json_lines, numbered, zulu

AGENT = "projects/p/locations/eu/agents/a1"
JSON_FIELDS = ("request", "response")
TURNS = st.fixed_dictionaries({
    "session": st.sampled_from(("s-1", "S-1")), "text": TEXTS, "answer": TEXTS, "match": st.sampled_from(("INTENT", "NO_MATCH")),
    "page": st.sampled_from(("Start Page", "Orders")), "number_of_order": st.sampled_from((None, "0017")),
})  # fmt: skip


def row(record: Record, more: Record) -> Record:
    session = f"{AGENT}/sessions/{record['session']}"
    match: Record = {"matchType": record["match"], "confidence": 0.75}
    if record["match"] == "INTENT":
        match |= {
            "intent": {"displayName": "track"},
            "parameters": {"order_number": record["number_of_order"]},
        }
    return {
        "project_id": "p", "agent_id": "a1", "conversation_name": session, "turn_position": str(record["number"] + 1),
        "request_time": zulu(record["at"]), "language_code": "en",
        "request": {"session": session, "queryInput": {"text": {"text": record["text"]}, "languageCode": "en"}},
        "response": {"responseId": f"r{record['number']}", "queryResult": {
            "text": record["text"], "match": match, "currentPage": {"displayName": record["page"]},
            "responseMessages": [{"text": {"text": [record["answer"]]}}, *record.get("messages", [])],
        }},
        **more,
    }  # fmt: skip


def _encoded(record: Record, more: Record, times: int) -> Record:
    told = row(record, more)
    for _ in range(times):
        told |= {name: json.dumps(told[name]) for name in JSON_FIELDS}
    return told


def _camel(record: Record, more: Record) -> Record:
    """REST's names of the columns."""
    told = row(record, {})
    names = {
        name: name.split("_")[0] + "".join(part.title() for part in name.split("_")[1:]) for name in told
    }
    return {**{names[name]: value for name, value in told.items()}, **more}


def _snake(value: Any) -> Any:
    """Python's dumps of a message: snake case down to the free-form parameters."""
    if isinstance(value, list):
        return [_snake(element) for element in value]
    if not isinstance(value, dict):
        return value
    free = ("parameters", "payload")
    return {
        "".join("_" + c.lower() if c.isupper() else c for c in k): v if k in free else _snake(v)
        for k, v in value.items()
    }


def _dumped(record: Record, more: Record) -> Record:
    told = row(record, more)
    return told | {name: _snake(told[name]) for name in JSON_FIELDS}


def _parquet(records: list[Record], more: Record) -> bytes:
    import pyarrow
    from pyarrow import parquet

    stream = io.BytesIO()
    rows = [
        _encoded(record, {name: json.dumps(value) for name, value in more.items()}, 1) for record in records
    ]
    parquet.write_table(pyarrow.Table.from_pylist(rows), stream)
    return stream.getvalue()


def _history(records: list[Record], more: Record) -> list[Record]:
    """Conversations as the API gives them, their interactions the newest first."""
    return [
        {
            "name": f"{AGENT}/conversations/{session}",
            "type": "TEXT",
            "languageCode": "en",
            "interactions": [
                {**{name: row(r, {})[name] for name in JSON_FIELDS}, "createTime": zulu(r["at"]), **more}
                for r in sorted(turns, key=lambda r: r["at"], reverse=True)
            ],
        }
        for session, turns in grouped(records, "session").items()
    ]


WORLDS = (
    World(
        "turns",
        raw="turns",
        records=numbered(TURNS),
        forms=(
            Form("interaction_log_json", lambda records, more: json_lines(row(r, more) for r in records)),
            Form(
                "interaction_log_json",
                lambda records, more: json_lines(_encoded(r, more, 1) for r in records),
            ),
            Form(
                "interaction_log_json",
                lambda records, more: indented([_encoded(r, more, 2) for r in records]),
            ),
            Form("interaction_log_json", lambda records, more: json_lines(_camel(r, more) for r in records)),
            Form("interaction_log_json", lambda records, more: json_lines(_dumped(r, more) for r in records)),
            Form("interaction_log_parquet", _parquet),
            Form(
                "conversation_history",
                lambda records, more: indented({"conversations": _history(records, more)}),
            ),
            Form("conversation_history", lambda records, more: json_lines(_history(records, more))),
        ),
        filled=("stg_dialogflow_cx__messages", "stg_dialogflow_cx__events", "stg_dialogflow_cx__identifiers"),
        strange=lambda r: [{**r, "messages": [{"hologram": {"size": 7}}]}],
        counted="select * from staging.stg_dialogflow_cx__events where event_type = 'other' and name = 'hologram'",
    ),
)
