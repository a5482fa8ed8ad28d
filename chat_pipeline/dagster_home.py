"""The home's Dagster folder: `dagster/dagster.yaml`, or the one that an exported DAGSTER_HOME names."""

from __future__ import annotations

import glob
import hashlib
import sqlite3
from functools import cache
from pathlib import Path
from typing import Any

from chat_pipeline.cache import cache_folder
from chat_pipeline.home import Home

# No storage is named: SQLite beside this file, Dagster's default.
DAGSTER_YAML = """\
# Written by chat-pipeline once; yours to change.
# Runs start at once, without waiting for a daemon: one sync at a time is the home's own lock's matter.
run_coordinator:
  module: dagster.core.run_coordinator
  class: DefaultRunCoordinator
telemetry:
  enabled: false
nux:
  enabled: false
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days: { skipped: 7, failure: 30, success: 90 }
"""


def prepare_dagster_home(home: Home) -> Path:
    """The folder of the home's Dagster instance, with a `dagster.yaml` in it: what DAGSTER_HOME must
    be for the webserver and the daemon."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    file = home.dagster / "dagster.yaml"
    if not file.exists():
        file.write_text(DAGSTER_YAML, encoding="utf-8")
    # Dagster takes the path of its settings for a glob, and goes on without them if that finds nothing.
    return home.dagster if glob.escape(str(file)) == str(file) else _plain_link(home.dagster)


@cache
def spare_the_disk() -> None:
    """Lets this process write Dagster's SQLite files without a sync to the disk per event.

    Dagster opens and closes the file for each of a run's thousand events, and each close of the last
    connection folds SQLite's write-ahead log into the file: minutes a night on a slow disk. A second
    connection kept open avoids that; without power the last events may be lost, but no file, unless
    it was being made: a run's own log, and in a new home all of them.
    """
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    kept: dict[str, sqlite3.Connection] = {}
    new: set[str] = set()

    def opened(connection: Any, _: Any) -> None:
        if not isinstance(connection, sqlite3.Connection):
            return
        file = connection.execute("pragma database_list").fetchone()[2]
        if file and file not in kept and (not Path(file).exists() or not Path(file).stat().st_size):
            new.add(file)
        connection.execute(f"pragma synchronous = {'off' if file in new else 'normal'}")
        if file and file not in kept:
            kept[file] = sqlite3.connect(file, check_same_thread=False)
            kept[file].execute("select count(*) from sqlite_master").fetchone()

    event.listen(Engine, "connect", opened)


def _plain_link(folder: Path) -> Path:
    """A link to the folder whose own path holds no glob characters."""
    links = cache_folder() / "dagster"
    links.mkdir(parents=True, exist_ok=True)
    link = links / hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    if not link.is_symlink() or link.readlink() != folder:
        link.unlink(missing_ok=True)
        link.symlink_to(folder, target_is_directory=True)
    return link
