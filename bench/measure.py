"""Timing: an extraction, the same with a few records, and the bare copy, several times each."""

from __future__ import annotations

import gc
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.cases import Case
from chat_pipeline import engine
from chat_pipeline.extract import extract_source
from chat_pipeline.home import Home
from chat_pipeline.reading import sql_text
from chat_pipeline.settings import Settings, load_settings
from chat_pipeline.sources import discover

LOADED_AT = datetime(2026, 11, 20, 4)
# What the extraction of next to nothing takes is its fixed part: plan, ledger, Great Expectations' context.
FEW_BYTES = 20_000
# Binary forms hold more records in a byte than their JSON: so many times the asked size is written at most.
MOST_TIMES = 5


@dataclass(frozen=True)
class Seconds:
    """The best of the runs: wall time, and CPU time of all threads."""

    wall: float
    cpu: float

    def __sub__(self, other: Seconds) -> Seconds:
        return Seconds(self.wall - other.wall, self.cpu - other.cpu)


@dataclass(frozen=True)
class Result:
    """One shape: the whole extraction, its fixed part, and the bare copy."""

    case: Case
    files: int
    size: int
    rows: int
    whole: Seconds
    fixed: Seconds
    bare: Seconds

    @property
    def net(self) -> Seconds:
        return self.whole - self.fixed


def timed(work: Callable[[], None], runs: int, before: Callable[[], None] = lambda: None) -> Seconds:
    """The least seconds of some runs: other programs can only add to them. `before` runs untimed."""
    walls, cpus = [], []
    for _ in range(runs):
        before()
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return Seconds(min(walls), min(cpus))


class Bench:
    """A folder for files and homes, with default settings."""

    def __init__(self, root: Path, runs: int) -> None:
        self.root = root
        self.runs = runs
        self.settings: Settings = load_settings(None)

    @contextmanager
    def home_with(self, source: str, write: Callable[[Path], list[Path]]):
        """A home whose exports of a source `write` makes; gives it and the files."""
        home = Home(Path(tempfile.mkdtemp(dir=self.root)))
        folder = home.exports / source
        folder.mkdir(parents=True)
        try:
            yield home, write(folder)
        finally:
            shutil.rmtree(home.root)

    def extraction(self, home: Home, source: str, shape: str) -> tuple[Seconds, int]:
        """Seconds of `extract_source` on a home without raw, and the rows it loaded: all that there are."""
        loaded = 0

        def work() -> None:
            nonlocal loaded
            report = extract_source(home, self.settings, discover()[source], loaded_at=LOADED_AT)
            wrong = [f for f in report.files if (f.state, f.shape) != ("loaded", shape)]
            if wrong or any(c["quarantined"] for f in report.files for c in f.tables.values()):
                raise RuntimeError(f"{source}/{shape} did not load whole: {wrong or report.files}")
            loaded = sum(c["loaded"] for f in report.files for c in f.tables.values())

        return timed(work, self.runs, lambda: _forget(home)), loaded

    def bare(self, selects: list[str]) -> Seconds:
        """Seconds of the bare copies, in a DuckDB with the same limits and the same compression."""
        out = self.root / "bare.parquet"

        def work() -> None:
            with engine.connect(self.settings, self.root / "spill") as con:
                for select in selects:
                    con.execute(f"copy ({select}) to {sql_text(str(out))} (format parquet, compression zstd)")

        return timed(work, self.runs)

    def shape(self, case: Case, size: int) -> Result:
        wanted = int(size * case.share)
        with self.home_with(case.source, lambda folder: case.write(folder, FEW_BYTES)) as (few, _):
            fixed, _ = self.extraction(few, case.source, case.shape)
        with self.home_with(case.source, lambda folder: _of_size(case.write, folder, wanted)) as (
            home,
            paths,
        ):
            bare = self.bare(case.bare(paths))
            whole, rows = self.extraction(home, case.source, case.shape)
            bytes_read = sum(path.stat().st_size for path in paths)
        return Result(case, len(paths), bytes_read, rows, whole, fixed, bare)


def _of_size(write: Callable[[Path, int], list[Path]], folder: Path, size: int) -> list[Path]:
    """Files of that size on disk, where what a form makes of so many bytes of records is smaller."""
    paths = write(folder, size)
    factor = min(MOST_TIMES, size / sum(path.stat().st_size for path in paths))
    if factor < 1.2:
        return paths
    for path in paths:
        path.unlink()
    return write(folder, int(size * factor))


def _forget(home: Home) -> None:
    for folder in (home.raw, home.state, home.incoming):
        shutil.rmtree(folder, ignore_errors=True)
