"""`python -m bench.builds SIZE ...`: whole builds of that many conversations, kept in docs/performance.md.

Each part (the shop's files, the copy, the sync ...) is done once per size: what came of it is kept in
`data/bench/<size>/results.json`, and a command that was ended goes on after the last part: with the same
code, for another makes the day more a build of everything.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.builds.page import write_page
from bench.builds.processes import run
from bench.builds.stages import built, stages
from bench.machine import machine

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = Path(__file__).with_name("settings.toml")
# Rows through Python take hours at a million conversations.
PYTHON_UP_TO = 60_000
# Held or unreadable files would be 3; the shop's are all sound.
SYNCED = (0,)
LOADED = re.compile(r"; ([0-9,]+) rows loaded in")


class Size:
    """The folder of a size: its home, its shop, and what came of each part."""

    def __init__(self, folder: Path, conversations: int) -> None:
        self.folder = folder / str(conversations)
        self.conversations = conversations
        self.home = self.folder / "home"
        self.results = self.folder / "results.json"
        self.folder.mkdir(parents=True, exist_ok=True)

    def known(self) -> dict[str, Any]:
        return json.loads(self.results.read_text(encoding="utf-8")) if self.results.is_file() else {}

    def part(self, name: str, work: Callable[[], dict[str, Any]]) -> None:
        """Does a part unless it is done, and keeps what came of it."""
        if name in self.known():
            return
        begun = time.time()
        found = {**work(), "machine": machine()}
        self.results.write_text(json.dumps({**self.known(), name: found}, indent=1), encoding="utf-8")
        print(f"{self.conversations:,} {name}: {time.time() - begun:.0f} s", flush=True)

    def forget(self, name: str) -> None:
        found = {part: result for part, result in self.known().items() if part != name}
        self.results.write_text(json.dumps(found, indent=1), encoding="utf-8")

    def make_files(self) -> dict[str, Any]:
        shutil.rmtree(self.home, ignore_errors=True)
        command = [sys.executable, "-m", "bench.builds.shop", str(self.conversations), str(self.folder)]
        run(command, self.folder / "shop.log")
        shutil.copy(SETTINGS, self.home / "chat_pipeline.toml")
        files = [path for path in (self.home / "exports").rglob("*") if path.is_file()]
        return {"files": len(files), "bytes": sum(path.stat().st_size for path in files)}

    def rival(self, name: str) -> dict[str, Any]:
        out, log = self.folder / "out", self.folder / f"{name}.log"
        shutil.rmtree(out, ignore_errors=True)
        run([sys.executable, "-m", "bench.builds.rivals", name, str(self.home), str(out)], log)
        shutil.rmtree(out)
        return json.loads(log.read_text(encoding="utf-8").splitlines()[-1])

    def first(self) -> dict[str, Any]:
        """The first sync of all; one that was ended leaves nothing."""
        for name in ("raw", "marts", "dagster", "dbt", "reports", "logs", "warehouse.duckdb", "build.duckdb"):
            path = self.home / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        for delivered in (self.folder / "day").rglob("*.*"):
            (self.home / "exports" / delivered.relative_to(self.folder / "day")).unlink(missing_ok=True)
        (self.folder / "day.log").unlink(missing_ok=True)
        return self._sync("first")

    def day(self) -> dict[str, Any]:
        """A sync with one day more of every source."""
        shutil.copytree(self.folder / "day", self.home / "exports", dirs_exist_ok=True)
        return self._sync("day")

    def _sync(self, name: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "chat_pipeline.cli", "--home", str(self.home), "sync"]
        took = run(command, self.folder / f"{name}.log", SYNCED)
        sums = {"wall": took.wall, "cpu": took.cpu, "peak": took.peak}
        log = (self.folder / f"{name}.log").read_text(encoding="utf-8")
        sums["raw_rows"] = sum(int(rows.replace(",", "")) for rows in LOADED.findall(log))
        publication = json.loads((self.home / "marts/current/publication.json").read_text(encoding="utf-8"))
        disk = {
            part: _size(self.home / part) for part in ("raw", "warehouse.duckdb", "build.duckdb", "marts")
        }
        return {
            **sums,
            "stages": stages(self.home, took),
            **built(self.home),
            "rows": publication["rows"],
            "disk": disk,
        }


def measure(size: Size, *, keep: bool) -> None:
    size.part("files", size.make_files)
    size.part("copy", lambda: size.rival("copy"))
    if "day" not in size.known() and (size.folder / "day.log").is_file():
        size.forget("first")  # the day more was begun: its home is no longer as before it
    size.part("first", size.first)
    size.part("by_hand", lambda: size.rival("by_hand"))
    if size.conversations <= PYTHON_UP_TO:
        size.part("pandas", lambda: size.rival("pandas"))
        size.part("dlt", lambda: size.rival("dlt"))
        size.part("dlt_spared", lambda: size.rival("dlt_spared"))
    size.part("day", size.day)
    if not keep:
        for name in ("home", "day", "shop.duckdb"):
            path = size.folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _size(path: Path) -> int:
    """Bytes of a file or a folder; a file that is linked twice counts once."""
    files = (
        [path]
        if path.is_file()
        else [found for found in path.rglob("*") if found.is_file() and not found.is_symlink()]
    )
    stats = {(stat.st_dev, stat.st_ino): stat.st_size for stat in (file.stat() for file in files)}
    return sum(stats.values())


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.builds", description=__doc__)
    parser.add_argument(
        "sizes", nargs="*", type=int, default=[60_000], help="conversations, 2000 or more; 60000 if not said"
    )
    parser.add_argument("--folder", type=Path, default=ROOT / "data" / "bench", help="for homes and results")
    parser.add_argument("--keep", action="store_true", help="leave the homes standing (20 GB for a million)")
    parser.add_argument("--again", action="store_true", help="forget what earlier commands found")
    parser.add_argument("--no-document", action="store_true", help="leave docs/performance.md as it is")
    chosen = parser.parse_args()
    for conversations in chosen.sizes:
        size = Size(chosen.folder, conversations)
        if chosen.again:
            size.results.unlink(missing_ok=True)
        measure(size, keep=chosen.keep)
    found = {
        int(path.parent.name): json.loads(path.read_text()) for path in chosen.folder.glob("*/results.json")
    }
    if not chosen.no_document:
        write_page(found)


if __name__ == "__main__":
    main()
