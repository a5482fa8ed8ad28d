"""When the pipeline runs by itself, and who is told what became of it: job, schedule, sensors."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from dagster import (
    AssetSelection,
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunRequest,
    RunStatusSensorContext,
    ScheduleDefinition,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    in_process_executor,
    run_status_sensor,
    sensor,
)

from chat_pipeline.assets.warehouse import NIGHTLY
from chat_pipeline.dbt import describe
from chat_pipeline.notices import tell
from chat_pipeline.resources import TELLS_ITSELF, found_home
from chat_pipeline.settings import Settings
from chat_pipeline.status import stale_marts
from chat_pipeline.store import exports_at

nightly_sync = define_asset_job(
    NIGHTLY,
    selection=AssetSelection.all(),
    executor_def=in_process_executor,
    description="Exports to raw, raw to marts, marts to analytics, and everything published.",
)


def nightly_schedule(settings: Settings) -> ScheduleDefinition:
    return ScheduleDefinition(
        name="nightly",
        job=nightly_sync,
        cron_schedule=settings.schedule.nightly,
        execution_timezone=settings.shop.time_zone,
        default_status=DefaultScheduleStatus.RUNNING,
    )


@sensor(
    job=nightly_sync,
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.STOPPED,
    description="Starts a sync when new exports have arrived and none has changed between two looks.",
)
def new_exports(context: SensorEvaluationContext) -> RunRequest | SkipReason:
    home, settings = found_home()
    before = json.loads(context.cursor or "{}")
    seen = exports_at(home, settings)
    context.update_cursor(json.dumps({"seen": seen, "synced": before.get("synced")}))
    if seen == before.get("synced"):
        return SkipReason("no new files")
    if seen != before.get("seen"):
        return SkipReason("files are arriving: looking again at the next tick")
    context.update_cursor(json.dumps({"seen": seen, "synced": seen}))
    return RunRequest(run_key=seen)


def notice_sensor(status: DagsterRunStatus) -> SensorDefinition:
    """Tells of each nightly run that failed, and of each that ended well with something to look at."""

    @run_status_sensor(
        name=f"notice_of_{status.value.lower()}",
        run_status=status,
        monitored_jobs=[nightly_sync],
        default_status=DefaultSensorStatus.RUNNING,
    )
    def notice(context: RunStatusSensorContext) -> SkipReason | None:
        run = context.dagster_run
        if TELLS_ITSELF in run.tags:
            return SkipReason("the command that started this run has told of it")
        home, settings = found_home()
        failures, checks = run_problems(context.instance, run.run_id)
        undelivered = tell(home, settings, failures=failures, failed_checks=checks, run_id=run.run_id)
        for line in undelivered:
            context.log.error(line)
        return None

    return notice


@sensor(
    minimum_interval_seconds=3600,
    default_status=DefaultSensorStatus.RUNNING,
    description="Tells of marts that no sync has renewed for longer than settings expect.",
)
def notice_of_stale_marts(context: SensorEvaluationContext) -> SkipReason:
    home, settings = found_home()
    at = datetime.now(UTC).replace(tzinfo=None)
    late = stale_marts(home, settings, at)
    for line in tell(home, settings, at=at) if late else []:
        context.log.error(line)
    return SkipReason("; ".join(late) or "the marts are as new as expected")


def run_problems(instance: DagsterInstance, run_id: str) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """(failure texts, {"source/table: check": {severity, description}}) of a run, from its event log."""
    failures = [
        f"{event.step_key}: {_failure_text(event.step_failure_data)}"
        for event in _events(instance, run_id, DagsterEventType.STEP_FAILURE)
    ]
    if not failures:
        # No step began: the home is held by another sync, or takes no files.
        ended = _events(instance, run_id, DagsterEventType.RUN_FAILURE)
        failures = [
            _innermost(event.job_failure_data.error) if event.job_failure_data.error else str(event.message)
            for event in ended
        ]
    checks = {}
    for event in _events(instance, run_id, DagsterEventType.ASSET_CHECK_EVALUATION):
        found = event.asset_check_evaluation_data
        if not found.passed:
            name = f"{found.asset_key.to_user_string()}: {found.check_name}"
            checks[name] = {"severity": found.severity.value, "description": found.description or ""}
    return failures, checks


def _events(instance: DagsterInstance, run_id: str, kind: DagsterEventType) -> list[Any]:
    return [entry.dagster_event for entry in instance.all_logs(run_id, of_type=kind)]


def _failure_text(data: Any) -> str:
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    if not data.error:
        return "failed"
    return _innermost(data.error)


def _innermost(error: Any) -> str:
    """Dagster wraps what was raised; the innermost error says what is wrong."""
    while error.cause:
        error = error.cause
    return describe(error.message.strip())
