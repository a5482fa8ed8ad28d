"""One nightly run in this process, recorded in the home's Dagster instance; used by `chat-pipeline sync`.

Dagster is touched only through the wiring, and imported only here where a run begins.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chat_pipeline.home import Home
from chat_pipeline.lock import HomeBusy, home_lock
from chat_pipeline.news import is_left_undone, marts_stand, nothing_arrived, standing_failures
from chat_pipeline.publish import current_publication, mark_synced
from chat_pipeline.settings import Settings
from chat_pipeline.store import hold

JOB = "nightly_sync"
# How the webserver knows whose run it is: repository@code location (see workspace.yaml).
ORIGIN = {".dagster/repository": "__repository__@chat_pipeline.definitions"}


@dataclass(frozen=True)
class RunOutcome:
    """What became of a run. `version`: of the publication that stands afterwards, None if there is
    none; `published`: this run made it; `failures`: why the run failed, by step; `failed_checks`:
    {"source/table: check": {"severity", "description"}}, also of a run that ended well."""

    run_id: str
    success: bool
    published: bool
    version: int | None
    failures: list[str] = field(default_factory=list)
    failed_checks: dict[str, dict[str, Any]] = field(default_factory=dict)


def quiet_night(home: Home, settings: Settings) -> RunOutcome | None:
    """What a run would come to where nothing is new, told without one; None if there is something to do.

    Raises `HomeBusy` when another run holds the home, StoreError.
    """
    with hold(home, settings) as store:
        now = datetime.now(UTC).replace(tzinfo=None)
        if not nothing_arrived(home) or is_left_undone(home) or not marts_stand(home, settings, now):
            return None
        # Where a run was killed before all of it went there.
        store.send_raw()
        store.send_parquet()
        mark_synced(home)
        return RunOutcome("", True, False, _version(home), failed_checks=standing_failures(home))


def run_nightly(
    home: Home,
    settings: Settings,
    *,
    full_refresh: bool = False,
    reload: tuple[str, ...] = (),
    progress: Callable[[str], None] | None = None,
) -> RunOutcome:
    """Runs job `nightly_sync` to its end. Raises `HomeBusy` when another run holds the home."""
    with home_lock(home):  # told before a run is recorded; the run takes the lock for itself
        pass
    from chat_pipeline.definitions import defs
    from chat_pipeline.resources import TELLS_ITSELF, home_instance, sync_resource
    from chat_pipeline.schedules import run_problems

    before = _version(home)
    job = defs.resolve_job_def(JOB)
    with home_instance(home) as instance, _heard(progress):
        result = job.execute_in_process(
            instance=instance,
            run_config={
                "resources": {"sync": {"config": {"full_refresh": full_refresh, "reload": list(reload)}}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
            resources={"sync": sync_resource(lambda: (home, settings))},
            tags={**ORIGIN, TELLS_ITSELF: "yes"},
            raise_on_error=False,
        )
        failures, checks = run_problems(instance, result.run_id)
    if any("HomeBusy" in failure for failure in failures):
        raise HomeBusy("another sync took hold of the home at the same moment")
    version = _version(home)
    return RunOutcome(result.run_id, result.success, version != before, version, failures, checks)


def _version(home: Home) -> int | None:
    publication = current_publication(home)
    return publication.version if publication else None


@contextmanager
def _heard(progress: Callable[[str], None] | None) -> Iterator[None]:
    """Hands what the steps tell to `progress`."""
    from chat_pipeline.resources import PROGRESS

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if progress:
                progress(record.getMessage())

    listener = Listener()
    level, propagate = PROGRESS.level, PROGRESS.propagate
    PROGRESS.addHandler(listener)
    PROGRESS.setLevel(logging.INFO)
    PROGRESS.propagate = False
    try:
        yield
    finally:
        PROGRESS.removeHandler(listener)
        PROGRESS.setLevel(level)
        PROGRESS.propagate = propagate
