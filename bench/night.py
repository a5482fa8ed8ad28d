"""`make bench-night`: what a night costs that hardly has anything new, kept in docs/performance.md.

A home with ten conversations of one Rasa bot takes in one conversation more, by `chat-pipeline sync` in a process of
its own; then the schedule's run with nothing new. Next to none of that is due to data: it is the price of a run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from pathlib import Path

from bench.builds.processes import Took, run
from bench.builds.stages import stages
from bench.document import write_part
from bench.files import SEED
from bench.machine import machine
from bench.records_chat import rasa_event

EVENTS = 24
CONVERSATIONS = 10
STAGES = ("start", "extraction", "models", "analytics", "publish", "pages", "end")
INTRO = f"""`make bench-night` makes a home with {CONVERSATIONS} conversations of one Rasa bot and adds one conversation
of {EVENTS} events: `chat-pipeline sync` as a process of its own, {{runs}} times, the cheapest by CPU. All models, tests, tables and
pages are made, of next to nothing: these seconds are the price of a run. *Nothing new, scheduled* is the process that Dagster's
daemon starts (`dagster job execute`)."""


def nights(folder: Path, runs: int) -> tuple[Took, dict[str, dict[str, float]], Took]:
    """The cheapest of so many nights with one conversation more, its stages, and the cheapest of as many scheduled runs
    with nothing new."""
    home = folder / "home"
    _deliver(home, 0, CONVERSATIONS)
    _sync(home, folder)
    found: list[tuple[Took, dict[str, dict[str, float]]]] = []
    for night in range(runs):
        _deliver(home, CONVERSATIONS + night, 1)
        took = _sync(home, folder)
        found.append((took, stages(home, took)))
    with_news = min(found, key=lambda one: one[0].cpu)
    quiet = min((_scheduled(home, folder) for _ in range(runs)), key=lambda took: took.cpu)
    return *with_news, quiet


def _deliver(home: Path, first: int, conversations: int) -> None:
    """A file of conversations; the generator's numbers tell when each event was."""
    rng = random.Random(f"{SEED} {first}")
    numbers = range(first * EVENTS, (first + conversations) * EVENTS)
    file = home / "exports" / "rasa" / f"events_{first:04d}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(rasa_event(rng, number)) for number in numbers)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _sync(home: Path, folder: Path) -> Took:
    return run([sys.executable, "-m", "chat_pipeline.cli", "--home", str(home), "sync"], folder / "sync.log")


def _scheduled(home: Path, folder: Path) -> Took:
    os.environ |= {"CHAT_PIPELINE_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    dagster = [sys.executable, "-m", "dagster", "job", "execute"]
    return run([*dagster, "-m", "chat_pipeline.definitions", "-j", "nightly_sync"], folder / "quiet.log")


def page(with_news: Took, parts: dict[str, dict[str, float]], quiet: Took, runs: int) -> str:
    rows = [("whole sync", with_news.cpu, with_news.wall)]
    rows += [(stage, parts[stage]["cpu"], parts[stage]["wall"]) for stage in STAGES]
    rows += [("nothing new, scheduled", quiet.cpu, quiet.wall)]
    table = ["| | CPU s | wall s |", "|---|---:|---:|"]
    table += [f"| {name} | {cpu:.1f} | {wall:.1f} |" for name, cpu, wall in rows]
    return "\n\n".join([INTRO.format(runs=runs), "\n".join(table), machine()])


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.night", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="nights of each kind; 3 if not said")
    parser.add_argument("--no-document", action="store_true", help="leave docs/performance.md as it is")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = page(*nights(Path(folder), chosen.runs), chosen.runs)
    print(text)
    if not chosen.no_document:
        write_part("night", text)


if __name__ == "__main__":
    main()
