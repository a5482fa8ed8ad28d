"""Which row of a record wins, over random deliveries: raw and the ledger against a plain list of all that ever came.

The oracle remembers every delivery of every row and takes the newest, as if nothing were ever left unwritten; raw is
read as staging reads it (dbt_project/macros/deliveries.sql), without dbt.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from chat_pipeline import reading
from chat_pipeline.extract import extract_source, ledger
from chat_pipeline.home import Home
from chat_pipeline.report import ExtractReport
from chat_pipeline.settings import Settings
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


def note(number: int, text: str = "x", version: int | None = None, kind: str = "notes", **more: Any) -> Row:
    return Row(kind, f"n{number}", text, version, more.get("day", "20261101"), more.get("standing", 0))


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def counts(report: ExtractReport, path: str, table: str = "notes") -> tuple[int, int, int]:
    told = next(file for file in report.files if file.path == path).tables[table]
    return told["read"], told["loaded"], told["unchanged"]
