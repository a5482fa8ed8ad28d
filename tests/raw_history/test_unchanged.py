"""Rows that stand already are not written again, and nobody can tell."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from retold import SOURCE, START, Raw, counts, day, note

from chat_pipeline import decisions
from chat_pipeline.extract import merge
from chat_pipeline.settings import load_settings


def test_what_stands_already_is_not_written_again(raw: Raw):
    raw.put("a", (note(1), note(2)), day(1))
    raw.sync()
    raw.put("b", (note(1), note(2, "y"), note(3)), day(2))
    assert counts(raw.sync(), "b") == (3, 2, 1)
    assert raw.records("notes") == {"n1": "x", "n2": "y", "n3": "x"}
    assert raw.written() == 4


def test_a_row_that_comes_back_after_another_is_written(raw: Raw):
    for number, text in enumerate(("x", "y", "x"), start=1):
        raw.put(f"{number}", (note(1, text), note(10 + number)), day(number))
        assert counts(raw.sync(), f"{number}") == (2, 2, 0)
    assert raw.records("notes")["n1"] == "x"


def test_where_in_the_file_a_row_stands_is_no_news(raw: Raw):
    raw.put("a", (note(1), note(2)), day(1))
    raw.sync()
    raw.put("b", (note(3), note(2), note(1)), day(2))
    assert counts(raw.sync(), "b") == (3, 1, 2)


def test_an_older_file_that_comes_late_does_not_win_over_what_was_confirmed_since(raw: Raw):
    raw.put("monday", (note(1, "x"), note(2, "x")), day(1))
    raw.sync()
    raw.put("wednesday", (note(2, "x"), note(1, "x")), day(3))
    assert counts(raw.sync(), "wednesday") == (2, 0, 2)
    raw.put("tuesday", (note(1, "y"),), day(2))
    assert counts(raw.sync(), "tuesday") == (1, 1, 0)
    assert raw.records("notes") == {"n1": "x", "n2": "x"}
    decisions.forget(raw.home, "rasa/wednesday", "wrong")
    assert raw.records("notes") == {"n1": "y", "n2": "x"}


def test_forgetting_a_file_leaves_what_another_brought_too_even_if_that_one_is_gone(raw: Raw):
    raw.put("a", (note(1), note(2)), day(1))
    raw.sync()
    raw.put("b", (note(2), note(3)), day(2))
    raw.sync()
    (raw.home.exports / "rasa" / "b").unlink()
    raw.sync()
    decisions.forget(raw.home, "rasa/a", "staging data")
    assert raw.records("notes") == {"n2": "x", "n3": "x"}
    assert raw.ask(
        "notes", "select _source_file, _source_row, _delivered_at from delivered where _record_key = 'n2'"
    ) == [("b", 1, day(2))]
    decisions.forget(raw.home, "rasa/b", "that too")
    assert raw.records("notes") == {}


def test_thirty_dumps_that_come_at_once_are_as_small_as_those_of_thirty_nights(raw: Raw):
    for number in range(1, 31):
        raw.put(f"dump {number}", tuple(note(n) for n in range(100 + number)), day(number))
    raw.sync()
    assert raw.written() == 130
    raw.source = replace(SOURCE, reader_version=2)
    raw.sync()
    assert raw.written() == 130


def test_a_partition_delivered_again_as_it_stands_is_unchanged_and_else_written_whole(raw: Raw):
    monday = tuple(note(n, kind="days") for n in range(3))
    tuesday = tuple(note(n, kind="days", day="20261102") for n in range(2))
    raw.put("a", monday + tuesday, day(3))
    raw.sync()
    raw.put("b", monday + tuesday[:1], day(4))
    assert counts(raw.sync(), "b", "days") == (4, 1, 3)
    assert raw.days() == {"20261101": [(f"n{n}", "x") for n in range(3)], "20261102": [("n0", "x")]}
    decisions.forget(raw.home, "rasa/a", "wrong")
    assert raw.days() == {"20261101": [(f"n{n}", "x") for n in range(3)], "20261102": [("n0", "x")]}


def test_a_shard_delivered_again_keeps_its_siblings(raw: Raw):
    shards = [(note(n, kind="days"),) for n in range(2)]
    for number, rows in enumerate(shards, start=1):
        raw.put(f"d-00000000000{number}", rows, day(1))
    raw.sync()
    raw.put("d-000000000001", (*shards[0], note(7, kind="days", day="20261105")), day(2))
    assert counts(raw.sync(), "d-000000000001", "days") == (2, 1, 1)
    assert raw.days()["20261101"] == [("n0", "x"), ("n1", "x")]


def test_complete_snapshots_hold_what_the_newest_export_only_confirmed(raw: Raw, tmp_path: Path):
    raw.put("a", (note(1), note(2)), day(1))
    raw.sync()
    raw.put("b", (note(1),), day(2))
    raw.sync()
    newest = "select _record_key from delivered where _load = (select max(_load) from delivered)"
    assert raw.ask("notes", newest) != [("n1",)]
    (tmp_path / "own.toml").write_text("[sources.rasa]\ncomplete_snapshots = true\n")
    raw.settings = load_settings(tmp_path / "own.toml")
    raw.sync()
    assert raw.ask("notes", newest) == [("n1",)]
    loads = sorted(raw.home.raw.glob("rasa/load-*"))
    raw.sync()
    assert sorted(raw.home.raw.glob("rasa/load-*")) == loads
    raw.put("c", (note(1),), day(3))
    assert counts(raw.sync(), "c") == (1, 1, 0)


def test_rows_of_an_older_layout_are_written_once_more(raw: Raw):
    raw.put("a", (note(1),), day(1))
    raw.sync()
    (part,) = raw.home.raw.glob("rasa/load-000001/notes.parquet")
    with duckdb.connect() as con:
        con.execute(f"create table t as select * exclude (_content_hash) from {str(part)!r}")
        con.execute(f"copy t to {str(part)!r}")
    for number, told in enumerate([(1, 1, 0), (1, 0, 1)], start=2):
        raw.put(f"b{number}", (note(1),), day(number))
        assert counts(raw.sync(), f"b{number}") == told


@pytest.mark.slow
def test_thirty_nightly_dumps_with_one_percent_of_news_take_the_space_of_little_more_than_one(raw: Raw):
    def size() -> int:
        return sum(part.stat().st_size for part in raw.home.raw.rglob("*.parquet"))

    def text(number: int) -> str:
        return hashlib.sha256(str(number).encode()).hexdigest()

    count = 8_000
    sizes = []
    for night in range(1, 31):
        raw.put("dump", tuple(note(n, text(n)) for n in range(count)), START + timedelta(hours=night))
        report = raw.sync()
        merge.merge(raw.home, raw.settings, SOURCE)
        sizes.append(size())
        count += 80
    assert counts(report, "dump") == (count - 80, 80, count - 160)
    assert raw.written() == count - 80
    assert sizes[-1] < 1.4 * sizes[0]
