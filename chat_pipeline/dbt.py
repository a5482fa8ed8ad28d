"""Calls to dbt: its variables, arguments and environment, and what a build or a test came to.

dbt runs inside this process (`dbtRunner`), which saves it the start of another one. Nothing here
knows a model by name, nor Dagster.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chat_pipeline.engine import memory_limit
from chat_pipeline.extract.loads import ensure_empty_load
from chat_pipeline.failing_keys import FailedTest, failed_test, keys_of
from chat_pipeline.home import Home, project_folder
from chat_pipeline.identity_state import ensure_state
from chat_pipeline.kept_tests import keep_tests, kept_tests, run_tests, still_standing
from chat_pipeline.parsing import NOBODY, location_text, parse_folder, put_in_home
from chat_pipeline.recompute import days_of, keep_built, plan, read_ledger, threads_of
from chat_pipeline.sources import discover

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from chat_pipeline.settings import Settings

Tell = Callable[[str], None]

# Statuses of dbt's run results.
BUILT = ("success", "no-op", "reused")
FAILED_TEST = ("fail", "error", "runtime error")
# Errors of DuckDB whose text quotes the value it stumbled over, which may be personal.
QUOTING_ERRORS = ("Conversion Error", "Invalid Input Error", "Constraint Error", "Out of Range Error")


@dataclass
class DbtOutcome:
    """`nodes`: dbt's unique id -> {status, seconds, message, failures, and of a failed test the keys of some failing
    rows}, as plain values for JSON. `failed`: the tests whose keys are still to be asked for."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    error: str | None = None
    failed: dict[str, FailedTest] = field(default_factory=dict)
    # SQL of the tests that dbt ran. `is_partial`: models and tests not among `nodes` stand as they were.
    compiled: dict[str, str] = field(default_factory=dict)
    is_partial: bool = False

    def broken_models(self) -> list[str]:
        return [
            unique_id
            for unique_id, node in self.nodes.items()
            if not unique_id.startswith("test.") and node["status"] not in (*BUILT, "skipped")
        ]


def failed_tests(nodes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Unique ids of the tests that failed as errors or could not be run; warnings are not among them."""
    return [
        name for name, node in nodes.items() if name.startswith("test.") and node["status"] in FAILED_TEST
    ]


def staged(project: Path | None = None) -> dict[str, dict[str, list[str]]]:
    """{kind: {entity: [platforms]}}: which conforming models exist, by listing the staging folders."""
    found: dict[str, dict[str, list[str]]] = {}
    for name, source in discover().items():
        folder = (project or project_folder()) / "models" / "staging" / name
        for model in sorted(folder.glob(f"stg_{name}__*.sql")):
            entity = model.stem.removeprefix(f"stg_{name}__")
            found.setdefault(source.kind, {}).setdefault(entity, []).append(name)
    return found


def dbt_vars(
    home: Home,
    settings: Settings,
    publication_version: str = "",
    run_id: str = "",
    recompute: dict[str, dict[str, Any]] | None = None,
) -> dict[str, Any]:
    from chat_pipeline.settings_tables import dbt_vars as settings_vars

    return {
        **settings_vars(settings),
        "recompute": recompute or {},
        "days": {name: days_of(source) for name, source in discover().items() if days_of(source)},
        "threads": {name: threads_of(source) for name, source in discover().items() if threads_of(source)},
        "raw_root": location_text(home.raw),
        "settings_root": location_text(home.settings_tables),
        "staged": staged(),
        "without_reply_times": [name for name, source in discover().items() if not source.tells_reply_times],
        "settings_hash": settings.digest(),
        "publication_version": publication_version,
        "run_id": run_id,
    }


def dbt_arguments(
    home: Home,
    settings: Settings,
    publication_version: str = "",
    run_id: str = "",
    recompute: dict[str, dict[str, Any]] | None = None,
) -> list[str]:
    """What every dbt command needs after its name."""
    return [
        *_folders(home.dbt_target, home.logs),
        "--vars",
        _json(dbt_vars(home, settings, publication_version, run_id, recompute)),
    ]


def _json(variables: dict[str, Any]) -> str:
    return json.dumps(variables, ensure_ascii=False)


def dbt_environment(home: Home, settings: Settings) -> dict[str, str]:
    """The variables that `profiles.yml` reads."""
    return {
        "CHAT_PIPELINE_WAREHOUSE": str(home.warehouse),
        "CHAT_PIPELINE_BUILD": str(home.build),
        "CHAT_PIPELINE_SPILL": str(home.dbt_target.parent / "spill"),
        "CHAT_PIPELINE_MEMORY_LIMIT": memory_limit(settings),
        "CHAT_PIPELINE_THREADS": str(min(4, os.cpu_count() or 1)),
    }


def build_models(
    home: Home,
    settings: Settings,
    *,
    select: list[str] | None = None,
    test: list[str] | None = None,
    full_refresh: bool = False,
    publication_version: str = "",
    run_id: str = "",
    standing: Set[str] = frozenset(),
    tell: Tell = lambda text: None,
) -> DbtOutcome:
    """Builds the models and then tests them, so that one failed test hides no other.

    `select` and `test` are dbt selections of models and of tests; None takes all, an empty list
    none. Tests do not run when a model broke: they would judge yesterday's table. History that
    stands is kept, and only what is new taken in, unless `full_refresh` says so or anything but the
    data changed (`recompute.py`). Then views stand as they are, and the tests in `standing`, whose results the
    caller has, of which nothing new can be told.
    """
    snapshots = dbt_vars(home, settings).get("complete_snapshots", [])
    recompute = None if full_refresh else plan(home, settings, snapshots)
    ledger = read_ledger(home)
    _prepare(home, settings, anew=full_refresh or (recompute is None and select is None))
    arguments = dbt_arguments(home, settings, publication_version, run_id, recompute)
    outcome = DbtOutcome(is_partial=recompute is not None)
    manifest = parse_project(home, settings)
    kept = kept_tests(home) if outcome.is_partial and test is None else {}
    with _environment(dbt_environment(home, settings)), _files_released():
        if select is None or select:
            build = ["build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
            build += ["--full-refresh"] if recompute is None else ["--exclude", "config.materialized:view"]
            _run(outcome, manifest, [*build, *_selection(select), *arguments], tell)
        is_sound = not outcome.error and not outcome.broken_models()
        if (test is None or test) and is_sound and not kept:
            command = ["test", "--exclude-resource-type", "unit_test"]
            _run(outcome, manifest, [*command, *_selection(test), *arguments], tell)
    if kept and is_sound:
        _run_kept(outcome, home, settings, manifest, kept, standing)
    for name, keys in keys_of(home, outcome.failed).items():
        outcome.nodes[name]["keys"] = keys
    # Else what failed is taken in once more: staging would not hold it any longer, and its test pass.
    if select is None and is_sound and not failed_tests(outcome.nodes):
        keep_built(home, settings, ledger)
    if outcome.compiled and test is None:
        keep_tests(home, outcome.compiled)
    return outcome


def _run_kept(
    outcome: DbtOutcome,
    home: Home,
    settings: Settings,
    manifest: Manifest,
    kept: dict[str, str],
    standing: Set[str],
) -> None:
    """The tests as dbt compiled them before, but those that can only say again what they said."""
    asked = kept.keys() - still_standing(home, manifest, kept.keys() & standing)
    tests = {name: manifest.nodes[name] for name in sorted(asked)}
    for name, test in tests.items():
        test.compiled_code = kept[name]  # pyright: ignore[reportAttributeAccessIssue]
    for name, result in run_tests(home, settings, tests).items():
        outcome.nodes[name] = {**result, "message": describe(result["message"])}
        if result["failures"]:
            outcome.failed[name] = failed_test(tests[name], manifest)


def run_unit_tests(home: Home, settings: Settings) -> DbtOutcome:
    """Runs the models' unit tests in a home that was built once: dbt takes the inputs' types from its tables.
    For developers, after a change of a model; no sync runs them."""
    outcome = DbtOutcome()
    manifest = parse_project(home, settings)
    with _environment(dbt_environment(home, settings)), _files_released():
        _run(
            outcome,
            manifest,
            ["test", "--resource-type", "unit_test", *dbt_arguments(home, settings)],
            lambda text: None,
        )
    return outcome


def write_settings_tables(home: Home, settings: Settings) -> None:
    from chat_pipeline.settings_tables import write_tables

    home.settings_tables.mkdir(parents=True, exist_ok=True)
    write_tables(settings, home.settings_tables, home.root)


def _folders(target: Path, logs: Path) -> list[str]:
    project = str(project_folder())
    return [
        *("--project-dir", project, "--profiles-dir", project),
        *("--target-path", str(target), "--log-path", str(logs)),
    ]


def _selection(names: list[str] | None) -> list[str]:
    return ["--select", *names] if names is not None else []


def _prepare(home: Home, settings: Settings, *, anew: bool) -> None:
    """All that dbt reads, and the databases gone if they are to be built `anew`."""
    for file in (home.warehouse, home.build) if anew else ():
        file.unlink(missing_ok=True)
        file.with_name(file.name + ".wal").unlink(missing_ok=True)
    for folder in (home.dbt_target, home.logs):
        folder.mkdir(parents=True, exist_ok=True)
    write_settings_tables(home, settings)
    ensure_state(home.state / "customers")
    for source in discover().values():
        ensure_empty_load(home, source)


def parse_project(home: Home, settings: Settings) -> Manifest:
    """The project parsed, and `manifest.json` in the home's dbt target. Without the values that
    differ from run to run, so that dbt's own cache of the parse holds."""
    manifest = put_in_home(_parse(settings, home.logs), home)
    _write_manifest(manifest, home.dbt_target / "manifest.json")
    return manifest


def _parse(settings: Settings, logs: Path) -> Manifest:
    """The project parsed as that of a home of no one."""
    variables = dbt_vars(NOBODY, settings)
    with _environment(dbt_environment(NOBODY, settings)), parse_folder(variables) as folder:
        result = _invoke(["parse", *_folders(folder, logs), "--vars", _json(variables)])
    if not result.success:
        raise DbtError(f"dbt could not parse the project: {describe(str(result.exception))}")
    return result.result  # `parse` gives a manifest


def document(settings: Settings, folder: Path) -> Path:
    """dbt's documentation of the project in one page, made in `folder`; it names no home and opens no
    database, hence without the catalog."""
    manifest = _parse(settings, folder)
    _write_manifest(manifest, folder / "manifest.json")
    arguments = ["docs", "generate", "--static", "--no-compile", "--empty-catalog"]
    variables = ["--vars", _json(dbt_vars(NOBODY, settings))]
    with _environment(dbt_environment(NOBODY, settings)), _files_released():
        result = _invoke([*arguments, *_folders(folder, folder), *variables], manifest)
    if not result.success:
        raise DbtError(f"dbt could not document the project: {describe(str(result.exception))}")
    return folder / "static_index.html"


def _write_manifest(manifest: Manifest, path: Path) -> None:
    """As dbt writes it, in a tenth of the time: in one piece. No call of dbt writes its own (`_invoke`)."""
    from dbt_common.utils.encoding import JSONEncoder

    artifact = manifest.writable_manifest().to_dict(omit_none=False, context={"artifact": True})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(artifact, cls=JSONEncoder), encoding="utf-8")


class DbtError(Exception):
    """dbt did not come to building anything."""


def _run(outcome: DbtOutcome, manifest: Manifest, arguments: list[str], tell: Tell) -> None:
    result = _invoke(arguments, manifest, tell)
    for node in getattr(result.result, "results", None) or []:
        outcome.nodes[node.node.unique_id] = {
            "status": str(node.status),
            "seconds": round(node.execution_time, 3),
            "message": describe(node.message or ""),
            "failures": node.failures,
        }
        if node.node.unique_id.startswith("test."):
            outcome.compiled[node.node.unique_id] = node.node.compiled_code
            if node.failures:
                outcome.failed[node.node.unique_id] = failed_test(node.node, manifest)
    if result.exception is not None:
        if isinstance(result.exception, (KeyboardInterrupt, SystemExit)):
            raise result.exception
        outcome.error = describe(str(result.exception))


def _invoke(arguments: list[str], manifest: Manifest | None = None, tell: Tell | None = None) -> Any:
    from dbt.cli.main import dbtRunner

    def heard(event: Any) -> None:
        if tell and event.info.name in ("LogModelResult", "LogSeedResult", "LogSnapshotResult"):
            tell(event.info.msg)

    quiet = ["--log-level", "none", "--no-use-colors", "--no-send-anonymous-usage-stats", "--no-write-json"]
    return dbtRunner(manifest=manifest, callbacks=[heard]).invoke([*quiet, *arguments])


def describe(message: str) -> str:
    """dbt's message without values from the data, at most 600 characters."""
    for kind in QUOTING_ERRORS:
        if kind in message:
            return f"{message[: message.index(kind)].strip()} {kind} (the value is not shown here)".strip()
    return message.strip()[:600]


@contextmanager
def _files_released() -> Iterator[None]:
    """Closes the databases afterwards: the next step of this process opens them with other options."""
    try:
        yield
    finally:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        if DuckDBConnectionManager._ENV is not None:
            DuckDBConnectionManager._ENV.close()
        DuckDBConnectionManager.close_all_connections()


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Sets variables for the time of a dbt call; `profiles.yml` can be told in no other way."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
