"""SIGKILL in extract, in dbt, in publish: readers keep the old marts, and the next sync is a sync like any other."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from homes import (
    PATIENCE,
    ROOT,
    add_night,
    cli,
    command,
    differences,
    environment,
    leftovers,
    make_own,
    reader,
    threads,
    unfinished_runs,
    version,
)

from chat_pipeline.home import Home

pytestmark = pytest.mark.slow

# The command, with one function of one module replaced by a halt where it is given a text: so the kill
# comes just there.
HALTING = """
import importlib, sys, threading
module, name, text, *sys.argv[1:] = sys.argv[1:]
module = importlib.import_module(module)
original = getattr(module, name)
def halt(*given, **named):
    if text not in str(given):
        return original(*given, **named)
    print("halted", flush=True)
    threading.Event().wait()
setattr(module, name, halt)
from chat_pipeline.cli import main
main()
"""


def halting(home: Home, module: str, name: str, text: str = "") -> list[str]:
    return [sys.executable, "-c", HALTING, module, name, text, "--home", str(home.root), "sync"]


@contextmanager
def killed(arguments: list[str], log: Path) -> Iterator[None]:
    """Runs a sync until it halts, then the block, and kills it."""
    with log.open("w") as out:
        process = subprocess.Popen(
            arguments,
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            assert process.stdout
            for line in process.stdout:
                out.write(line)
                if line == "halted\n":
                    break
            else:
                raise AssertionError(f"the sync ended and did not halt: {log}")
            yield
            assert process.poll() is None, "the sync ended before it was killed"
        finally:
            process.kill()
            process.wait(PATIENCE)
    assert process.returncode == -signal.SIGKILL


def test_killed_syncs_leave_no_trace(demo_home: Home, tmp_path: Path):
    home, spared = demo_home, Home(tmp_path / "spared")
    make_own(home)
    add_night(home)
    shutil.copytree(home.root, spared.root, symlinks=True)
    undisturbed = subprocess.Popen(
        command(spared, "sync"),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with reader(home, tmp_path):
            kill_thrice(home, tmp_path)
            done = cli(home, "sync")
            # 3: the demo holds a file that is broken on purpose.
            assert done.returncode == 3, done.stderr
            assert "Traceback" not in done.stderr
        assert undisturbed.wait(PATIENCE) == 3
    finally:
        undisturbed.kill()
    assert (version(home), version(spared)) == (2, 2)
    assert threads(home, "next-%") > 0
    assert (unfinished_runs(home), leftovers(home)) == ([], [])
    assert differences(home, spared) == {}


def kill_thrice(home: Home, folder: Path) -> None:
    """In extract with the load written but not visible, in dbt among the models, in publish with the
    version written but not visible."""
    incoming = home.incoming / "rasa"
    in_extract = halting(home, "chat_pipeline.extract.loads", "make_visible")
    with killed(in_extract, folder / "extract.log"):
        assert [load.name for load in incoming.iterdir()] == ["load-000002"]
        assert cli(home, "sync").returncode == 75
    assert (version(home), incoming.is_dir()) == (1, True)

    in_dbt = halting(home, "chat_pipeline.cli", "_tell", " OK created sql table model build.marts.")
    with killed(in_dbt, folder / "dbt.log"):
        assert not leftovers(home)
    assert (version(home), len(unfinished_runs(home))) == (1, 1)

    with killed(halting(home, "chat_pipeline.publish", "_seal"), folder / "publish.log"):
        assert (home.marts / "versions" / ".2" / "chat.duckdb").is_file()
    assert version(home) == 1
