"""SIGKILL at random moments, sync after sync: what is published in the end is what a home never killed publishes."""

from __future__ import annotations

import itertools
import json
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing, suppress
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

# A process that has imported all that a sync needs and makes a copy of itself (fork) for each home that it is told: else
# most kills would come before a sync begins, and the imports cost more than the syncs. It says the copy's number, then how
# that ended.
WARM = """
import os, sys
from pathlib import Path
import dagster_dbt, dbt.cli.main, great_expectations, lifelines, sklearn.linear_model, statsmodels.api
from chat_pipeline import definitions
from chat_pipeline.home import Home
from chat_pipeline.run import run_nightly
from chat_pipeline.settings import load_settings
print("warm", flush=True)
for line in sys.stdin:
    if copy := os.fork():
        print(copy, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]), flush=True)
        continue
    home = Home(Path(line.strip()))
    sys.stdout = sys.stderr
    outcome = run_nightly(home, load_settings(home.settings_to_read))
    print(*outcome.failures, file=sys.stderr)
    sys.stderr.flush()
    # Libraries started threads before the copy was made; at an orderly end of it they would be missed.
    os._exit(0 if outcome.success else 1)
"""
# So many kills of the first night's syncs, which build everything and cost twice as much, and of a later night's.
CHAINS = (5, 15)
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
        self.log = log
        with log.open("a") as errors:
            self.warm = subprocess.Popen(
                [sys.executable, "-c", WARM],
                cwd=ROOT,
                env=environment(**{HOME_VARIABLE: str(home.root)}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self._told() == "warm"

    def close(self) -> None:
        self.warm.kill()
        self.warm.wait(PATIENCE)

    def _told(self) -> str:
        assert self.warm.stdout
        line = self.warm.stdout.readline()
        assert line, self.log.read_text()
        return line.strip()

    def _begin(self, home: Home) -> int:
        assert self.warm.stdin
        self.warm.stdin.write(f"{home.root}\n")
        self.warm.stdin.flush()
        return int(self._told())

    def _wait(self, process: int, most: float = math.inf) -> float:
        """Until it has spent so many seconds of processor time, or has ended; how many it spent."""
        spent, until = 0.0, time.monotonic() + PATIENCE
        while spent < most and (now := spent_by(process)) is not None:
            assert time.monotonic() < until, "the sync hangs"
            spent = now
            time.sleep(0.005)
        return spent

    def whole(self, home: Home) -> float:
        """A whole sync; the seconds of processor time that it took."""
        spent = self._wait(self._begin(home))
        assert self._told() == "0", self.log.read_text()
        return spent

    def killed(self, home: Home, after: float) -> bool:
        """A sync that is killed after so much processor time: moments do not depend on the machine's load. False: it
        had ended before."""
        process = self._begin(home)
        self._wait(process, after)
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        ended = int(self._told())
        assert ended in (0, -signal.SIGKILL), self.log.read_text()
        return ended != 0


def spent_by(process: int) -> float | None:
    """Its seconds of processor time; none once it has ended."""
    try:
        state, *rest = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
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
    """Nights of so many kills in all: after a chain of them one sync is left alone, and the home must be as the other. The
    first night builds everything anew (the home is a copy in another folder), later ones take in what is new."""
    spared = Home(folder / "spared")
    make_own(home)
    shutil.copytree(home.root, spared.root, symlinks=True)
    chance = random.Random(seed)
    first, killed, nights, half_written = version(home), 0, 0, 0
    with closing(Syncs(home, folder / "syncs.log")) as syncs:
        while killed < kills:
            nights += 1
            add_night(nights, home, spared)
            # What a sync takes is known from the one that is never killed.
            whole = syncs.whole(spared)
            for _ in range(min(CHAINS[nights > 1], kills - killed)):
                # Squared: more of the early moments, so that many kills take minutes; late ones come too.
                if not syncs.killed(home, 0.95 * whole * chance.random() ** 2):
                    break
                killed += 1
                half_written += bool(leftovers(home))
                assert version(home) - first in (nights - 1, nights), "readers lost the marts"
            else:
                syncs.whole(home)
            assert_spared(home, spared)
    record(
        "kills",
        {"kills": killed, "nights": nights, "left half-written files": half_written, "tables that differ": 0},
    )


@pytest.mark.slow
def test_kills_leave_no_trace(demo_home: Home, tmp_path: Path):
    kill_and_compare(demo_home, tmp_path, kills=20, seed=20)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_a_hundred_kills_leave_no_trace(demo_home: Home, tmp_path: Path, seed: int):
    kill_and_compare(demo_home, tmp_path, kills=20, seed=100 + seed)
