"""Each source as a multi-asset: its raw tables, its expectations as checks, and the check `extracted`."""

import json
import traceback
from collections.abc import Iterator, Set
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    multi_asset,
)

from chat_pipeline.disk import is_of_the_machine
from chat_pipeline.extract import CheckReport, ExtractReport, declared_checks, extract_source
from chat_pipeline.resources import Sync
from chat_pipeline.source import Source, UnreadableFile
from chat_pipeline.sources import discover
from chat_pipeline.standing import keep, standing
from chat_pipeline.status import stale_accounts
from chat_pipeline.suites import EXTRACTED, FRESH

Events = Iterator[MaterializeResult | AssetCheckResult]
ATTEMPTS = 2
# By these, a list of runs says which of them brought what.
NEWS_TAG = "chat_pipeline/new_in_"
SAID = {"new": "new", "held": "held", "unreadable": "unreadable", "not_of_this_kind": "no export of it"}


def raw_assets(own: Path | None = None) -> list[AssetsDefinition]:
    """Every source; `own` is the folder of a home's own expectations."""
    return [source_assets(source, own) for source in discover().values()]


def source_assets(source: Source, own: Path | None = None) -> AssetsDefinition:
    """The raw tables of a source, extracted together. Never raises for what the exports hold."""

    @multi_asset(
        name=f"extract_{source.name}",
        group_name=source.name,
        specs=_table_specs(source),
        check_specs=_check_specs(source, own),
        required_resource_keys={"sync"},
        can_subset=True,
    )
    def extract(context: AssetExecutionContext) -> Events:
        sync: Sync = context.resources.sync
        report = extracted_report(sync, source)
        if report.error:
            context.log.error(f"{source.name}: {report.error}")
        sync.tell(summary(report))
        if tag := news_tag(report):
            context.instance.add_run_tags(context.run_id, {f"{NEWS_TAG}{source.name}": tag})
        wanted_checks = {(key.asset_key, key.name) for key in context.selected_asset_check_keys}
        yield from table_events(source, report, context.selected_asset_keys)
        for result in [*check_events(source, report, sync.home.expectations), fresh_event(sync, source)]:
            if (result.asset_key, result.check_name) in wanted_checks:
                yield result

    return extract


def extracted_report(sync: Sync, source: Source) -> ExtractReport:
    """The extraction's report; a source that raises gets one with `error` and its standing checks."""
    error = ""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            report = extract_source(sync.home, sync.settings, source, reload=sync.reload)
            break
        except Exception as problem:  # a source must not keep the others, nor dbt, from running
            error = _told(problem)
            if not isinstance(problem, OSError) or attempt == ATTEMPTS:
                report = ExtractReport(source=source.name, error=error)
                break
    if report.error:
        sync.failed_sources.append(source.name)
        report.checks = _standing_checks(sync, source) + report.checks
    else:
        keep(sync.home, f"raw/{source.name}", {"checks": [vars(check) for check in report.checks]})
    return report


def table_events(
    source: Source, report: ExtractReport, selected: Set[AssetKey]
) -> Iterator[MaterializeResult]:
    for table in source.tables:
        if AssetKey([source.name, table.name]) in selected:
            yield MaterializeResult(
                asset_key=[source.name, table.name], metadata=_table_metadata(report, table.name)
            )


def check_events(
    source: Source, report: ExtractReport, own: Path | None = None
) -> Iterator[AssetCheckResult]:
    """`extracted`, and the standing result of every declared expectation."""
    yield AssetCheckResult(
        asset_key=AssetKey(_extracted_key(source)),
        check_name=EXTRACTED,
        passed=report.error is None,
        severity=AssetCheckSeverity.ERROR,
        description=report.error,
        metadata={"files": report.counts(), "seconds": round(report.seconds, 3)},
    )
    reports = {(check.table, check.name): check for check in report.checks}
    for declared in declared_checks(source, own):
        found = reports.get((declared.table, declared.name))
        yield _check_result(source, found or _not_evaluated(declared))


def fresh_event(sync: Sync, source: Source) -> AssetCheckResult:
    """Whether the source's newest data are as new as settings expect (`expect_every`)."""
    late = stale_accounts(sync.home, sync.settings, source, datetime.now(UTC).replace(tzinfo=None))
    return AssetCheckResult(
        asset_key=AssetKey(_extracted_key(source)),
        check_name=FRESH,
        passed=not late,
        severity=AssetCheckSeverity.WARN,
        description="; ".join(late) or None,
    )


def summary(report: ExtractReport) -> str:
    counts = {name: number for name, number in report.counts().items() if number and name != "unchanged"}
    files = ", ".join(f"{number} {name}" for name, number in counts.items()) or "no new files"
    rows = sum(table["loaded"] for table in report.rows.values())
    failed = f"; failed: {report.error}" if report.error else ""
    return f"{report.source}: {files}; {rows:,} rows loaded in {report.seconds:.1f} s{failed}"


def news_tag(report: ExtractReport) -> str:
    """Files new, held and unreadable and rows loaded, for the run's tags; empty if there was nothing."""
    if report.error:
        return "failed"
    counts = report.counts()
    told = [f"{counts[name]} {word}" for name, word in SAID.items() if counts[name]]
    rows = {name: sum(table[name] for table in report.rows.values()) for name in ("loaded", "quarantined")}
    told += [f"{rows['loaded']} rows"] if told else []
    told += [f"{rows['quarantined']} set aside"] if rows["quarantined"] else []
    return ", ".join(told)


def _table_specs(source: Source) -> list[AssetSpec]:
    return [
        AssetSpec(
            key=[source.name, table.name],
            description=table.description,
            kinds={"parquet"},
            metadata={"source kind": source.kind, "a newer delivery replaces": table.replaces},
        )
        for table in source.tables
    ]


def _check_specs(source: Source, own: Path | None) -> list[AssetCheckSpec]:
    extracted = AssetCheckSpec(
        name=EXTRACTED,
        asset=_extracted_key(source),
        description=f"The extraction of {source.name} came to its end.",
    )
    fresh = AssetCheckSpec(
        name=FRESH,
        asset=_extracted_key(source),
        description="The newest data are no older than `expect_every` of the settings.",
    )
    return [extracted, fresh] + [
        AssetCheckSpec(name=check.name, asset=[source.name, check.table], description=check.description)
        for check in declared_checks(source, own)
    ]


def _extracted_key(source: Source) -> list[str]:
    return [source.name, source.tables[0].name]


def _check_result(source: Source, check: CheckReport) -> AssetCheckResult:
    critical = check.severity == "critical"
    return AssetCheckResult(
        asset_key=AssetKey([source.name, check.table]),
        check_name=check.name,
        passed=check.passed,
        severity=AssetCheckSeverity.ERROR if critical else AssetCheckSeverity.WARN,
        metadata={name: _readable(value) for name, value in check.metadata.items()},
    )


def _readable(value: Any) -> Any:
    """Counts by name and lists of records as a line of text: Dagster hides JSON behind a click."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {entry}" for name, entry in value.items())
    if isinstance(value, list) and value:
        return "; ".join(_readable(entry) if isinstance(entry, dict) else str(entry) for entry in value)
    return json.loads(json.dumps(value, default=str))


def _not_evaluated(declared: Any) -> CheckReport:
    """Only where a source failed before its first load: no result is no passed check."""
    return CheckReport(
        table=declared.table,
        name=declared.name,
        severity="warning",
        description=declared.description,
        passed=False,
        metadata={"evaluated": "never: the extraction of this source has not succeeded yet"},
    )


def _standing_checks(sync: Sync, source: Source) -> list[CheckReport]:
    kept = standing(sync.home, f"raw/{source.name}").get("checks", [])
    return [CheckReport(**check) for check in kept]


def _table_metadata(report: ExtractReport, table: str) -> dict[str, Any]:
    counts = report.counts()
    rows = report.rows.get(table, {})
    return {
        "files new": counts["new"],
        "files held": counts["held"],
        "files unreadable": counts["unreadable"],
        "rows": rows,
        "seconds": round(report.seconds, 3),
        "drift": report.drift.get(table, []),
        "load": report.load if report.load is not None else "none: nothing new",
    }


def _told(problem: Exception) -> str:
    """The error without values from files: its own text only where that names paths or what we wrote."""
    frames = traceback.extract_tb(problem.__traceback__)
    ours = [frame for frame in frames if "chat_pipeline" in frame.filename] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    text = (
        f": {problem}" if isinstance(problem, (OSError, UnreadableFile)) or is_of_the_machine(problem) else ""
    )
    return f"{type(problem).__name__}{text} (at {place})"
