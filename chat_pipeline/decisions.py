"""What a person decides about files: let a held one in, take a loaded one out. Each decision is a
ledger line in a load of its own, so it is as lasting and as visible as a load."""

from __future__ import annotations

import getpass
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb

from chat_pipeline.extract import compare, ledger, restore
from chat_pipeline.extract.ledger import Line
from chat_pipeline.extract.loads import next_number, write_restored
from chat_pipeline.home import Home
from chat_pipeline.source import Source
from chat_pipeline.sources import discover
from chat_pipeline.store import hold

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings


class NoDecision(Exception):
    """A decision that can't be made; the text says why and what can."""


def held_files(home: Home) -> list[Line]:
    """Ledger lines of every file that is held now, of all sources."""
    return [
        line
        for name in discover()
        for found in ledger.latest(ledger.read_lines(home, name)).values()
        for line in found
        if line.state == "held"
    ]


def accept(home: Home, source: Source, path: str, because: str, *, settings: Settings | None = None) -> None:
    """Let a held file in: the next sync loads it as it is, if its content is still the same. `settings`: needed
    where raw lies in object storage."""
    with hold(home, settings) as store:
        lines = _lines_of(home, source, path)
        if lines[0].state != "held":
            raise NoDecision(
                f"{source.name}/{path} is {lines[0].state}, not held: there is nothing to accept"
            )
        _decide(home, source, lines, "accepted", because)
        store.send_raw()


def forget(home: Home, path: str, because: str, *, settings: Settings | None = None) -> Source:
    """Take a file's rows out again. `path` is relative to exports/ or to its source's folder.

    Its content is not loaded again; a file of other content under the same name is. Rows that another
    file brought too stay, as that file's. `settings`: as for `accept`.
    """
    with hold(home, settings) as store:
        source, lines = _find(home, path)
        _decide(home, source, lines, "forgotten", because)
        store.send_raw()
        return source


def _find(home: Home, path: str) -> tuple[Source, list[Line]]:
    found = []
    for source in discover().values():
        for name in {path, path.removeprefix("exports/").removeprefix(f"{source.name}/")}:
            lines = ledger.latest(ledger.read_lines(home, source.name)).get(name)
            if lines:
                found.append((source, lines))
    if not found:
        raise NoDecision(f"no file {path} is known: `chat-pipeline status` lists them")
    if len(found) > 1:
        names = ", ".join(f"{source.name}/{lines[0].path}" for source, lines in found)
        raise NoDecision(f"{path} is not the only one of its name: say which of {names}")
    return found[0]


def _lines_of(home: Home, source: Source, path: str) -> list[Line]:
    known = ledger.latest(ledger.read_lines(home, source.name))
    name = path.removeprefix("exports/").removeprefix(f"{source.name}/")
    if name not in known:
        held = sorted(line.path for line in held_files(home) if line.source == source.name)
        raise NoDecision(f"no file {name} of {source.name} is known; held are: {', '.join(held) or 'none'}")
    return known[name]


def _decide(home: Home, source: Source, lines: list[Line], state: str, because: str) -> None:
    if not because.strip():
        raise NoDecision("say why: --because TEXT")
    number = next_number(home, source)
    told = [
        replace(
            line,
            state=state,
            reason=f"{state}: {because}",
            sequence=number,
            loaded_at=datetime.now(UTC).replace(tzinfo=None),
            decided_by=getpass.getuser(),
            because=because,
        )
        for line in lines
    ]
    with duckdb.connect() as con:
        restore.create_tables(con, source.tables)
        if state == "forgotten":
            known = ledger.read_lines(home, source.name)
            compare.without(con, home, source, [*known, *told], lines[0].path)
        write_restored(con, home, source, number, told)
