"""What the heavy tests share: the command as a process of its own, one more night of exports, a reader
that never stops, two publications compared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from chat_pipeline.home import EXPORTS_VARIABLE, HOME_VARIABLE, SETTINGS_VARIABLE, Home

ROOT = Path(__file__).resolve().parents[1]
# Vendors' own files, kept beside the project because of their licences.
SHARED_REAL = ROOT / "../shared/real"
# Far beyond what anything here takes: a slow machine must not fail, a hanging one must end.
PATIENCE = 900
# What differs between two runs over the same data.
OF_THE_RUN = {
    "publication": ("version", "run_id", "loaded_at"),
    "source_freshness": ("loaded_at", "behind_hours"),
}

READER = """
import pathlib, sys, time, duckdb
published, stop, looks = sys.argv[1], pathlib.Path(sys.argv[2]), open(sys.argv[3], "w", buffering=1)
stopping = reading = False
while not stopping:
    stopping = stop.exists()  # one more look after the stop: at what stands in the end
    with duckdb.connect(published, read_only=True) as con:
        found = [con.execute(query).fetchone()[0] for query in (
            "select max(version) from marts.publication",
            "select count(*) from marts.fct_messages",
            "select sum(message_count) from marts.fct_conversations",
            "select count(*) from analytics.metrics",
            "select max(version) from marts.publication",
        )]
    print(*found, file=looks)
    if not reading:
        print("reading", flush=True)
    reading = True
    time.sleep(0.05)  # leaves the processor to the syncs
"""


def environment(**more: str) -> dict[str, str]:
    """This process's variables without those that name a home, and with this checkout first."""
    own = {
        name: value
        for name, value in os.environ.items()
        if name not in (HOME_VARIABLE, EXPORTS_VARIABLE, SETTINGS_VARIABLE, "DAGSTER_HOME")
    }
    return {**own, "PYTHONPATH": str(ROOT), **more}


def command(home: Home, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "chat_pipeline.cli", "--home", str(home.root), *arguments]


def cli(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`chat-pipeline` in a process of its own."""
    return subprocess.run(
        command(home, *arguments),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def make_own(home: Home) -> None:
    """Makes a demo's home one like any other, which may hold other exports."""
    home.demo_mark.unlink()


def add_night(home: Home) -> str:
    """One more day of the Rasa bot: the day before told again by other people. Returns its path."""
    folder = home.exports / "rasa" / "broker"
    last = max(folder.glob("rasa_events_2026-11-1?.jsonl"))
    path = folder / "rasa_events_2026-11-16.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for line in last.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            event |= {"sender_id": f"next-{event['sender_id']}", "timestamp": event["timestamp"] + 86_400}
            out.write(json.dumps(event) + "\n")
    return path.relative_to(home.exports).as_posix()


def version(home: Home) -> int:
    """The version that a reader gets, which opens the published file anew."""
    with duckdb.connect(str(home.published), read_only=True) as con:
        row = con.execute("select max(version) from marts.publication").fetchone()
    assert row
    return row[0]


def threads(home: Home, like: str) -> int:
    """Published threads whose id is like a pattern."""
    with duckdb.connect(str(home.published), read_only=True) as con:
        row = con.execute(
            "select count(distinct thread_id) from marts.fct_messages where thread_id like ?", [like]
        ).fetchone()
    assert row
    return row[0]


def unfinished_runs(home: Home) -> list[str]:
    """Runs of the home's Dagster instance that have not ended, as far as it knows."""
    from dagster import RunsFilter

    from chat_pipeline.resources import UNFINISHED, home_instance

    with home_instance(home) as instance:
        return [run.run_id for run in instance.get_runs(filters=RunsFilter(statuses=UNFINISHED))]


def leftovers(home: Home) -> list[str]:
    """Files of loads and publications that never came to be."""
    found = [path for path in home.incoming.rglob("*") if path.is_file()]
    found += (home.marts / "versions").glob(".*")
    return [str(path) for path in found]


@contextmanager
def reader(home: Home, folder: Path) -> Iterator[None]:
    """A process that opens the publication anew for each look, as long as the block runs.

    Afterwards: it never failed, saw more than one publication, and never two of them mixed.
    """
    stop, looks = folder / "stop", folder / "looks"
    with (folder / "reader.err").open("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", READER, str(home.published), str(stop), str(looks)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            assert process.stdout
            assert process.stdout.readline() == "reading\n"
            yield
        finally:
            stop.touch()
            process.wait(PATIENCE)
            errors.seek(0)
            told = errors.read()
    assert process.returncode == 0, told
    seen = [line.split() for line in looks.read_text().splitlines()]
    assert all(look[0] == look[-1] for look in seen)
    versions = {look[0] for look in seen}
    assert len({tuple(look) for look in seen}) == len(versions) >= 2


def differences(one: Home, other: Home) -> dict[str, tuple[int, int]]:
    """{table: (rows only in one, rows only in the other)} of two publications; equal tables are left out."""
    found = {}
    with duckdb.connect() as con:
        for name, home in (("one", one), ("other", other)):
            con.execute(f"attach '{home.published}' as {name} (read_only)")
        lists = [
            con.execute(
                "select schema_name || '.' || table_name from duckdb_tables() where database_name = ? order by all",
                [name],
            ).fetchall()
            for name in ("one", "other")
        ]
        assert lists[0] == lists[1]
        for (table,) in lists[0]:
            left_out = OF_THE_RUN.get(table.split(".")[1], ())
            columns = f"* exclude ({', '.join(left_out)})" if left_out else "*"
            counts = []
            for mine, theirs in (("one", "other"), ("other", "one")):
                row = con.execute(
                    f"select count(*) from (select {columns} from {mine}.{table}"
                    f" except all select {columns} from {theirs}.{table})"
                ).fetchone()
                assert row
                counts.append(row[0])
            if any(counts):
                found[table] = (counts[0], counts[1])
    return found
