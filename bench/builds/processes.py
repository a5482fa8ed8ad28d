"""A command in a process of its own, with the seconds and the memory that it took. Linux only: it reads /proc."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY_SECONDS = 0.05
TICKS, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Sample:
    """At a moment (epoch seconds): CPU seconds of all threads so far, and bytes in memory."""

    moment: float
    cpu: float
    memory: int


@dataclass(frozen=True)
class Took:
    """What a process took. `peak`: the most bytes in memory that the kernel saw (ru_maxrss)."""

    wall: float
    cpu: float
    peak: int
    samples: tuple[Sample, ...]


def run(command: Sequence[str], log: Path, fine: Sequence[int] = (0,)) -> Took:
    """Runs a command to its end, its output to `log`. Raises if its exit code is none of `fine`."""
    samples: list[Sample] = []
    begun = time.time()
    with log.open("wb") as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=_environment())
        watcher = threading.Thread(target=_watch, args=(child.pid, samples), daemon=True)
        watcher.start()
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    watcher.join()
    if child.returncode not in fine:
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}: see {log}")
    cpu = usage.ru_utime + usage.ru_stime
    return Took(time.time() - begun, cpu, usage.ru_maxrss * 1024, tuple(samples))


def _environment() -> Mapping[str, str]:
    return {**os.environ, "DO_NOT_TRACK": "1", "RUNTIME__DLTHUB_TELEMETRY": "false"}


def _watch(process: int, samples: list[Sample]) -> None:
    """Samples until the process is gone."""
    while True:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return
        if fields[0] == "Z":
            return
        cpu = (int(fields[11]) + int(fields[12])) / TICKS
        samples.append(Sample(time.time(), cpu, int(fields[21]) * PAGE))
        time.sleep(EVERY_SECONDS)
