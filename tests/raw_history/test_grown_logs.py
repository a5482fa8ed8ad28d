"""A log that only grew is read from where it ended."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from retold import SOURCE, Raw, counts, day

from chat_pipeline import decisions, reading
from chat_pipeline.settings import Settings
from chat_pipeline.source import Batch


def log(*keys: str, end: str = "\n") -> str:
    return "\n".join(json.dumps({"logged": key, "text": f"of {key}"}) for key in keys) + end


@pytest.fixture
def bytes_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the files that readers are given, in their order; empty lines in front don't count."""
    found: list[int] = []
    original = reading.records

    def told(batch: Batch) -> str:
        found.extend(len(file.path.read_bytes().lstrip(b"\n")) for file in batch.files)
        return original(batch)

    monkeypatch.setattr(reading, "records", told)
    return found


def numbered(raw: Raw) -> list[tuple]:
    return raw.ask(
        "notes", "select _record_key, _source_row, line, day(_delivered_at) from delivered order by all"
    )


def test_a_grown_log_is_read_from_where_it_ended(raw: Raw, bytes_read: list[int]):
    raw.put_text("l.jsonl", log("k1", "k2") + "broken\n\n", day(1))
    assert counts(raw.sync(), "l.jsonl") == (3, 2, 0)
    raw.put_text("l.jsonl", log("k1", "k2") + "broken\n\n" + log("k3") + "broken too\n", day(2))
    report = raw.sync()
    assert bytes_read[1] == len(log("k3") + "broken too\n")
    told = next(file for file in report.files if file.path == "l.jsonl").tables["notes"]
    assert told == {"read": 5, "loaded": 1, "unchanged": 2, "quarantined": 2, "held": 0}
    assert numbered(raw) == [("k1#1", 1, 1, 2), ("k2#1", 2, 2, 2), ("k3#1", 5, 5, 3)]
    decisions.forget(raw.home, "rasa/l.jsonl", "all of it")
    assert numbered(raw) == []


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (log("k1", "k2"), log("k0", "k2", "k3")),
        (log("k1", "k2", end=""), log("k1", "k2", "k3")),
        (log("k1") + '{"logged": "k2", "te', log("k1", "k2", "k3")),
        (log("k1", "k2"), log("k1", "k2", "k1")),
        (log("k1", "k2"), log("k1", "k2") + '{"kind": "notes", "id": "n1", "text": "x"}\n'),
    ],
    ids=["changed before", "last line open", "last line half written", "a like before", "another shape"],
)
def test_a_log_that_did_more_than_grow_is_read_whole(
    raw: Raw, settings: Settings, tmp_path: Path, first: str, then: str
):
    raw.put_text("l.jsonl", first, day(1))
    raw.sync()
    raw.put_text("l.jsonl", then, day(2))
    told = counts(raw.sync(), "l.jsonl")
    at_once = Raw(tmp_path / "at_once", settings)
    at_once.put_text("l.jsonl", then, day(2))
    assert counts(at_once.sync(), "l.jsonl")[0] == told[0]
    keys = "select distinct _record_key, _source_row from delivered where _load = (select max(_load) from delivered)"
    assert {row[0] for row in at_once.ask("notes", keys)} <= {row[0] for row in numbered(raw)}


@pytest.mark.parametrize("why", ["reload", "reader"])
def test_a_grown_log_is_read_whole_if_asked_to_or_by_another_reader(
    raw: Raw, bytes_read: list[int], why: str
):
    raw.put_text("l.jsonl", log("k1", "k2"), day(1))
    raw.sync()
    raw.put_text("l.jsonl", log("k1", "k2", "k3"), day(2))
    if why == "reader":
        raw.source = replace(SOURCE, reader_version=2)
    raw.sync(reload=("*",) if why == "reload" else ())
    assert bytes_read[1] == len(log("k1", "k2", "k3"))
    assert {row[0] for row in numbered(raw)} == {"k1#1", "k2#1", "k3#1"}
