"""Which row of a record wins, over random deliveries."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from retold import KINDS, NAMES, START, Raw, Row, Told, day

from chat_pipeline import decisions
from chat_pipeline.extract import ledger
from chat_pipeline.settings import Settings

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
@examples(max_examples=12, derandomize=False, **EXAMPLES)
@given(STORIES)
def test_many_stories_end_with_the_rows_that_win(settings: Settings, story):
    _any_story(settings, story)
