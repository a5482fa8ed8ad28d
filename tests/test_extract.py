"""Exports -> raw, with a made-up vendor: states, walls, accounting, replacement, decisions."""

from __future__ import annotations

import gc
import gzip
import json
import os
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from chat_pipeline import decisions, reading, suites
from chat_pipeline.extract import extract_source, ledger
from chat_pipeline.extract.ledger import read_lines
from chat_pipeline.home import Home
from chat_pipeline.report import ExtractReport, FileReport
from chat_pipeline.settings import Settings
from chat_pipeline.source import Batch, Column, Shape, Source, Table

LOADED_AT = datetime(2026, 11, 20, 4)


def _notes(batch: Batch) -> dict[str, str]:
    rows = reading.records(batch)
    return {
        "notes": f"""
            select *, json_extract_string(record, '$.id') as _record_key, json_extract_string(record, '$.id') as id,
                json_extract_string(record, '$.said_at') as said_at, json_extract_string(record, '$.score') as score,
                {reading.extra("record", ["id", "said_at", "score"])} as _extra
            from ({rows})
        """
    }


def _days(batch: Batch) -> dict[str, str]:
    columns = {"day": "_partition", "id": "_record_key"}
    return {"days": f"select * from ({reading.csv_rows(batch, columns)})"}


SOURCE = Source(
    name="rasa",  # settings know only sources that exist; nothing else of it is used
    kind="chat",
    description="A made-up vendor.",
    tables=(
        Table(
            "notes",
            "One row per note.",
            (
                Column("id", "varchar", "Id."),
                Column("said_at", "timestamp", "When."),
                Column("score", "double", "-"),
            ),
            event_at="said_at",
        ),
        Table("days", "One row per record of a day.", (), replaces="partition"),
    ),
    shapes=(
        Shape("notes_json", lambda sniff: {"id", "said_at"} <= sniff.keys, _notes),
        Shape("days_csv", lambda sniff: {"day", "id"} <= set(sniff.columns), _days),
    ),
    expected="notes as JSON, days as CSV",
)
SUITE = {
    "name": "rasa.notes",
    "expectations": [
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "score", "min_value": 0, "max_value": 10},
            "meta": {"name": "score_in_range", "why": "Scores go from 0 to 10."},
            "severity": "critical",
        },
        {
            "type": "expect_column_values_to_not_be_null",
            "kwargs": {"column": "score"},
            "meta": {"name": "score_given", "why": "A note without score says little."},
            "severity": "warning",
        },
    ],
}


@pytest.fixture(autouse=True)
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "expectations"
    (folder / "rasa").mkdir(parents=True)
    path = folder / "rasa" / "notes.json"
    path.write_text(json.dumps(SUITE))
    monkeypatch.setattr(suites, "expectations_folder", lambda: folder)
    return path


def note(number: int, said_at: str = "2026-11-01T10:00:00", score: float | str | None = 5, **more) -> str:
    return json.dumps({"id": f"n{number}", "said_at": said_at, "score": score, **more})


def put(home: Home, name: str, content: str | bytes, day: int = 1) -> Path:
    path = home.exports / "rasa" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    stamp = datetime(2026, 11, day, 12).timestamp()
    os.utime(path, (stamp, stamp))
    return path


def run(home: Home, settings: Settings, **more) -> ExtractReport:
    report = extract_source(home, settings, SOURCE, loaded_at=LOADED_AT, **more)
    for file in report.files:
        for name, counts in file.tables.items():
            parts = counts["loaded"] + counts["unchanged"] + counts["quarantined"] + counts["held"]
            assert counts["read"] == parts, (file.path, name, counts)
    return report


def states(report: ExtractReport) -> dict[str, str]:
    return {file.path: file.state for file in report.files}


def of(report: ExtractReport, path: str) -> FileReport:
    return next(file for file in report.files if file.path == path)


def raw(home: Home, table: str = "notes") -> list[tuple]:
    parts = sorted(str(part) for part in home.raw.glob(f"rasa/load-*/{table}.parquet"))
    with duckdb.connect() as con:
        return con.execute(
            "select * from read_parquet(?, union_by_name = true, hive_partitioning = false) order by _load, _source_file, _source_row",
            [[reading.glob_text(part) for part in parts]],
        ).fetchall()


def set_aside(home: Home) -> list[tuple]:
    parts = [reading.glob_text(part) for part in home.raw.glob("rasa/load-*/_quarantine.parquet")]
    with duckdb.connect() as con:
        return con.execute(
            "select _source_file, _source_row, reason, original from read_parquet(?) order by all", [parts]
        ).fetchall()


def test_every_declared_table_exists_from_the_first_sync_on(home, settings):
    report = run(home, settings)
    assert report.load is None
    assert raw(home) == []
    assert raw(home, "days") == []


def test_bad_rows_are_set_aside_with_row_reason_and_text_and_the_rest_loads(home, settings):
    lines = [
        note(1),
        '{"id": "n2", broken',
        "",
        json.dumps({"said_at": "2026-11-01", "score": 1}),
        note(4, said_at="1970-01-01T00:00:00"),
        note(5, said_at="2026-11-22T00:00:00"),
        note(6, score="many"),
        note(7),
    ]
    put(home, "a.jsonl", "\n".join(lines))
    report = run(home, settings)
    assert of(report, "a.jsonl").tables["notes"] == {
        "read": 7, "loaded": 2, "unchanged": 0, "quarantined": 5, "held": 0,
    }  # fmt: skip
    assert [(row, reason) for _, row, reason, _ in set_aside(home)] == [
        (2, "broken JSON"),
        (4, "no key"),
        (5, "said_at is before 1990"),
        (6, "said_at is more than a day after the load"),
        (7, "score is no double"),
    ]
    assert next(row[3] for row in set_aside(home)) == '{"id": "n2", broken'


@pytest.mark.parametrize(
    "name", ["it's.jsonl", "a[1].jsonl", "b*.jsonl", "c{d}.jsonl", "e?.jsonl", "f%20.jsonl"]
)
def test_file_names_with_special_characters_read_only_themselves(home, settings, name):
    put(home, f"fol'd[e]r*/{name}", note(1))
    put(home, "fol'd[e]r*/a1.jsonl", note(2))
    report = run(home, settings)
    assert states(report) == {f"fol'd[e]r*/{name}": "loaded", "fol'd[e]r*/a1.jsonl": "loaded"}
    assert sorted(row[0] for row in raw(home)) == ["n1", "n2"]


def test_compressed_and_oddly_encoded_files_are_read_in_place(home, settings):
    put(home, "a.gz", gzip.compress(note(1).encode()))
    put(home, "b.jsonl", b"\xef\xbb\xbf" + note(2).encode())
    put(home, "c.jsonl", note(3).encode("utf-16"))
    packed = home.exports / "rasa" / "d.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one.json", f"[{note(4)}]")
        archive.writestr("two.jsonl", note(5))
    report = run(home, settings)
    assert set(states(report)) == {"a.gz", "b.jsonl", "c.jsonl", "d.zip/one.json", "d.zip/two.jsonl"}
    assert sorted(row[0] for row in raw(home)) == ["n1", "n2", "n3", "n4", "n5"]
    assert run(home, settings).skipped == 4


def test_a_damaged_file_costs_only_itself(home, settings):
    put(home, "good.jsonl", note(1))
    put(home, "broken.json", f"[{note(2)},\n{note(3)},\n]")
    put(home, "cut.gz", gzip.compress(note(4).encode() * 50)[:-20])
    put(home, "other.txt", "hello")
    put(home, "empty.jsonl", "")
    report = run(home, settings)
    assert states(report) == {
        "good.jsonl": "loaded", "broken.json": "unreadable", "cut.gz": "unreadable",
        "other.txt": "not_of_this_kind", "empty.jsonl": "not_of_this_kind",
    }  # fmt: skip
    assert (
        of(report, "broken.json").reason
        == "invalid JSON at line 3 column 1 (a comma before the closing bracket)"
    )
    assert "notes as JSON" in of(report, "other.txt").reason
    assert [row[0] for row in raw(home)] == ["n1"]


def test_a_file_on_which_the_reader_fails_unforeseen_costs_only_itself_and_shows_no_value(home, settings):
    def failing(batch: Batch) -> dict[str, str]:
        if any("n2" in file.path.read_text() for file in batch.files):
            raise KeyError("kim@example.org")
        return _notes(batch)

    (shape, *others) = SOURCE.shapes
    source = replace(SOURCE, shapes=(replace(shape, read=failing), *others))
    for number in (1, 2, 3):
        put(home, f"{number}.jsonl", note(number))
    report = extract_source(home, settings, source, loaded_at=LOADED_AT)
    assert states(report) == {"1.jsonl": "loaded", "2.jsonl": "unreadable", "3.jsonl": "loaded"}
    assert "KeyError" in of(report, "2.jsonl").reason
    assert "kim" not in of(report, "2.jsonl").reason
    assert [row[0] for row in raw(home)] == ["n1", "n3"]


def test_nothing_new_writes_nothing(home, settings):
    put(home, "a.jsonl", note(1))
    run(home, settings)
    before = sorted(home.raw.rglob("*"))
    report = run(home, settings)
    assert (report.load, report.skipped) == (None, 1)
    assert sorted(home.raw.rglob("*")) == before


def test_a_new_date_alone_does_not_read_the_file_again(home, settings):
    put(home, "a.jsonl", note(1), day=1)
    run(home, settings)
    put(home, "a.jsonl", note(1), day=2)
    report = run(home, settings)
    assert (states(report), report.rows, report.counts()["new"], report.counts()["unchanged"]) == (
        {},
        {},
        0,
        1,
    )
    assert len(raw(home)) == 1
    assert run(home, settings).load is None


def test_content_counts_as_delivered_when_it_first_came_to_its_path(home, settings):
    def delivered() -> list[int]:
        parts = [str(part) for part in sorted(home.raw.glob("rasa/load-*/notes.parquet"))]
        with duckdb.connect() as con:
            query = "select day(_delivered_at) from read_parquet(?) where _load = (select max(_load) from read_parquet(?))"
            return [row[0] for row in con.execute(query, [parts, parts]).fetchall()]

    put(home, "a.jsonl", note(1), day=3)
    run(home, settings)
    put(home, "copy of a.jsonl", note(1), day=5)
    run(home, settings)
    assert delivered() == [3]
    put(home, "a.jsonl", note(1), day=6)
    run(home, settings, reload=("a.jsonl",))
    assert delivered() == [3]
    put(home, "a.jsonl", note(2), day=7)
    run(home, settings)
    put(home, "a.jsonl", note(1), day=8)
    run(home, settings)
    assert delivered() == [8]  # taken back: that is a delivery
    put(home, "b.jsonl", note(3), day=9)
    put(home, "c.jsonl", note(3), day=2)
    report = run(home, settings)
    assert [of(report, name).tables["notes"]["loaded"] for name in ("b.jsonl", "c.jsonl")] == [1, 0]
    assert delivered() == [2]


def test_changed_content_is_loaded_beside_what_was_there(home, settings):
    put(home, "a.jsonl", note(1), day=1)
    run(home, settings)
    put(home, "a.jsonl", note(2), day=2)
    run(home, settings)
    assert [row[0] for row in raw(home)] == ["n1", "n2"]


def test_a_vanished_file_stays_loaded_and_may_come_back(home, settings):
    path = put(home, "a.jsonl", note(1))
    run(home, settings)
    path.unlink()
    assert states(run(home, settings)) == {"a.jsonl": "gone"}
    assert run(home, settings).load is None
    put(home, "a.jsonl", note(1))
    back = run(home, settings)
    assert (states(back), back.counts()["unchanged"], len(raw(home))) == ({}, 1, 1)
    assert run(home, settings).load is None
    assert len(raw(home)) == 1


def test_a_file_that_changes_while_it_is_read_waits(home, settings, monkeypatch):
    put(home, "still.jsonl", note(1))
    path = put(home, "moving.jsonl", note(2))
    original = reading.records

    def growing(batch):
        with path.open("a") as stream:
            stream.write("\n" + note(3))
        return original(batch)

    monkeypatch.setattr(reading, "records", growing)
    report = run(home, settings)
    assert states(report) == {"still.jsonl": "loaded", "moving.jsonl": "pending"}
    assert [row[0] for row in raw(home)] == ["n1"]
    monkeypatch.setattr(reading, "records", original)
    assert states(run(home, settings)) == {"moving.jsonl": "loaded"}


def test_a_newer_reader_reads_files_again(home, settings):
    from dataclasses import replace

    put(home, "a.jsonl", note(1))
    run(home, settings)
    newer = replace(SOURCE, reader_version=2)
    report = extract_source(home, settings, newer, loaded_at=LOADED_AT)
    assert [file.state for file in report.files] == ["loaded"]


def test_a_failed_critical_expectation_holds_only_the_files_of_its_rows(home, settings):
    put(home, "good.jsonl", note(1))
    put(home, "bad.jsonl", "\n".join([note(2), note(3, score=99)]))
    report = run(home, settings)
    assert states(report) == {"good.jsonl": "loaded", "bad.jsonl": "held"}
    bad = of(report, "bad.jsonl")
    assert bad.reason == "notes: score_in_range failed on 1 of 2 rows (row 2)"
    assert bad.tables["notes"]["held"] == 2
    assert [row[0] for row in raw(home)] == ["n1"]
    checks = {check.name: check for check in report.checks}
    assert not checks["score_in_range"].passed
    assert checks["score_in_range"].metadata == {
        "held_files": {"bad.jsonl": 2},
        "sample": [{"file": "bad.jsonl", "row": 2}],
    }
    assert checks["score_given"].passed


def test_a_held_file_keeps_its_check_red_until_somebody_decides(home, settings):
    put(home, "bad.jsonl", note(3, score=99))
    run(home, settings)
    again = run(home, settings)
    assert again.load is None
    assert [check.name for check in again.checks if not check.passed] == ["score_in_range"]
    decisions.accept(home, SOURCE, "bad.jsonl", "the scale is new")
    report = run(home, settings)
    assert states(report) == {"bad.jsonl": "loaded"}
    assert "the scale is new" in of(report, "bad.jsonl").reason
    assert [check for check in report.checks if not check.passed] == []
    line = next(line for line in read_lines(home, "rasa") if line.state == "accepted")
    assert (line.because, bool(line.decided_by)) == ("the scale is new", True)


def test_an_accepted_file_with_other_content_is_judged_again(home, settings):
    put(home, "bad.jsonl", note(3, score=99))
    run(home, settings)
    decisions.accept(home, SOURCE, "bad.jsonl", "fine")
    put(home, "bad.jsonl", note(4, score=77), day=2)
    assert states(run(home, settings)) == {"bad.jsonl": "held"}


def test_a_warning_only_reports(home, settings):
    put(home, "a.jsonl", note(1, score=None))
    report = run(home, settings)
    assert states(report) == {"a.jsonl": "loaded"}
    warned = next(check for check in report.checks if check.name == "score_given")
    assert not warned.passed
    assert warned.metadata["sample"] == [{"file": "a.jsonl", "row": 1}]


def test_a_held_file_is_judged_anew_when_expectations_change(home, settings, suite):
    put(home, "bad.jsonl", note(3, score=99))
    run(home, settings)
    suite.write_text(suite.read_text().replace('"max_value": 10', '"max_value": 100'))
    assert states(run(home, settings)) == {"bad.jsonl": "loaded"}


def test_a_suite_without_why_is_an_error_not_a_failed_expectation(home, settings, suite):
    suite.write_text(suite.read_text().replace('"why"', '"reason"'))
    put(home, "a.jsonl", note(1))
    with pytest.raises(suites.QualityError, match=r"meta\.why"):
        run(home, settings)


def test_an_audit_leaves_no_connection_that_outlives_its_database(home, settings, suite, caplog):
    for name in ("a", "b"):  # Great Expectations itself keeps hold of the last audit's
        put(home, f"{name}.jsonl", note(1))
        run(home, settings)
    gc.collect()
    assert [record.getMessage() for record in caplog.records if record.name.startswith("sqlalchemy")] == []


def test_an_expectation_that_cant_be_evaluated_is_an_error(home, settings, suite):
    suite.write_text(suite.read_text().replace('"column": "score"', '"column": "nowhere"'))
    put(home, "a.jsonl", note(1))
    with pytest.raises(suites.QualityError, match="could not be evaluated"):
        run(home, settings)
    assert raw(home) == []


def test_a_partition_that_shrinks_is_held(home, settings):
    put(home, "day.csv", "day,id\n" + "\n".join(f"20261101,{i}" for i in range(200)), day=2)
    run(home, settings)
    put(home, "day.csv", "day,id\n" + "\n".join(f"20261101,{i}" for i in range(5)), day=3)
    report = run(home, settings)
    assert states(report) == {"day.csv": "held"}
    assert of(report, "day.csv").reason == "days: 20261101 shrank from 200 to 5 rows"
    assert [c.name for c in report.checks if not c.passed] == ["shrink_guard"]


def test_ragged_csv_records_are_set_aside(home, settings):
    put(home, "day.csv", 'day,id\n20261101,1\n20261101\n20261101,3,x,y\n20261101,"4\n5"\n')
    report = run(home, settings)
    assert of(report, "day.csv").tables["days"] == {
        "read": 4, "loaded": 2, "unchanged": 0, "quarantined": 2, "held": 0,
    }  # fmt: skip
    assert [(row, reason) for _, row, reason, _ in set_aside(home)] == [
        (2, "fewer cells than the header has columns (2)"),
        (3, "more cells than the header has columns (2)"),
    ]


def test_unknown_fields_never_fail_and_are_reported_as_drift(home, settings):
    put(home, "a.jsonl", note(1, mood="glad"))
    run(home, settings)
    put(home, "b.jsonl", note(2, colour="red"))
    report = run(home, settings)
    assert report.drift == {"notes": ["+colour", "-mood"]}
    assert [json.loads(row[-5]) for row in raw(home)] == [{"mood": "glad"}, {"colour": "red"}]


def test_a_forgotten_file_is_out_and_stays_out_until_its_content_changes(home, settings):
    put(home, "a.jsonl", note(1))
    run(home, settings)
    decisions.forget(home, "exports/rasa/a.jsonl", "asked to")
    put(home, "a.jsonl", note(1), day=3)
    report = run(home, settings)
    assert report.counts()["unchanged"] == 1
    assert [line.state for line in ledger.read_lines(home, "rasa")][-1] == "forgotten"
    put(home, "a.jsonl", note(2), day=4)
    assert states(run(home, settings)) == {"a.jsonl": "loaded"}


def test_decisions_that_cant_be_made_say_what_can(home, settings):
    put(home, "a.jsonl", note(1))
    run(home, settings)
    with pytest.raises(decisions.NoDecision, match="is loaded, not held"):
        decisions.accept(home, SOURCE, "a.jsonl", "x")
    with pytest.raises(decisions.NoDecision, match="no file zz"):
        decisions.forget(home, "zz", "x")
    with pytest.raises(decisions.NoDecision, match="say why"):
        decisions.forget(home, "a.jsonl", " ")


def test_reload_reads_a_file_again(home, settings):
    put(home, "a.jsonl", note(1))
    run(home, settings)
    assert states(run(home, settings, reload=("a*",))) == {"a.jsonl": "loaded"}
    assert run(home, settings).load is None


def test_a_load_is_invisible_until_it_is_whole(home, settings, monkeypatch):
    from chat_pipeline.extract import loads

    put(home, "a.jsonl", note(1))
    monkeypatch.setattr(loads, "write_lines", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        run(home, settings)
    assert list(home.raw.glob("rasa/load-*")) == []


def test_a_sub_folder_is_an_instance_only_if_declared(home, tmp_path):
    from chat_pipeline.settings import load_settings

    path = tmp_path / "s.toml"
    path.write_text("[sources.rasa.instances.de]\n")
    put(home, "de/a.jsonl", note(1))
    put(home, "fr/b.jsonl", note(2))
    report = run(home, load_settings(path))
    assert {file.path: file.instance for file in report.files} == {
        "de/a.jsonl": "de",
        "fr/b.jsonl": "default",
    }


def test_the_ledger_survives_reading_back(home, settings):
    put(home, "a.jsonl", note(1, said_at="2026-11-05T01:02:03"))
    run(home, settings)
    (line,) = ledger.latest(read_lines(home, "rasa"))["a.jsonl"]
    assert (line.state, line.loaded, line.newest_at, line.sequence) == (
        "loaded",
        1,
        datetime(2026, 11, 5, 1, 2, 3),
        1,
    )
    assert line.loaded_at == LOADED_AT
