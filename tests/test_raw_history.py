"""Which row of a record wins, over random deliveries: raw and the ledger against a plain list of all that ever came.

The oracle remembers every delivery of every row and takes the newest, as if nothing were ever left unwritten; raw is
read as staging reads it (dbt_project/macros/deliveries.sql), without dbt.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from chat_pipeline import decisions, reading
from chat_pipeline.extract import extract_source, ledger, merge
from chat_pipeline.home import Home
from chat_pipeline.report import ExtractReport
from chat_pipeline.settings import Settings, load_settings
from chat_pipeline.source import Batch, Column, Shape, Source, Table

LOADED_AT = datetime(2026, 11, 20, 4)
START = datetime(2026, 11, 1)
NAMES = ("a", "b", "c[1]", "d-000000000001", "d-000000000002")


def _read(batch: Batch) -> dict[str, str]:
    rows = reading.temporary(batch, reading.records(batch))
    return {kind: _select(rows, kind) for kind in KINDS}


def _select(rows: str, kind: str) -> str:
    part = "json_extract_string(record, '$.day')" if kind == "days" else "cast(null as varchar)"
    return f"""
        select _path, _source_row, _problem, _original, json_extract_string(record, '$.id') as _record_key,
            json_extract_string(record, '$.text') as text, _source_row as line, {part} as _partition,
            json_extract_string(record, '$.version') as _version,
            try_cast(json_extract_string(record, '$.standing') as bigint) as _standing
        from {rows} where json_extract_string(record, '$.kind') = '{kind}' or _problem is not null and '{kind}' = 'notes'
    """


def _read_log(batch: Batch) -> dict[str, str]:
    """Lines known by what they say, equal ones by their count."""
    return {
        "notes": f"""
            select _path, _source_row, _problem, _original, json_extract_string(record, '$.logged') as _record_key,
                true as _is_counted, json_extract_string(record, '$.text') as text, _source_row as line
            from ({reading.records(batch)})
        """
    }


KINDS = ("notes", "dated", "days")
COLUMNS = (Column("text", "varchar", "-"), Column("line", "bigint", "-", is_place=True))
SOURCE = Source(
    name="rasa",  # settings know only sources that exist; nothing else of it is used
    kind="chat",
    description="A made-up vendor.",
    tables=(
        Table("notes", "One row per note.", COLUMNS),
        Table("dated", "One row per note.", COLUMNS, dated_by_delivery=True),
        Table("days", "One row per note of a day.", COLUMNS, replaces="partition"),
    ),
    shapes=(
        Shape("log", lambda sniff: {"logged", "text"} <= sniff.keys, _read_log, is_by_line=True),
        Shape("lines", lambda sniff: {"kind", "id"} <= sniff.keys, _read),
    ),
)


@pytest.fixture(autouse=True)
def no_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat_pipeline.extract.audit.audit", lambda *given: None)
    monkeypatch.setattr("chat_pipeline.decisions.discover", lambda: {"rasa": SOURCE})


@dataclass(frozen=True)
class Row:
    kind: str
    id: str
    text: str
    version: int | None
    day: str
    standing: int

    def line(self) -> str:
        version = None if self.version is None else str(START + timedelta(hours=self.version))
        told = {
            "id": self.id,
            "text": self.text,
            "version": version,
            "day": self.day,
            "standing": self.standing,
        }
        return json.dumps({"kind": self.kind, **told})


@dataclass
class Told:
    """All that ever came: (path, load, delivered, rows), what was read again in place of what it was before."""

    deliveries: list[tuple[str, int, datetime, tuple[Row, ...]]] = field(default_factory=list)

    def deliver(self, path: str, load: int, delivered: datetime, rows: tuple[Row, ...]) -> None:
        self.deliveries = [d for d in self.deliveries if (d[0], d[3]) != (path, rows)]
        self.deliveries.append((path, load, delivered, rows))

    def forget(self, path: str) -> None:
        self.deliveries = [d for d in self.deliveries if d[0] != path]

    def rows(self, kind: str) -> list[tuple[Row, str, int, datetime, int]]:
        return [
            (row, path, load, delivered, number)
            for path, load, delivered, rows in self.deliveries
            for number, row in enumerate(rows, start=1)
            if row.kind == kind
        ]

    def records(self, kind: str) -> dict[str, str]:
        best: dict[str, tuple[Any, str]] = {}
        for row, path, load, delivered, number in self.rows(kind):
            at = None if row.version is None else START + timedelta(hours=row.version)
            rank = (at or (delivered if kind == "dated" else datetime.min), delivered, path, load, number)
            best[row.id] = max(best.get(row.id, (rank, row.text)), (rank, row.text))
        return {key: text for key, (_, text) in best.items()}

    def days(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        rows = self.rows("days")
        for day in {row.day for row, *_ in rows}:
            own = [entry for entry in rows if entry[0].day == day]
            rank: dict[str, tuple[int, datetime, str]] = {}
            newest: dict[str, tuple[datetime, int]] = {}
            for row, path, load, delivered, _ in own:
                name = delivery(path)
                given = (row.standing, delivered, name)
                was = rank.get(name, given)
                rank[name] = (max(was[0], given[0]), max(was[1], given[1]), name)
                newest[path] = max(newest.get(path, (delivered, load)), (delivered, load))
            winner = max(rank.values())[2]
            texts: dict[str, str] = {}
            for row, path, load, delivered, _ in sorted(own, key=lambda entry: (entry[1], entry[4])):
                if delivery(path) == winner and (delivered, load) == newest[path]:
                    texts.setdefault(row.id, row.text)
            found[day] = sorted(texts.items())
        return found


def delivery(path: str) -> str:
    return path.replace("000000000001", "").replace("000000000002", "")


class Raw:
    """A home of the made-up vendor, read as staging reads it."""

    def __init__(self, root: Path, settings: Settings, source: Source = SOURCE) -> None:
        self.home, self.settings, self.source = Home(root), settings, source
        self.load = 0

    def put(self, path: str, rows: tuple[Row, ...], delivered: datetime) -> None:
        self.put_text(path, "".join(row.line() + "\n" for row in rows), delivered)

    def put_text(self, path: str, text: str, delivered: datetime) -> None:
        file = self.home.exports / "rasa" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        stamp = (delivered - datetime(1970, 1, 1)).total_seconds()
        os.utime(file, (stamp, stamp))

    def sync(self, **more: Any) -> ExtractReport:
        report = extract_source(self.home, self.settings, self.source, loaded_at=LOADED_AT, **more)
        for file in report.files:
            for name, counts in file.tables.items():
                parts = counts["loaded"] + counts["unchanged"] + counts["quarantined"] + counts["held"]
                assert counts["read"] == parts, (file.path, name, counts)
        return report

    def ask(self, table: str, sql: str) -> list[tuple]:
        lines = [s for s in ledger.standing(ledger.read_lines(self.home, "rasa")) if s.table_name == table]
        parts = [reading.glob_text(p) for p in sorted(self.home.raw.glob(f"rasa/load-*/{table}.parquet"))]
        with duckdb.connect() as con:
            con.execute("create table loads (path varchar, load bigint)")
            con.executemany(
                "insert into loads values (?, ?)", [[s.path, s.load] for s in lines] or [["", -1]]
            )
            con.execute(
                "create view delivered as select raw.* from read_parquet($1, union_by_name = true) as raw"
                " join loads on path = _source_file and load = _load".replace("$1", str(parts))
            )
            return con.execute(sql).fetchall()

    def records(self, table: str) -> dict[str, str]:
        version = "coalesce(_version, _delivered_at)" if table == "dated" else "_version"
        return dict(
            self.ask(
                table,
                f"""select _record_key, text from delivered qualify row_number() over (partition by instance, _record_key
                order by {version} desc nulls last, _delivered_at desc nulls last, _source_file desc, _load desc,
                    _source_row desc) = 1""",
            )
        )

    def days(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        for day, key, text in self.ask(
            "days",
            """
            with standing as (
                select *, regexp_replace(_source_file, '[0-9]{12}', '', 'g') as delivery, first_value(_load) over (
                    partition by instance, _partition, _source_file order by _delivered_at desc, _load desc
                    rows between unbounded preceding and unbounded following) as newest_load
                from delivered
            ),
            winners as (
                select _partition, delivery from standing group by _partition, delivery
                qualify row_number() over (partition by _partition
                    order by max(_standing) desc nulls last, max(_delivered_at) desc, delivery desc) = 1
            )
            select _partition, _record_key, text from standing join winners using (_partition, delivery)
            where _load = newest_load
            qualify row_number() over (partition by _partition, _record_key order by _source_file, _source_row) = 1
            order by all
            """,
        ):
            found.setdefault(day, []).append((key, text))
        return found

    def written(self, table: str = "notes") -> int:
        return self.ask(table, "select count(*) from delivered")[0][0]


@pytest.fixture
def raw(tmp_path: Path, settings: Settings) -> Raw:
    return Raw(tmp_path / "home", settings)


def note(number: int, text: str = "x", version: int | None = None, kind: str = "notes", **more: Any) -> Row:
    return Row(kind, f"n{number}", text, version, more.get("day", "20261101"), more.get("standing", 0))


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def counts(report: ExtractReport, path: str, table: str = "notes") -> tuple[int, int, int]:
    told = next(file for file in report.files if file.path == path).tables[table]
    return told["read"], told["loaded"], told["unchanged"]


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


ROWS = st.builds(
    Row,
    kind=st.sampled_from(KINDS),
    id=st.sampled_from(("n1", "n2", "n3")),
    text=st.sampled_from("xy"),
    version=st.sampled_from((None, None, 30, 60)),
    day=st.sampled_from(("20261101", "20261102")),
    standing=st.sampled_from((0, 0, 1)),
)
FILES = st.lists(ROWS, min_size=1, max_size=5).map(tuple)
PUT = st.tuples(st.just("put"), st.sampled_from(NAMES), st.integers(0, 3) | FILES, st.integers(1, 5))
OTHER = st.tuples(st.sampled_from(("forget", "reload")), st.sampled_from(NAMES))
STORIES = st.lists(st.lists(PUT | PUT | PUT | OTHER, min_size=1, max_size=4), min_size=2, max_size=6)


def tell(raw: Raw, story: list[list[tuple]], after: Callable[[Raw], None] = lambda raw: None) -> None:
    """Plays a story and compares after each sync. Equal contents get no later date by being copied, so every file says
    in which of its versions it is."""
    told, standing, seen = Told(), {}, []
    for load in story:
        due: dict[str, tuple[tuple[Row, ...], datetime]] = {}
        again: set[str] = set()
        for kind, path, *more in load:
            if kind == "put":
                rows = seen[more[0]] if isinstance(more[0], int) and more[0] < len(seen) else more[0]
                if isinstance(rows, int):
                    continue
                seen.append(rows)
                due[path] = (rows, day(more[1]))
            elif kind == "reload":
                again.add(path)
            elif path in standing and path not in due:
                decisions.forget(raw.home, f"rasa/{path}", "told to")
                told.forget(path)
        for path, (rows, delivered) in due.items():
            raw.put(path, rows, delivered)
        report = raw.sync(reload=tuple(glob_of(path) for path in again))
        read = {file.path for file in report.files if file.state == "loaded"}
        lines = {line.path: line for line in ledger.read_lines(raw.home, "rasa") if line.load == report.load}
        for path in read & lines.keys():
            rows = due[path][0] if path in due else standing[path]
            told.deliver(path, report.load or 0, lines[path].delivered_at or START, rows)
        standing |= {path: rows for path, (rows, _) in due.items()}
        after(raw)
        for table in ("notes", "dated"):
            assert raw.records(table) == told.records(table), table
        assert raw.days() == told.days()


def glob_of(path: str) -> str:
    return path.replace("[", "[[]")


# An example takes a second: there is no time to look for a smaller one that fails too.
EXAMPLES: dict[str, Any] = {
    "deadline": None, "database": None, "phases": [Phase.generate], "suppress_health_check": list(HealthCheck),
}  # fmt: skip


def _any_story(
    settings: Settings, story: list[list[tuple]], after: Callable[[Raw], None] = lambda raw: None
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tell(Raw(Path(folder) / "home", settings), story, after)


@examples(max_examples=4, derandomize=True, **EXAMPLES)
@given(STORIES)
def test_any_story_ends_with_the_rows_that_win(settings: Settings, story):
    _any_story(settings, story)


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


@pytest.mark.slow
@examples(max_examples=20, derandomize=False, **EXAMPLES)
@given(STORIES)
def test_many_stories_end_with_the_rows_that_win(settings: Settings, story):
    _any_story(settings, story)
