"""Rows between a reader and raw: what is hoped and what is not, set aside by number, written once."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from chat_pipeline import engine
from chat_pipeline.extract import extract_source, loads, rows, typed
from chat_pipeline.extract.files import list_files, open_plain
from chat_pipeline.extract.parts import NewRows
from chat_pipeline.home import Home
from chat_pipeline.settings import Settings
from chat_pipeline.source import Batch
from chat_pipeline.sources import discover

RASA = discover()["rasa"]
BROKER = next(shape for shape in RASA.shapes if shape.name == "broker_jsonl")
AT = datetime(2026, 11, 20)


def event(number: int, **more: Any) -> str:
    told = {"event": "slot", "timestamp": 1.79e9 + number / 3, "sender_id": f"s{number % 3}", "name": "größe"}
    return json.dumps(told | {"value": {"a": [number, 2.50]}} | more, ensure_ascii=False)


def read(
    folder: Path, settings: Settings, scratch: Path, *, is_careful: bool
) -> tuple[list[Any], list[Any], int]:
    """Rows and rows set aside of the folder's files as one batch, and how often it was read in vain."""
    scratch.mkdir()
    plain = [open_plain(seen, scratch / seen.path)[0] for seen in list_files(folder)]
    found = [rows.ReadFile(file, "default", BROKER, AT) for file in plain]
    tries = []

    def batch(con, files, chosen, instance, careful):
        made = Batch(con, files, chosen, instance, careful or is_careful)
        tries.append(made)
        return made

    with pytest.MonkeyPatch.context() as patch, engine.connect(settings, scratch) as con:
        patch.setattr(rows, "Batch", batch)
        new = NewRows(con, RASA, scratch / "new", 1, AT)
        new.create()
        assert rows.read_files(new, found, lambda _: settings.source("rasa")) == {}
        told = con.execute("select * exclude (new_row) from new_events order by all").fetchall()
        aside = con.execute("select * from set_aside order by all").fetchall()
    return told, aside, len(tries) - 1


@pytest.mark.parametrize(
    ("line", "hopes_hold"),
    [
        (event(9, text="a\u2028b\\n", parse_data={"intent": {"name": "x", "confidence": 1}}), True),
        (event(9, confidence="0.5", hide_rule_turn=1, text=12, data="str", value=None), True),
        (event(0), True),  # alike: told apart by a count
        (event(9, assistant="new field"), False),
        (event(9)[:-1] + ', "name": "twice"}', False),
        (event(9, confidence="much"), False),
        (event(9, value={"$numberLong": "5"}), False),
        (event(9, timestamp=1e8), False),  # before 1990
        (event(9)[:-9], False),
        ("[1]", True),  # the file is not hoped for
        ("", True),
        (event(9) + "\r", True),
        (event(9) + event(10), False),
    ],
)
def test_what_is_hoped_is_read_as_what_is_not(
    line: str, hopes_hold: bool, settings: Settings, tmp_path: Path
):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.jsonl").write_text("\n".join(map(event, range(3))) + "\n")
    # Its last line has no end.
    (folder / "b[1].jsonl").write_text("\n".join([*map(event, range(40)), line, event(50)]))
    *hoped, disappointed = read(folder, settings, tmp_path / "hoped", is_careful=False)
    *careful, _ = read(folder, settings, tmp_path / "careful", is_careful=True)
    assert hoped == careful
    assert disappointed == (not hopes_hold)
    assert len(hoped[0]) + len(hoped[1]) >= 44


@pytest.mark.parametrize("many", [1, 7])
def test_rows_set_aside_keep_reason_and_text_however_many(
    many: int, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(typed, "MANY_ROWS", 5)
    folder = tmp_path / "files"
    folder.mkdir()
    bad = [event(number, timestamp=number) for number in range(many)]
    (folder / "a.jsonl").write_text("\n".join([event(1), *bad, event(1), event(2)]))
    told, aside, _ = read(folder, settings, tmp_path / "scratch", is_careful=False)
    assert [(row[3], row[4], row[5]) for row in aside] == [
        (number + 2, "occurred_at is before 1990", text) for number, text in enumerate(bad)
    ]
    assert len(told) == 3


def test_rows_that_all_enter_raw_are_written_once(
    home: Home, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    """And a file that brings nothing new does not enter."""
    (home.exports / "rasa").mkdir(parents=True)
    (home.exports / "rasa" / "a.jsonl").write_text("\n".join(map(event, range(9))))
    written = []
    write = loads._write_part

    def counting(con, select, target):
        written.append(target.name)
        write(con, select, target)

    monkeypatch.setattr(loads, "_write_part", counting)
    extract_source(home, settings, RASA)
    assert "events.parquet" not in written
    assert (home.raw / "rasa" / "load-000001" / "events.parquet").is_file()
    (home.exports / "rasa" / "b.jsonl").write_text("\n".join(map(event, range(8))))
    extract_source(home, settings, RASA)
    assert "events.parquet" in written
    assert not (home.raw / "rasa" / "load-000002" / "events.parquet").exists()
