"""Eight readers all through publications and syncs: none fails, and each answer is of one publication alone."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from homes import PATIENCE, cli, make_own
from reliability_page import record
from test_kills import add_night

from chat_pipeline.home import Home
from chat_pipeline.publish import next_version, publish
from chat_pipeline.settings import load_settings

# One answer: the version that the link led to, what the file says its version is, and counts, of file and Parquet.
ANSWER = """
import json, pathlib, duckdb
def answer(current):
    folder = pathlib.Path(current).resolve()
    found = [int(folder.name)]
    with duckdb.connect(str(folder / "chat.duckdb"), read_only=True) as con:
        for of in ("marts.fct_messages", "marts.fct_conversations", "marts.dim_products", "analytics.metrics"):
            found.append(con.execute(f"select count(*) from {of}").fetchone()[0])
        found.append(con.execute("select sum(hash(message_key)) % 1000000007 from marts.fct_messages").fetchone()[0])
    with duckdb.connect() as con:
        for of in ("marts/fct_messages/*", "marts/fct_conversations/*", "marts/dim_products", "analytics/metrics"):
            path = f"{folder}/parquet/{of}.parquet"
            found.append(con.execute("select count(*) from read_parquet(?)", [path]).fetchone()[0])
        path = f"{folder}/parquet/marts/fct_messages/*.parquet"
        query = "select sum(hash(message_key)) % 1000000007 from read_parquet(?)"
        found.append(con.execute(query, [path]).fetchone()[0])
    return found
"""
# In one process for all answers, or in a new one for each.
REOPENING = f"""
import sys, time
{ANSWER}
while not pathlib.Path(sys.argv[2]).exists():
    print(json.dumps([int(x) for x in answer(sys.argv[1])]), flush=True)
    time.sleep(float(sys.argv[3]))
"""
ANEW = f"""
import pathlib, subprocess, sys, time
once = {ANSWER + "import sys; print(json.dumps([int(x) for x in answer(sys.argv[1])]), flush=True)"!r}
while not pathlib.Path(sys.argv[2]).exists():
    subprocess.run([sys.executable, "-c", once, sys.argv[1]], check=True)
    time.sleep(float(sys.argv[3]))
"""
READERS = (*[REOPENING] * 5, *[ANEW] * 3)
FIGURES = 5


class Readers:
    """Their processes, and the files that they write their answers to."""

    def __init__(self, home: Home, folder: Path, pause: float) -> None:
        self.stop, self.answers = folder / "stop", [folder / f"answers-{n}" for n in range(len(READERS))]
        self.errors = [folder / f"errors-{n}" for n in range(len(READERS))]
        self.processes = []
        for script, answers, errors in zip(READERS, self.answers, self.errors, strict=True):
            with answers.open("w") as out, errors.open("w") as told:
                command = [sys.executable, "-c", script, str(home.current), str(self.stop), str(pause)]
                self.processes.append(subprocess.Popen(command, stdout=out, stderr=told))

    def wait_for(self, version: int) -> None:
        """Until each has answered from a version: a publication is kept until two more were made, not longer."""
        until = time.monotonic() + PATIENCE
        while not all(f"[{version}, " in answers.read_text() for answers in self.answers):
            assert time.monotonic() < until
            assert all(process.poll() is None for process in self.processes), self.told()
            time.sleep(0.05)

    def told(self) -> str:
        return "".join(errors.read_text() for errors in self.errors)


@contextmanager
def eight_readers(home: Home, folder: Path, pause: float) -> Iterator[Readers]:
    readers = Readers(home, folder, pause)
    try:
        yield readers
        readers.stop.touch()
        assert [process.wait(PATIENCE) for process in readers.processes] == [0] * len(READERS), readers.told()
    finally:
        for process in readers.processes:
            process.kill()


def change(home: Home) -> None:
    """Another build, as if a night had taken some conversations out: tables that readers compare differ by it."""
    with duckdb.connect(str(home.build)) as con:
        gone = "select conversation_key from marts.fct_conversations order by conversation_key limit 2"
        con.execute(f"create or replace temp table gone as {gone}")
        for table in ("marts.fct_messages", "marts.fct_conversations"):
            con.execute(f"delete from {table} where conversation_key in (from gone)")
        con.execute("delete from analytics.metrics where rowid = (select min(rowid) from analytics.metrics)")


def published_figures(home: Home) -> list[int]:
    names: dict[str, Any] = {}
    exec(ANSWER, names)  # the readers' own question, asked when nothing is under way
    return [int(x) for x in names["answer"](str(home.current))]


def publish_and_read(home: Home, folder: Path, publications: int, syncs: int) -> None:
    """Publications of changed builds, then whole syncs, with readers all the while."""
    settings = load_settings(home.settings_file)
    make_own(home)
    first = next_version(home) - 1
    truth = {first: published_figures(home)}
    with eight_readers(home, folder, pause=0.5) as readers:
        readers.wait_for(first)
        for _ in range(publications):
            change(home)
            version = publish(home, settings).version
            truth[version] = published_figures(home)
            readers.wait_for(version)
        for number in range(syncs):
            add_night(number + 1, home)
            done = cli(home, "sync")
            assert done.returncode == 3, done.stderr
            version = max(truth) + 1
            truth[version] = published_figures(home)
            readers.wait_for(version)
    answers = [json.loads(line) for file in readers.answers for line in file.read_text().splitlines()]
    assert readers.told() == ""
    assert len(truth) == publications + syncs + 1
    assert len(set(map(tuple, truth.values()))) == len(truth)
    for answer in answers:
        assert answer == truth[answer[0]]
        assert answer[1 : 1 + FIGURES] == answer[1 + FIGURES :]
    seen = Counter(answer[0] for answer in answers)
    assert set(seen) == set(truth)
    counts = {
        "readers": len(READERS),
        "publications": publications,
        "whole syncs": syncs,
        "answers": len(answers),
    }
    record("readers", {**counts, "errors": 0, "answers of no or of two publications": 0})


@pytest.mark.slow
def test_eight_readers_of_some_publications(demo_home: Home, tmp_path: Path):
    publish_and_read(demo_home, tmp_path, publications=3, syncs=0)


@pytest.mark.long
def test_eight_readers_of_twenty_publications(demo_home: Home, tmp_path: Path):
    publish_and_read(demo_home, tmp_path, publications=18, syncs=2)
