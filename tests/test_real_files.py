"""Vendors' own files, loaded and staged, against an independent list of what is in them.

The files stay beside the checkout (their licences forbid copies); without them these tests skip.
"""

from __future__ import annotations

import csv
import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from chat_pipeline.dbt import build_models
from chat_pipeline.extract import extract_source
from chat_pipeline.home import Home
from chat_pipeline.report import FileReport
from chat_pipeline.settings import load_settings
from chat_pipeline.sources import discover

LOADED_AT = datetime(2026, 11, 20, 4)


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


def test_states_shapes_and_rows_are_as_expected(expected, loaded):
    _, found, _ = loaded
    wrong = []
    for row in expected:
        file = found[row["source"], row["path"]]
        loaded_rows = {name: counts["loaded"] for name, counts in file.tables.items() if counts["loaded"]}
        told = (file.state, loaded_rows)
        # Test cases load into a raw table of their own; an object without records is a header alone.
        state = "loaded" if row["state"] == "test_cases" else row["state"]
        rows = {row["table"]: int(row["rows"])} if state == "loaded" and int(row["rows"]) else {}
        wanted = (state, rows)
        if told != wanted or (state == "loaded" and file.shape != row["shape"]):
            wrong.append((row["path"], file.shape, told, row["shape"], wanted))
    assert wrong == []


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


def test_threads_and_messages_per_author_are_as_expected(expected, loaded):
    home, _, instances = loaded
    wrong = []
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        for row in expected:
            if discover()[row["source"]].kind != "chat" or row["state"] != "loaded" or not row["threads"]:
                continue
            wanted = tuple(
                int(row[name]) for name in ("threads", "user_messages", "bot_messages", "agent_messages")
            )
            given = con.execute(
                f"""
                select (
                        select count(distinct thread_id) from staging.stg_{row["source"]}__identifiers
                        where identifier_type = 'thread_id' and instance = $instance
                    ),
                    count(*) filter (author = 'user'), count(*) filter (author = 'bot'),
                    count(*) filter (author = 'human_agent')
                from staging.stg_{row["source"]}__messages where instance = $instance
                """,
                {"instance": instances[row["path"]]},
            ).fetchone()
            if given != wanted:
                wrong.append((row["path"], given, wanted))
    assert wrong == []
