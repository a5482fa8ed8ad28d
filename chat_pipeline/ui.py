"""Dagster's webserver and daemon for a home, and the environment that points tools to it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from chat_pipeline.dagster_home import prepare_dagster_home
from chat_pipeline.dbt import dbt_arguments, dbt_environment
from chat_pipeline.home import Home, project_folder

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

LOOPBACK = "127.0.0.1"


def serve(home: Home, port: int) -> int:
    """Run webserver and daemon until the webserver ends (its exit code) or this process is told to end."""
    # Whatever ends us (systemd, a closing terminal) must end both of them too.
    for told in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(told) is not signal.SIG_IGN:  # `nohup` means it
            signal.signal(told, _interrupt)
    environment = {**os.environ, **dagster_environment(home)}
    module = ["-m", "chat_pipeline.definitions"]
    programs = [
        [_program("dagster-webserver"), "-h", LOOPBACK, "-p", str(port), *module],
        [_program("dagster-daemon"), "run", *module],
    ]
    running = [subprocess.Popen(program, env=environment) for program in programs]
    try:
        return running[0].wait()
    except KeyboardInterrupt:
        return 0
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _program(name: str) -> str:
    """A program of the environment that this one runs in, also if that is not activated."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else name


def dagster_environment(home: Home) -> dict[str, str]:
    return {**home.environment(), "DAGSTER_HOME": str(prepare_dagster_home(home))}


def environment_lines(home: Home, settings: Settings) -> str:
    """Shell lines: exports for Dagster and dbt, and the dbt call as the pipeline makes it."""
    exports = {**dagster_environment(home), **dbt_environment(home, settings)}
    lines = [f"export {name}={shlex.quote(value)}" for name, value in exports.items()]
    arguments = dbt_arguments(home, settings)
    call = " ".join(shlex.quote(part) for part in ("dbt", "build", *arguments))
    return "\n".join([*lines, f"# {call}", f"# dbt project: {project_folder()}"])
