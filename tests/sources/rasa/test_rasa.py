"""What is peculiar to Rasa's exports, as far as it shows in raw."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path

import pytest
from deliveries import read_export

SECOND = 1772442000.0


def event(kind: str, seconds: object = SECOND, sender: str | None = "ana", **more) -> dict:
    own = {} if sender is None else {"sender_id": sender}
    return {**own, "event": kind, "timestamp": seconds, **more}


def lines(*events: dict) -> str:
    return "\n".join(json.dumps(e) for e in events) + "\n"


def test_every_shape_is_told_by_its_content(extract, export):
    found = extract("rasa", export("rasa"))
    assert found.shapes == {
        "broker.jsonl": "broker_jsonl",
        "broker_dump.csv": "events_csv",
        "events.csv": "events_csv",
        "rasa.db": "events_sqlite",
        "tracker.json": "tracker_json",
        "trackers.json": "tracker_list",
        "wrapped.json": "wrapped_dump",
    }
    assert set(found.states.values()) == {"loaded"}


def test_broken_rows_are_set_aside_one_by_one(extract, export):
    found = extract("rasa", export("rasa"))
    assert found.set_aside() == [
        ("broker.jsonl", 6, "broken JSON"),
        ("broker.jsonl", 55, "no timestamp in seconds"),
        ("broker.jsonl", 56, "occurred_at is before 1990"),
        ("broker.jsonl", 57, "no timestamp in seconds"),
        ("broker.jsonl", 58, "no JSON object"),
        ("broker.jsonl", 59, "no field event"),
        ("events.csv", 28, "broken JSON in the column data"),
        ("events.csv", 29, "no event in the column data"),
    ]


def test_an_event_has_one_key_in_broker_and_tracker_store_whatever_metadata_says(extract):
    stored = event("bot", SECOND + 0.25, None, text="hello", data={"buttons": None})
    table = f'id,sender_id,data\n7,ana,"{json.dumps(stored).replace(chr(34), chr(34) * 2)}"\n'
    streamed = {
        **event("bot", SECOND + 0.25),
        "text": "hello",
        "data": {"buttons": None},
        "metadata": {"a": 1},
    }
    found = extract("rasa", {"a.jsonl": lines(streamed), "b.csv": table})
    keys = found.raw("events", "_record_key, sender_id, sequence")
    assert keys[0][0] == keys[1][0]
    assert [row[1:] for row in keys] == [("ana", 1), ("ana", 7)]


def database(**tables: list[tuple]) -> bytes:
    with sqlite3.connect(":memory:") as con:
        con.execute("create table conversation (sender_id, latest_event_time)")
        for table, rows in tables.items():
            sender = "sender_id" if table == "events" else "conversation_id"
            con.execute(f"create table {table} (id integer, {sender}, type_name, data)")
            con.executemany(f"insert into {table} values (?, ?, ?, ?)", rows)
        con.commit()
        return con.serialize()


def test_the_table_of_rasa_x_is_read_as_csv_lines_and_database(tmp_path: Path):
    told = event("bot", SECOND + 0.25, None, text="hello")
    row = {"id": 7, "conversation_id": "ana", "type_name": "bot", "timestamp": SECOND + 0.25}
    stored = (7, "ana", "bot", json.dumps(told))
    files = {
        "a.csv": f'id,conversation_id,type_name,data\n7,ana,bot,"{json.dumps(told).replace(chr(34), chr(34) * 2)}"\n',
        "b.jsonl": lines({**row, "data": json.dumps(told)}, {**row, "data": "{broken"}),
        "c.json": json.dumps([{**row, "data": told}]),
        "d.db": database(conversation_event=[stored]),
        # Rasa X beside a tracker store: the one is a copy of the other.
        "e.db": database(events=[stored], conversation_event=[(1, "eve", *stored[2:])]),
    }
    rows = read_export(tmp_path, "rasa", files)["events"]
    assert [(row["_shape"], row["_problem"]) for row in rows] == [
        ("conversation_event_csv", None),
        ("conversation_event_json", None),
        ("conversation_event_json", "broken JSON in the column data"),
        ("conversation_event_json", None),
        ("conversation_event_sqlite", None),
        ("events_sqlite", None),
    ]
    good = [row for row in rows if not row["_problem"]]
    assert {(row["_record_key"], row["sender_id"], row["sequence"], row["text"]) for row in good} == {
        (good[0]["_record_key"], "ana", 7, "hello")
    }


def test_equal_events_of_one_file_stay_two(extract):
    found = extract("rasa", {"a.jsonl": lines(event("bot", text="hi"), event("bot", text="hi"))})
    keys = [row[0] for row in found.raw("events", "_record_key")]
    assert len(set(keys)) == 2
    assert [key.rpartition("#")[2] for key in keys] == ["1", "2"]


def test_the_event_in_data_is_the_truth_not_the_columns_beside_it(extract):
    data = json.dumps(event("user", SECOND + 0.123456, None, text="hi")).replace('"', '""')
    table = f'id,sender_id,type_name,timestamp,intent_name,action_name,data\n1,ana,bot,1772442000.0,x,y,"{data}"\n'
    found = extract("rasa", {"a.csv": table})
    assert found.raw("events", "event, cast(occurred_at as varchar), intent_name, name") == [
        ("user", "2026-03-02 09:00:00.123456", None, None)
    ]


def test_values_keep_their_type_as_json(extract):
    values = [None, "a", 5, 1.5, True, [1, {"b": None}], {"c": "d"}, -1919018020847120517]
    found = extract("rasa", {"a.jsonl": lines(*(event("slot", name="s", value=value) for value in values))})
    assert [row[0] and json.loads(row[0]) for row in found.raw("events", "value")] == values


def test_a_tracker_of_20_mb_is_read_without_its_events_being_copied_into_each(extract):
    events = [event("user", SECOND + n, None, text="x" * 900) for n in range(20_000)]
    found = extract("rasa", {"tracker.json": json.dumps({"sender_id": "ana", "events": events})})
    assert found.report.files[0].tables["events"]["loaded"] == 20_000


ONE = event("user", SECOND, None, text="hi")
WRAPPED = {
    "trackers by sender": {"ana": {"sender_id": "ana", "events": [ONE]}},
    "trackers without sender": {"ana": {"events": [ONE]}},
    "events by sender": {"ana": [ONE]},
    "list of trackers": [{"sender_id": "ana", "events": [ONE]}],
    "list of documents": [{"_id": {"$oid": "1"}, "tracker": {"sender_id": "ana", "events": [ONE]}}],
    "list of events": [{**ONE, "sender_id": "ana"}],
    "list of flattened documents": [{"_id": 1, "sender_id": "ana", "event": ONE}],
}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("form", WRAPPED)
def test_dumps_wrapped_under_conversations_are_read(extract_apart, form, indent):
    dump = json.dumps({"conversations": WRAPPED[form]}, indent=indent)
    found = extract_apart("rasa", {"a.json": dump, "b.jsonl": lines({**ONE, "sender_id": "ana"})})
    assert found.shapes["a.json"] == "wrapped_dump"
    columns = "sender_id, event, text, _record_key"
    row = found.raw("events", columns, "_source_file = 'a.json'")
    assert len(row) == 1
    assert row == found.raw("events", columns, "_source_file = 'b.jsonl'")


def test_what_a_dump_in_lines_holds_besides_events_is_set_aside_and_counted(extract):
    other = {**ONE, "timestamp": SECOND + 1}
    told = [
        json.dumps({"conversations": {"ana": [ONE], "bob": [other, "not an event"], "eve": 7}}),
        '{"conversations": [{"sender_id": ',
        json.dumps({"pages": 2}),
        json.dumps({"conversations": None}),
        json.dumps({"conversations": {}}),
        json.dumps(
            {"conversations": [{"sender_id": "cid", "slots": {}}, {"sender_id": "dan", "events": [ONE]}]}
        ),
    ]
    found = extract("rasa", {"a.jsonl": "\n".join(told) + "\n"})
    assert found.raw("events", "sender_id, _source_row") == [("ana", 1), ("bob", 2), ("dan", 9)]
    assert found.set_aside() == [
        ("a.jsonl", 3, "no JSON object"),
        ("a.jsonl", 4, "no JSON object"),
        ("a.jsonl", 5, "broken JSON"),
        ("a.jsonl", 6, "no conversations in it"),
        ("a.jsonl", 7, "no conversations in it"),
        ("a.jsonl", 8, "no events in it"),
    ]


def test_a_tracker_without_events_is_set_aside(extract):
    told = [
        {"sender_id": "ana", "events": [ONE]},
        {"sender_id": "bob"},
        {"sender_id": "cid", "events": []},
        7,
    ]
    found = extract("rasa", {"a.json": json.dumps(told, indent=1)})
    assert found.raw("events", "sender_id") == [("ana",)]
    assert found.set_aside() == [("a.json", 2, "no events in it"), ("a.json", 3, "no JSON object")]


def test_exact_numbers_of_mongo_are_numbers(extract):
    text = 'is {"$numberInt": "7"} a number?'
    exact = event("user", {"$numberDouble": "1772442000.25"}, text=text, parse_data={"intent": {"name": "x", "confidence": {"$numberDouble": "0.5"}}})  # fmt: skip
    found = extract("rasa", {"a.json": json.dumps([exact, exact], indent=1)})
    assert found.raw("events", "cast(occurred_at as varchar), text, intent_confidence")[0] == (
        "2026-03-02 09:00:00.25",
        text,
        0.5,
    )


def test_results_of_markers_are_refused_by_name(extract):
    table = "sender_id,session_idx,marker,event_idx,num_preceding_user_turns\nana,0,asked,3,1\n"
    found = extract("rasa", {"a.csv": table})
    assert found.shapes == {"a.csv": "marker_evaluation"}
    assert found.states == {"a.csv": "not_of_this_kind"}


@pytest.mark.parametrize("inside", [False, True])
def test_legacy_jsonpickle_is_refused_by_name(extract, inside):
    old = {"py/object": "rasa.shared.core.conversation.Dialogue", "name": "default", "events": []}
    if inside:
        old = {"name": "default", "events": [{"py/object": "rasa.core.events.UserUttered", "text": "x"}]}
    found = extract("rasa", {"default.json": json.dumps(old, indent=1)})
    assert found.states == {"default.json": "not_of_this_kind"}
    assert "jsonpickle" in found.report.files[0].reason


def test_shapes_and_rows_of_vendors_files(extract, real_files):
    with (real_files / "expected.csv").open(newline="") as stream:
        expected = [row for row in csv.DictReader(stream) if row["source"] == "rasa"]
    found = extract("rasa", {row["path"]: real_files / "rasa" / row["path"] for row in expected})
    loaded = {
        f.path: (f.state, f.shape, f.tables["events"]["loaded"] if f.tables else "")
        for f in found.report.files
    }
    for row in expected:
        rows = int(row["rows"]) if row["rows"] else ""
        assert loaded[row["path"]] == (row["state"], row["shape"], rows), row["path"]


@pytest.mark.parametrize("seconds", [1e300, -1e300, 1772442000123, "1772442000.5"])
def test_odd_timestamps_cost_at_most_their_row(extract, seconds):
    found = extract("rasa", {"a.jsonl": lines(event("bot", seconds, text="odd"), event("bot", text="even"))})
    assert "even" in [row[0] for row in found.raw("events", "text")]


def test_a_wrapped_dump_takes_memory_for_its_size_not_for_its_square(extract, settings):
    """Each event and each tracker carries what is around it: that must never be the whole page."""
    events = [event("user", SECOND + i, None, text=f"where is my parcel {i}") for i in range(50)]
    pages = {
        f"page_{page}.json": json.dumps(
            {"conversations": [{"sender_id": f"s{page}-{n}", "events": events} for n in range(500)]}
        )
        for page in range(3)
    }
    small = settings.model_copy(
        update={"engine": settings.engine.model_copy(update={"memory_limit": "300MB"})}
    )
    found = extract("rasa", pages, small)
    assert set(found.states.values()) == {"loaded"}
    assert len(found.raw("events", "event")) == 3 * 500 * 50
