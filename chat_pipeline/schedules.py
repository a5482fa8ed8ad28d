"""When the pipeline runs by itself, and who is told what became of it: job, schedule, sensors."""

from __future__ import annotations

import json
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
from chat_pipeline.news import exports_digest
from chat_pipeline.resources import found_home
from chat_pipeline.settings import Settings

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
    home, _ = found_home()
    before = json.loads(context.cursor or "{}")
    seen = exports_digest(home)
    context.update_cursor(json.dumps({"seen": seen, "synced": before.get("synced")}))
    if seen == before.get("synced"):
        return SkipReason("no new files")
    if seen != before.get("seen"):
        return SkipReason("files are arriving: looking again at the next tick")
    context.update_cursor(json.dumps({"seen": seen, "synced": seen}))
    return RunRequest(run_key=seen)


def notice_sensor(status: DagsterRunStatus) -> SensorDefinition:
    """Tells of each nightly run that failed, and of each that ended well with failed checks."""

    @run_status_sensor(
        name=f"notice_of_{status.value.lower()}",
        run_status=status,
        monitored_jobs=[nightly_sync],
        default_status=DefaultSensorStatus.RUNNING,
    )
    def notice(context: RunStatusSensorContext) -> SkipReason | None:
        told = run_notice(context.instance, context.dagster_run.run_id)
        if not told:
            return SkipReason("nothing to tell")
        home, _ = found_home()
        home.logs.mkdir(parents=True, exist_ok=True)
        with (home.logs / "notices.log").open("a", encoding="utf-8") as log:
            log.write(told + "\n")
        context.log.error(told)
        return None

    return notice


def run_notice(instance: DagsterInstance, run_id: str) -> str:
    """What somebody should know of a run: its failure and its failed checks; empty if all is well."""
    failures, checks = run_problems(instance, run_id)
    lines = [f"run {run_id}:", *failures, *(f"failed check {name}" for name in checks)]
    return "\n  ".join(lines) if len(lines) > 1 else ""


def run_problems(instance: DagsterInstance, run_id: str) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """(failure texts, {"source/table: check": {severity, description}}) of a run, from its event log."""
    failures = [
        f"{event.step_key}: {_failure_text(event.step_failure_data)}"
        for event in _events(instance, run_id, DagsterEventType.STEP_FAILURE)
    ]
    if not failures:
        failures = [str(event.message) for event in _events(instance, run_id, DagsterEventType.RUN_FAILURE)]
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
    # Dagster wraps what was raised; the innermost error says what is wrong.
    error = data.error
    while error.cause:
        error = error.cause
    return describe(error.message.strip())
