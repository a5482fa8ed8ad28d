"""SIGKILL at random moments, sync after sync: what is published in the end is what a home never killed publishes."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from homes import (
    PATIENCE,
    ROOT,
    differences,
    environment,
    leftovers,
    make_own,
    unfinished_runs,
    version,
)
from reliability_page import record

from chat_pipeline.home import HOME_VARIABLE, Home

# A process that has imported all that a sync needs, and waits for its home: else most kills would come before a
# sync begins. While one syncs the next one imports.
WARM = """
import sys
from pathlib import Path
import dagster_dbt, dbt.cli.main, great_expectations, lifelines, sklearn.linear_model, statsmodels.api
from chat_pipeline import definitions
from chat_pipeline.home import Home
from chat_pipeline.run import run_nightly
from chat_pipeline.settings import load_settings
print("warm", flush=True)
home = Home(Path(sys.stdin.readline().strip()))
sys.stdout = sys.stderr
outcome = run_nightly(home, load_settings(home.settings_to_read))
print(*outcome.failures, file=sys.stderr)
sys.exit(0 if outcome.success else 1)
"""
TICKS = os.sysconf("SC_CLK_TCK")
# Customers write and name what they like.
TEXTS = (
    "'; drop schema marts cascade; --",
    "{{ 1/0 }}{% raw %}",
    "100%s of %(it)s",
    '"\\"; select 1',
    "{not json",
)
NAME = "it's 100%, {{ x }}\n'; drop schema marts cascade; --.jsonl"


class Syncs:
    """Syncs of homes, each in a process of its own. To be closed."""

    def __init__(self, home: Home, log: Path) -> None:
        self.home, self.log = home, log
        self.next = self._prepare()

    def close(self) -> None:
        self.next.kill()
        self.next.wait(PATIENCE)

    def _prepare(self) -> subprocess.Popen[str]:
        with self.log.open("a") as errors:
            return subprocess.Popen(
                [sys.executable, "-c", WARM],
                cwd=ROOT,
                env=environment(**{HOME_VARIABLE: str(self.home.root)}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def _begin(self, home: Home) -> tuple[subprocess.Popen[str], float]:
        process = self.next
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == "warm\n", self.log.read_text()
        self.next = self._prepare()
        imported = spent_by(process.pid)
        assert imported is not None
        process.stdin.write(f"{home.root}\n")
        process.stdin.flush()
        return process, imported

    def whole(self, home: Home) -> float:
        """A whole sync; the seconds of processor time that it took."""
        process, imported = self._begin(home)
        spent, until = 0.0, time.monotonic() + PATIENCE
        while (now := spent_by(process.pid)) is not None:
            assert time.monotonic() < until, "the sync hangs"
            spent = now - imported
            time.sleep(0.05)
        assert process.wait(PATIENCE) == 0, self.log.read_text()
        return spent

    def killed(self, home: Home, after: float) -> bool:
        """A sync that is killed after so much processor time: moments do not depend on the machine's load. False: it
        had ended before."""
        process, imported = self._begin(home)
        until = time.monotonic() + PATIENCE
        while (spent := spent_by(process.pid)) is not None and spent - imported < after:
            assert time.monotonic() < until, "the sync hangs"
            time.sleep(0.005)
        process.kill()
        ended = process.wait(PATIENCE)
        assert ended in (0, -signal.SIGKILL), self.log.read_text()
        return ended != 0


def spent_by(process: int) -> float | None:
    """Its seconds of processor time; none once it has ended."""
    state, *rest = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return None if state == "Z" else (int(rest[10]) + int(rest[11])) / TICKS


def add_night(number: int, *homes: Home) -> None:
    """One more file of the Rasa bot in each home: a day told again by other people, and hostile texts."""
    folder = homes[0].exports / "rasa" / "broker"
    day = max(folder.glob("rasa_events_2026-11-1?.jsonl"))
    events = [json.loads(line) for line in day.read_text(encoding="utf-8").splitlines()]
    texts = itertools.cycle(TEXTS)
    for event in events:
        event["sender_id"] = f"night{number}-{event['sender_id']}"
        if event["event"] == "user":
            event["text"] = next(texts)
    path = folder / f"{number} {NAME}"
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    for home in homes[1:]:
        shutil.copy2(path, home.exports / path.relative_to(homes[0].exports))


def assert_spared(home: Home, spared: Home) -> None:
    """Nothing tells that the home was killed ever, and texts are texts."""
    assert version(home) == version(spared)
    assert (unfinished_runs(home), leftovers(home)) == ([], [])
    kept = [folder.name for folder in (home.marts / "versions").iterdir()]
    assert all(name.isdigit() for name in kept)
    assert not (home.marts / ".current").is_symlink()
    assert differences(home, spared) == {}
    with duckdb.connect(str(home.published), read_only=True) as con:
        found = con.execute(
            "select distinct text from marts.fct_messages where text in ?", [list(TEXTS)]
        ).fetchall()
    assert {text for (text,) in found} == set(TEXTS)


def kill_and_compare(home: Home, folder: Path, kills: int, seed: int) -> None:
    """Nights until so many syncs were killed: each ends with one that is left alone, and must be as in the other home."""
    spared = Home(folder / "spared")
    make_own(home)
    shutil.copytree(home.root, spared.root, symlinks=True)
    add_night(1, home, spared)
    # Squared: more of the early moments, so that many kills take minutes; late ones come too.
    chance = random.Random(seed)
    first, killed, nights, half_written = version(home), 0, 1, 0
    with closing(Syncs(home, folder / "syncs.log")) as syncs:
        # What a sync takes is known from the one that is never killed.
        whole = syncs.whole(spared)
        while killed < kills:
            if syncs.killed(home, 0.95 * whole * chance.random() ** 2):
                killed += 1
                half_written += bool(leftovers(home))
                assert version(home) - first in (nights - 1, nights), "readers lost the marts"
                continue
            assert_spared(home, spared)
            nights += 1
            add_night(nights, home, spared)
            syncs.whole(spared)
        syncs.whole(home)
    assert_spared(home, spared)
    record(
        "kills",
        {"kills": killed, "nights": nights, "left half-written files": half_written, "tables that differ": 0},
    )


@pytest.mark.slow
def test_kills_leave_no_trace(demo_home: Home, tmp_path: Path):
    kill_and_compare(demo_home, tmp_path, kills=5, seed=20)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_a_hundred_kills_leave_no_trace(demo_home: Home, tmp_path: Path, seed: int):
    kill_and_compare(demo_home, tmp_path, kills=20, seed=100 + seed)
