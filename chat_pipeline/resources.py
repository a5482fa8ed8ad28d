"""What the steps of a run share: the home, its settings, and the home's lock for the whole run.

Also the home's Dagster instance, and the runs in it whose process is gone. No rule about data here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    Field,
    InitResourceContext,
    ResourceDefinition,
    RunsFilter,
    resource,
)

from chat_pipeline.dagster_home import prepare_dagster_home, spare_the_disk
from chat_pipeline.demo_mark import refuse_foreign_exports
from chat_pipeline.home import Home, find_home
from chat_pipeline.lock import home_lock
from chat_pipeline.news import exports_digest, marts_stand
from chat_pipeline.settings import Settings, load_settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

# Where the steps' progress goes beside Dagster's own log; the CLI listens.
PROGRESS = logging.getLogger("chat_pipeline.progress")

HOME_TAG = "chat_pipeline/home"
UNFINISHED = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]


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
        refuse_foreign_exports(home)
        spare_the_disk()
        keep_engines()
        with home_lock(home):
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
            )

    return sync


def found_home() -> tuple[Home, Settings]:
    """The home that this process was started for, with its settings."""
    home = find_home()
    return home, load_settings(home.settings_file if home.settings_file.is_file() else None)


def home_instance(home: Home) -> DagsterInstance:
    """The Dagster instance in which the home's runs are recorded."""
    spare_the_disk()
    keep_engines()
    return DagsterInstance.from_config(str(prepare_dagster_home(home)))


@cache
def keep_engines() -> None:
    """Lets this process keep the engine of each of Dagster's SQLite files.

    Dagster makes a new one for each of a run's thousands of statements, and with it goes SQLAlchemy's
    cache of compiled statements: a third of what recording a run costs. The engines pool nothing.
    """
    from dagster._core.storage.event_log.sqlite import sqlite_event_log
    from dagster._core.storage.runs.sqlite import sqlite_run_storage

    for module in (sqlite_event_log, sqlite_run_storage):
        module.create_engine = _kept(module.create_engine)  # pyright: ignore[reportAttributeAccessIssue]


def _kept(make: Callable[..., Engine]) -> Callable[..., Engine]:
    engines: dict[str, Engine] = {}

    def kept(url: str, **options: Any) -> Engine:
        if url not in engines:
            engines[url] = make(url, **options)
        return engines[url]

    return kept


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
