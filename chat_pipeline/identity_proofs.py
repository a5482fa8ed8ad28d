"""Why a customer's identifiers are one person's: the rule of each, and the row of an export that proves it.

The tables name the record (`customer_identities`, proof_*); its file and row are looked up here, in raw. Nothing is
changed, and no value of data leaves here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chat_pipeline.engine import insert_rows
from chat_pipeline.extract.ledger import read_lines, standing
from chat_pipeline.home import Home
from chat_pipeline.privacy.patterns import CELL, patterns
from chat_pipeline.privacy.person import Identifier, Person
from chat_pipeline.reading import glob_text, sql_name, sql_text
from chat_pipeline.sources import discover

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


@dataclass(frozen=True)
class Proof:
    """An identifier of the customer (its type) and the first record that showed it beside another one; `identifiers`:
    how many that record shows. `file` and `row` are None where raw does not hold the record under its own id."""

    identifier_type: str
    platform: str
    instance: str
    rule: str
    score: float | None
    since_at: datetime | None
    record_kind: str
    identifiers: int
    file: str | None
    row: int | None


@dataclass(frozen=True)
class Row:
    """A raw row: its load, file, number in it, account, and its cells as one text."""

    load: int
    file: str
    number: int
    instance: str
    cells: str


def proofs(home: Home, settings: Settings, customer_key: str) -> list[Proof]:
    """The identifiers of a customer as published, oldest first; none: there is no such customer."""
    import duckdb

    with duckdb.connect(str(home.published), read_only=True) as con:
        edges = con.execute(
            "select identifier_type, platform, instance, rule, score, since_at, proof_kind, proof_identifiers,"
            " proof_record_id, identifier_value from marts.customer_identities where customer_key = $key"
            " order by since_at nulls last, platform, instance, identifier_type, identifier_value",
            {"key": customer_key},
        ).fetchall()
    ids: dict[str, set[str]] = {}
    for kind, platform, _, _, _, _, record_kind, _, record, _ in edges:
        ids.setdefault(platform, set()).update(_parts(record_kind, record))
        if kind == "ga_client_id" and record_kind == "thread":
            # Web events may say in which browser a chat was held.
            for source in _web_sources():
                ids.setdefault(source, set()).add(record)
    with duckdb.connect() as con:
        rows = {source: _rows(con, home, settings, source, sought) for source, sought in ids.items()}
    found = []
    for *told, record, value in edges:
        identifier = Identifier(told[0], told[1], value)
        own = [row for row in rows[identifier.platform] if row.instance == told[2]]
        if identifier.kind == "ga_client_id" and told[6] == "thread":
            own += [row for source in _web_sources() for row in rows[source]]
        place = _best(own, _parts(told[6], record), identifier, settings)
        found.append(Proof(*told, *((place.file, place.number) if place else (None, None))))
    return found


def _web_sources() -> list[str]:
    return sorted(source.name for source in discover().values() if source.kind == "web")


def _parts(record_kind: str, record: str) -> list[str]:
    """The ids by which rows name a record: a login on a device has two, of the browser and of the user."""
    return [part for part in (record.split("|") if record_kind == "web_login" else [record]) if part]


def _pattern(identifiers: list[Identifier], settings: Settings) -> str:
    """A regular expression for any of the identifiers, where they stand for themselves."""
    looked_for = patterns(Person((), tuple(identifiers)), settings.shop.dial_code)
    found = [*([looked_for.linked.pattern] if looked_for.linked else []), *looked_for.short.values()]
    return "(?i)" + "|".join(pattern.removeprefix("(?i)") for pattern in found)


def _best(rows: list[Row], ids: list[str], identifier: Identifier, settings: Settings) -> Row | None:
    """The row with all ids, if possible with the identifier too and the record's own; of several the first."""
    needed = [re.compile(_pattern([Identifier("", identifier.platform, part)], settings)) for part in ids]
    beside = re.compile(_pattern([identifier], settings))
    fitting = [row for row in rows if all(pattern.search(row.cells) for pattern in needed)]
    return min(
        fitting,
        key=lambda row: (
            not beside.search(row.cells),
            not row.cells.startswith(ids[0] + CELL),
            *(row.load, row.file, row.number),
        ),
        default=None,
    )


def _rows(
    con: duckdb.DuckDBPyConnection, home: Home, settings: Settings, source: str, ids: set[str]
) -> list[Row]:
    """The standing raw rows of a source that hold one of the ids."""
    sought = _pattern([Identifier("", source, part) for part in sorted(ids)], settings)
    found = []
    lines = standing(read_lines(home, source))
    for table in sorted({line.table_name for line in lines}):
        con.execute("create or replace temp table counted (path varchar, load bigint)")
        insert_rows(con, "counted", [[line.path, line.load] for line in lines if line.table_name == table])
        paths = sql_text(f"{glob_text(home.raw / source)}/load-*/{table}.parquet")
        parts = f"read_parquet({paths}, union_by_name = true, hive_partitioning = false)"
        names = [row[0] for row in con.execute(f"describe select * from {parts}").fetchall()]
        cells = ", ".join(f"cast({sql_name(name)} as varchar)" for name in names if not name.startswith("_"))
        rows = con.execute(
            f"""
            select _load, _source_file, _source_row, instance, cells
            from (select *, concat_ws({sql_text(CELL)}, {cells}) as cells from {parts}) as told
            semi join counted on counted.path = told._source_file and counted.load = told._load
            where regexp_matches(cells, $sought)
            """,
            {"sought": sought},
        ).fetchall()
        found += [Row(*row) for row in rows]
    return found
