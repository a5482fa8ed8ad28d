"""Many small loads become one, and old rows set aside leave."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest
from retold import KINDS, LOADED_AT, SOURCE, Raw, day, note

from chat_pipeline import decisions
from chat_pipeline.extract import extract_source, ledger, merge
from chat_pipeline.home import Home


def everything(raw: Raw) -> list[tuple]:
    columns = "_source_file, _source_row, _load, _record_key, text, _version, _delivered_at, _loaded_at, _content_hash"
    return [row for table in KINDS for row in raw.ask(table, f"select {columns} from delivered order by all")]


def ledger_lines(raw: Raw) -> list[ledger.Line]:
    return sorted(ledger.read_lines(raw.home, "rasa"), key=repr)


def some_nights(raw: Raw, count: int = 5) -> None:
    for number in range(1, count + 1):
        raw.put(
            f"dump {number}",
            tuple(note(n, f"{number if n < 2 else 0}") for n in range(3 + number)),
            day(number),
        )
        raw.put("days", tuple(note(n, kind="days", day=f"2026110{number}") for n in range(3)), day(number))
        raw.sync()


def test_merged_loads_tell_the_same(raw: Raw):
    some_nights(raw)
    before = everything(raw), ledger_lines(raw), raw.records("notes"), raw.days()
    assert merge.merge(raw.home, raw.settings, SOURCE) == 5
    assert [f.name for f in sorted(raw.home.raw.glob("rasa/load-*"))] == ["load-000000", "load-000001-000005"]
    assert (everything(raw), ledger_lines(raw), raw.records("notes"), raw.days()) == before
    assert merge.merge(raw.home, raw.settings, SOURCE) == 0
    raw.put("older", (note(4, "late"),), day(0))
    assert raw.sync().load == 6
    assert raw.records("notes") == before[2]
    decisions.forget(raw.home, "rasa/dump 1", "told to")
    assert raw.records("notes") == before[2]


@pytest.mark.parametrize("killed_in", ["make_visible", "finish"])
def test_a_merge_that_is_cut_off_loses_nothing_and_is_finished(
    raw: Raw, monkeypatch: pytest.MonkeyPatch, killed_in: str
):
    some_nights(raw, 3)
    before = everything(raw), ledger_lines(raw)
    finish = merge.finish

    def cut(home: Home, *more: Any) -> None:
        if killed_in == "make_visible" or any(home.raw.glob("rasa/load-*-*")):
            raise KeyboardInterrupt
        finish(home, *more)

    with monkeypatch.context() as patch:
        patch.setattr(
            merge, killed_in, cut if killed_in == "finish" else lambda staged, target: cut(raw.home)
        )
        with pytest.raises(KeyboardInterrupt):
            merge.merge(raw.home, raw.settings, SOURCE)
    raw.sync()
    assert (everything(raw), ledger_lines(raw)) == before


def test_many_loads_are_merged_by_themselves(raw: Raw):
    own = raw.settings.model_copy(update={"raw": raw.settings.raw.model_copy(update={"merge_above": 3})})
    raw.settings = own
    some_nights(raw, 6)
    names = [folder.name for folder in sorted(raw.home.raw.glob("rasa/load-*"))]
    assert names == ["load-000000", "load-000001-000004", "load-000005", "load-000006"]


def test_rows_set_aside_are_dropped_when_they_are_old_and_stay_counted(raw: Raw):
    def set_aside() -> list[tuple]:
        parts = [str(part) for part in raw.home.raw.glob("rasa/load-*/_quarantine.parquet")]
        with duckdb.connect() as con:
            return con.execute("select original from read_parquet(?) order by 1", [parts]).fetchall()

    def at(days: int) -> datetime:
        return LOADED_AT + timedelta(days=days)

    for number in (0, 300):
        raw.put_text(f"{number}", note(number).line() + f"\nbroken {number}\n", day(1))
        extract_source(raw.home, raw.settings, SOURCE, loaded_at=at(number))
    merge.merge(raw.home, raw.settings, SOURCE)
    assert set_aside() == [("broken 0",), ("broken 300",)]
    extract_source(raw.home, raw.settings, SOURCE, loaded_at=at(366))
    assert set_aside() == [("broken 300",)]
    assert [
        line.quarantined for line in ledger.read_lines(raw.home, "rasa") if line.table_name == "notes"
    ] == [1, 1]
