"""What the steps of a run share: the home, its settings, and the home's lock for the whole run.

Also the home's Dagster instance, and the runs in it whose process is gone. No rule about data here.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    Field,
    InitResourceContext,
    ResourceDefinition,
    RetryPolicy,
    RunsFilter,
    resource,
)

from chat_pipeline.dagster_home import prepare_dagster_home, spare_the_disk
from chat_pipeline.demo_mark import refuse_foreign_exports
from chat_pipeline.home import Home, find_home
from chat_pipeline.news import exports_digest, marts_stand
from chat_pipeline.settings import Settings, load_settings
from chat_pipeline.store import Store, hold
from chat_pipeline.sweeping import sweep

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

# Where the steps' progress goes beside Dagster's own log; the CLI listens.
PROGRESS = logging.getLogger("chat_pipeline.progress")

HOME_TAG = "chat_pipeline/home"
# On runs whose starter sends the notices: no daemon may be there to do so.
TELLS_ITSELF = "chat_pipeline/tells_itself"
UNFINISHED = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]
FINISHED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
# For steps that write: a disk or a lock that fails now may not fail in a moment.
RETRY = RetryPolicy(max_retries=1, delay=5)
# Each run's log is a file of its own, open until the process ends.
MOST_SWEPT = 200


@dataclass(frozen=True)
class Sync:
    """One run's hold of a home. `full_refresh`: build everything anew even if nothing changed;
    `reload`: globs of files to read again."""

    home: Home
    settings: Settings
    run_id: str
    full_refresh: bool = False
    reload: tuple[str, ...] = ()
    # Of the exports before the first was read, and the sources whose extraction failed.
    exports: str = ""
    failed_sources: list[str] = field(default_factory=list)
    store: Store | None = None

    def tell(self, text: str) -> None:
        PROGRESS.info(text)

    @cached_property
    def is_quiet(self) -> bool:
        """After the extraction: what is published stands. Asked once, for the run itself ends it."""
        now = datetime.now(UTC).replace(tzinfo=None)
        return not self.full_refresh and marts_stand(self.home, self.settings, now)


def sync_resource(locate: Callable[[], tuple[Home, Settings]]) -> ResourceDefinition:
    """The resource `sync`: what `locate` finds, locked from the first step's start to the last one's
    end. Raises `HomeBusy` when another run holds the home."""

    @resource(
        config_schema={
            "full_refresh": Field(bool, default_value=False, description="Build all tables anew."),
            "reload": Field([str], default_value=[], description="Globs of export files to read again."),
        },
        description="The home, its settings and its lock.",
    )
    def sync(context: InitResourceContext) -> Iterator[Sync]:
        home, settings = locate()
        spare_the_disk()
        keep_engines()
        with hold(home, settings) as store:
            refuse_foreign_exports(home)
            for line in store.refused:
                PROGRESS.warning(f"not fetched: {line}")
            # Whoever holds the lock knows that every other run has ended, however it did.
            if context.instance and context.run:
                end_dead_runs(context.instance, home, context.run.run_id)
            yield Sync(
                home,
                settings,
                context.run.run_id if context.run else "",
                context.resource_config["full_refresh"],
                tuple(context.resource_config["reload"]),
                exports_digest(home),
                store=store,
            )
            sweep_home(home, settings, context.instance)
            send_rest(store)

    return sync


def sweep_home(home: Home, settings: Settings, instance: DagsterInstance | None) -> None:
    """Remove old logs, publications and runs. The run that is ending stays what it is if that fails."""
    at = datetime.now(UTC)
    try:
        sweep(home, settings, at.replace(tzinfo=None))
        if instance:
            sweep_runs(instance, home, at - settings.retention.runs)
    except OSError as error:
        PROGRESS.warning(f"not swept: {error}")


def send_rest(store: Store) -> None:
    """What the home remembers of the run, and loads of one that failed; next time, if it can't be done now."""
    try:
        store.send_raw()
    except OSError as error:
        PROGRESS.warning(f"not sent: {error}")


def found_home() -> tuple[Home, Settings]:
    """The home that this process was started for, with its settings."""
    home = find_home()
    return home, load_settings(home.settings_to_read)


def home_instance(home: Home) -> DagsterInstance:
    """The Dagster instance in which the home's runs are recorded."""
    spare_the_disk()
    keep_engines()
    return DagsterInstance.from_config(str(prepare_dagster_home(home)))


@cache
def keep_engines() -> None:
    """Lets this process keep the engine and a connection of each of Dagster's SQLite files.

    Dagster makes new ones for each of a run's thousands of statements, and with them goes SQLAlchemy's
    cache of compiled statements: half of what recording a run costs.
    """
    from dagster._core.storage.event_log.sqlite import sqlite_event_log
    from dagster._core.storage.runs.sqlite import sqlite_run_storage

    for module in (sqlite_event_log, sqlite_run_storage):
        module.create_engine = _kept(module.create_engine)  # pyright: ignore[reportAttributeAccessIssue]
    # It also asks SQLite with each event which tables and columns there are.
    log = sqlite_event_log.SqliteEventLogStorage
    log.has_table = _once_true(log.has_table)
    log.has_asset_key_col = _once_true(log.has_asset_key_col)
    log._has_asset_key_col_on_connection = _once_true(log._has_asset_key_col_on_connection)


def _once_true(ask: Callable[..., bool]) -> Callable[..., bool]:
    """Remembers of each event log's folder what was found there: no table or column of it goes again."""
    known: set[tuple[str, str]] = set()

    def asked(log: Any, *given: Any) -> bool:
        found = (log._base_dir, given[-1])
        if found not in known and ask(log, *given):
            known.add(found)
        return found in known

    return asked


def _kept(make: Callable[..., Engine]) -> Callable[..., Engine]:
    from sqlalchemy.pool import QueuePool

    engines: dict[str, Engine] = {}
    inodes: dict[str, int | None] = {}

    def kept(url: str, **options: Any) -> Engine:
        # A home that was removed and made again has other files under the same names.
        inode = _inode(engines[url]) if url in engines else None
        if url not in engines or inodes[url] not in (None, inode):
            engines[url] = make(url, **{**options, "poolclass": QueuePool, "pool_size": 1})
            # Dagster throws each engine away after use.
            engines[url].dispose = lambda close=True: None
        inodes[url] = _inode(engines[url])
        return engines[url]

    return kept


def _inode(engine: Engine) -> int | None:
    file = Path(str(engine.url.database))
    return file.stat().st_ino if file.exists() else None


def sweep_runs(instance: DagsterInstance, home: Home, before: datetime) -> list[str]:
    """Remove the home's runs that were made before, with their events and logs; returns their ids."""
    tags = {} if home.dagster == home.root / "dagster" else {HOME_TAG: str(home.root)}
    filters = RunsFilter(created_before=before, statuses=FINISHED, tags=tags)
    old = [run.run_id for run in instance.get_runs(filters=filters, limit=MOST_SWEPT)]
    for run_id in old:
        instance.delete_run(run_id)
        shutil.rmtree(Path(instance.storage_directory()) / run_id, ignore_errors=True)
        # Dagster empties a run's SQLite file and leaves it.
        for left in home.dagster.glob(f"history/runs/{run_id}.db*"):
            left.unlink()
    return old


def end_dead_runs(instance: DagsterInstance, home: Home, own_run_id: str) -> list[str]:
    """Marks the home's runs as failed whose process ended without saying so; returns their ids."""
    # An exported DAGSTER_HOME may hold runs of other homes, so each run is marked with its own.
    mark = {HOME_TAG: str(home.root)}
    instance.add_run_tags(own_run_id, mark)
    own_instance = home.dagster == home.root / "dagster"
    filters = RunsFilter(statuses=UNFINISHED, tags={} if own_instance else mark)
    dead = [run for run in instance.get_runs(filters=filters) if run.run_id != own_run_id]
    for run in dead:
        instance.report_run_failed(run, "The process of this run ended before the run did.")
    return [run.run_id for run in dead]
