"""Vendors' own files, loaded and staged, against an independent list of what is in them.

The files stay beside the checkout (their licences forbid copies); without them these tests skip.
"""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from validation_page import keep_or_compare, markdown

from chat_pipeline.dbt import build_models
from chat_pipeline.extract import extract_source
from chat_pipeline.home import Home
from chat_pipeline.report import FileReport
from chat_pipeline.settings import load_settings
from chat_pipeline.sources import discover

LOADED_AT = datetime(2026, 11, 20, 4)
COUNTED = ("threads", "user_messages", "bot_messages", "agent_messages")
NOTHING = ("",) * len(COUNTED)


@dataclass(frozen=True)
class Compared:
    """A file with state, shape, rows and COUNTED, as the list has them and as we do."""

    source: str
    path: str
    wanted: tuple[str, ...]
    found: tuple[str, ...]

    def cells(self) -> list[str]:
        pairs = zip(self.found, self.wanted, strict=True)
        return [found if found == wanted else f"{found} ({wanted})" for found, wanted in pairs]


@pytest.fixture(scope="module")
def expected(real_files: Path) -> list[dict[str, str]]:
    with (real_files / "expected.csv").open(newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["source"] in discover()]


@pytest.fixture(scope="module")
def loaded(
    real_files: Path, expected: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Home, dict[tuple[str, str], FileReport], dict[str, str]]:
    """The home, each file's report, and its instance: an account of its own per file, so that what one
    file holds shows although several hold the same conversations."""
    home = Home(tmp_path_factory.mktemp("real") / "home")
    instances = {row["path"]: f"file{number}" for number, row in enumerate(expected)}
    lines = [f"[sources.{row['source']}.instances.{instances[row['path']]}]" for row in expected]
    home.root.mkdir()
    home.settings_file.write_text("\n".join(dict.fromkeys(lines)))
    own = load_settings(home.settings_file)
    for row in expected:
        target = home.exports / row["source"] / instances[row["path"]] / row["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(real_files / row["source"] / row["path"], target)
    found = {}
    for name in sorted({row["source"] for row in expected}):
        for file in extract_source(home, own, discover()[name], loaded_at=LOADED_AT).files:
            found[name, file.path.split("/", 1)[1]] = file
    outcome = build_models(home, own, select=["path:models/staging"], test=[])
    assert outcome.error is None
    assert outcome.broken_models() == []
    return home, found, instances


@pytest.fixture(scope="module")
def compared(expected, loaded) -> list[Compared]:
    """Each file of the list: what is expected of it and what was found."""
    home, found, instances = loaded
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        return [
            _compared(con, row, found[row["source"], row["path"]], instances[row["path"]]) for row in expected
        ]


def _compared(
    con: duckdb.DuckDBPyConnection, row: dict[str, str], file: FileReport, instance: str
) -> Compared:
    # Test cases load into a raw table of their own; an object without records is a header alone.
    state = "loaded" if row["state"] == "test_cases" else row["state"]
    is_loaded, has_rows = state == "loaded", row["rows"] not in ("", "0")
    loaded_rows = {name: counts["loaded"] for name, counts in file.tables.items() if counts["loaded"]}
    talked = discover()[row["source"]].kind == "chat" and row["state"] == "loaded" and bool(row["threads"])
    return Compared(
        row["source"],
        row["path"],
        wanted=(
            state,
            # Of what is refused the list names the kind as its author calls it.
            row["shape"] if is_loaded else file.shape,
            f"{row['table']} {int(row['rows']):,}" if is_loaded and has_rows else "",
            *((row[name] for name in COUNTED) if talked else NOTHING),
        ),
        found=(
            file.state,
            file.shape,
            ", ".join(f"{name} {count:,}" for name, count in sorted(loaded_rows.items())),
            *(_talk(con, row["source"], instance) if talked else NOTHING),
        ),
    )


def _talk(con: duckdb.DuckDBPyConnection, source: str, instance: str) -> tuple[str, ...]:
    """Threads, and messages per author, of a staged file."""
    row = con.execute(
        f"""
        select (
                select count(distinct thread_id) from staging.stg_{source}__identifiers
                where identifier_type = 'thread_id' and instance = $instance
            ),
            count(*) filter (author = 'user'), count(*) filter (author = 'bot'),
            count(*) filter (author = 'human_agent')
        from staging.stg_{source}__messages where instance = $instance
        """,
        {"instance": instance},
    ).fetchone()
    assert row
    return tuple(map(str, row))


def table_of(compared: list[Compared]) -> str:
    rows = sorted(compared, key=lambda c: (c.source, c.path))
    cells = [[c.source, f"`{c.path}`", *c.cells(), "yes" if c.wanted == c.found else "NO"] for c in rows]
    header = ("source", "file", "state", "shape", "rows", "threads", "user", "bot", "agent", "equal")
    return markdown(header, cells)


def test_states_shapes_rows_threads_and_messages_are_as_expected(compared):
    assert [one for one in compared if one.wanted != one.found] == []


def test_the_kept_table_is_what_the_comparison_gives(compared):
    table = table_of(compared)
    print(table)
    keep_or_compare(table)


def test_rows_are_accounted_for(loaded):
    for file in loaded[1].values():
        for counts in file.tables.values():
            assert counts["read"] == sum(counts[k] for k in ("loaded", "unchanged", "quarantined", "held")), (
                file.path
            )


def test_the_invalid_transcript_costs_only_itself(loaded):
    file = loaded[1]["bot_framework", "functional_WaterfallGreeting.transcript"]
    assert file.state == "unreadable"
    assert "line 591 column 1" in file.reason
    assert sum(f.state == "loaded" for (source, _), f in loaded[1].items() if source == "bot_framework") == 32
