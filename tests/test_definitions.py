"""The wiring: what Dagster shows, and what a run says when something goes wrong or nothing is new.

The stations themselves are replaced here; they have tests of their own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

import duckdb
import pytest
import yaml
from dagster import DagsterInstance

from chat_pipeline import news, resources
from chat_pipeline import run as runs
from chat_pipeline.analytics import discover as analytics_tables
from chat_pipeline.assets import analytics, publish, raw, report, warehouse
from chat_pipeline.dbt import DbtOutcome, describe, parse_project, staged
from chat_pipeline.definitions import defs
from chat_pipeline.digest import WrittenDigest
from chat_pipeline.extract import declared_checks
from chat_pipeline.fingerprint import PUBLICATION_FILE
from chat_pipeline.home import Home, project_folder
from chat_pipeline.lock import HomeBusy, home_lock
from chat_pipeline.manifest import project_manifest
from chat_pipeline.parsing import location_text
from chat_pipeline.publish import Publication
from chat_pipeline.report import ExtractReport, FileReport
from chat_pipeline.reporting import WrittenReport
from chat_pipeline.sentiment.scoring import SCORING, Outcome
from chat_pipeline.settings import load_settings
from chat_pipeline.sources import discover
from chat_pipeline.standing import keep
from chat_pipeline.workbook import WrittenWorkbook

ROOT = Path(__file__).resolve().parents[1]
MANIFEST = project_manifest()
SOURCES = discover()
FIRST = next(iter(SOURCES))


def paths() -> set[tuple[str, ...]]:
    return {tuple(key.path) for key in defs.resolve_all_asset_keys()}


# What Dagster shows


def test_assets_are_what_the_folders_hold():
    raw_keys = {(source.name, table.name) for source in SOURCES.values() for table in source.tables}
    models = {
        (file.relative_to(project_folder() / "models").parts[0], file.stem)
        for file in (project_folder() / "models").rglob("*")
        if file.suffix in (".sql", ".py")
    }
    tables = {("analytics", name) for name in analytics_tables()}
    published = {("publish", name) for name in ("marts", "report", "workbook", "digest")}
    assert raw_keys | models | tables | published <= paths()
    materializable = {tuple(key.path) for key in defs.resolve_asset_graph().materializable_asset_keys}
    assert materializable == raw_keys | models | tables | published


def test_every_expectation_and_dbt_test_is_a_check():
    found = {(*key.asset_key.path, key.name) for key in defs.resolve_asset_graph().asset_check_keys}
    expected = {(s.name, c.table, c.name) for s in SOURCES.values() for c in declared_checks(s)}
    expected |= {(s.name, s.tables[0].name, own) for s in SOURCES.values() for own in ("extracted", "fresh")}
    assert expected <= found
    tests = {node["name"] for name, node in MANIFEST["nodes"].items() if name.startswith("test.")}
    assert tests == {name for layer, _, name in found if layer not in (*SOURCES, "analytics", "publish")}
    assert ("analytics", "message_sentiment", "scored") in found
    for name in ("report", "workbook", "digest"):
        assert ("publish", name, "written") in found


def test_the_nightly_job_holds_every_asset_and_check():
    job = defs.resolve_job_def("nightly_sync")
    graph = defs.resolve_asset_graph()
    assert set(job.asset_layer.executable_asset_keys) == set(graph.materializable_asset_keys)
    assert set(job.asset_layer.asset_graph.asset_check_keys) == set(graph.asset_check_keys)
    schedule = defs.resolve_schedule_def("nightly")
    settings = load_settings(None)
    assert schedule.default_status.value == "RUNNING"
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 4 * * *", settings.shop.time_zone)
    assert defs.resolve_sensor_def("new_exports").default_status.value == "STOPPED"


def test_publish_comes_after_every_mart_and_table():
    graph = defs.resolve_asset_graph()
    key = next(key for key in graph.materializable_asset_keys if key.path == ["publish", "marts"])
    parents = {tuple(parent.path) for parent in graph.get(key).parent_keys}
    assert parents == {path for path in paths() if path[0] in ("marts", "analytics")}


def test_importing_needs_no_home_and_no_heavy_module(tmp_path):
    home = tmp_path / "nowhere"
    code = (
        "import socket, sys\n"
        "def refuse(*_): raise AssertionError('the network was used')\n"
        "socket.socket.connect = refuse\n"
        "import chat_pipeline.definitions\n"
        "print([m for m in ('altair', 'great_expectations', 'openpyxl', 'pandas', 'scipy', 'sklearn', 'vl_convert') if m in sys.modules])\n"
    )
    environment = {**os.environ, "CHAT_PIPELINE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
    assert not home.exists()


# What a run says


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def recorded_stations(home, monkeypatch):
    """The stations replaced: what each returns can be changed, and how often it was called is counted."""
    return Stations(home, monkeypatch)


@pytest.fixture
def stations(recorded_stations, monkeypatch):
    """The same, its runs kept in memory: a thousand events a run take their time on a disk."""
    with DagsterInstance.ephemeral() as instance:
        monkeypatch.setattr(resources, "home_instance", lambda home: nullcontext(instance))
        yield recorded_stations


class Stations:
    def __init__(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home, self.patch = home, monkeypatch
        self.fingerprint = "one"
        self.problem: dict[str, Exception] = {}
        self.failing: set[str] = set()
        self.nodes: dict[str, dict[str, object]] = {}
        self.reports = self.digests = 0
        self.undelivered = ""
        self.calls = {"extract": 0, "dbt": 0, "analytics": 0, "publish": 0}
        monkeypatch.delenv("DAGSTER_HOME", raising=False)
        monkeypatch.setattr(raw, "extract_source", self.extract)
        monkeypatch.setattr(warehouse, "build_models", self.build)
        monkeypatch.setattr(analytics, "build_tables", self.tables)
        monkeypatch.setattr(publish, "publish", self.publish)
        monkeypatch.setattr(report, "write_report", self.report)
        monkeypatch.setattr(report, "write_workbook", self.workbook)
        monkeypatch.setattr(report, "write_and_send", self.digest)
        monkeypatch.setattr(warehouse, "fingerprint", lambda home, settings: self.fingerprint)
        monkeypatch.setattr(publish, "fingerprint", lambda home, settings: self.fingerprint)
        monkeypatch.setattr(news, "fingerprint", lambda home, settings: self.fingerprint)

    def extract(self, home, settings, source, *, reload=()):
        self.calls["extract"] += 1
        if source.name in self.problem:
            raise self.problem[source.name]
        checks = declared_checks(source)
        for check in checks:
            check.passed = f"{source.name}.{check.table}.{check.name}" not in self.failing
        files = [FileReport("a.json", "loaded", tables={source.tables[0].name: {"read": 3, "loaded": 3}})]
        return ExtractReport(source.name, load=1, files=files, checks=checks, drift={}, seconds=0.5)

    def build(self, home, settings, **_):
        self.calls["dbt"] += 1
        nodes = {}
        for name in MANIFEST["nodes"]:
            status = "pass" if name.startswith("test.") else "success"
            nodes[name] = {
                "status": status,
                "seconds": 0.1,
                "message": "",
                "failures": None,
                **self.nodes.get(name, {}),
            }
        return DbtOutcome(nodes)

    def tables(self, sync, selected):
        self.calls["analytics"] += 1
        shown = {"chart": "![Rows](data:image/svg+xml;base64,)"}
        built = {name: {"rows": 1, "seconds": 0.1, "shown": shown} for name in selected}
        analytics._keep(sync, built)
        return built, {}

    def publish(self, home, settings, run_id, send):
        self.calls["publish"] += 1
        version = self.calls["publish"]
        folder = home.marts / "versions" / str(version)
        folder.mkdir(parents=True)
        record = {"version": version, "run_id": run_id, "published_at": "", "fingerprint": self.fingerprint}
        record |= {"folder": f"versions/{version}", "rows": {"marts.fct_messages": 1}}
        (folder / PUBLICATION_FILE).write_text(json.dumps(record))
        home.current.unlink(missing_ok=True)
        home.current.symlink_to(folder)
        return Publication(**{**record, "folder": folder})

    def report(self, home, settings):
        self.reports += 1
        if "report" in self.problem:
            raise self.problem["report"]
        home.reports.mkdir(exist_ok=True)
        path = home.reports / "latest.html"
        path.touch()
        keep(home, "report", {"version": self.calls["publish"], "path": str(path), "problem": ""})
        return WrittenReport(path, self.calls["publish"], 1, 0.5, 0)

    def workbook(self, home, settings):
        home.reports.mkdir(exist_ok=True)
        path = home.reports / "latest.xlsx"
        path.touch()
        return WrittenWorkbook(path, self.calls["publish"], 1, 0.5, {"Weeks": 3}, 41, {}, ["segments"])

    def digest(self, home, settings):
        self.digests += 1
        home.reports.mkdir(exist_ok=True)
        path = home.reports / "digest.html"
        path.touch()
        return WrittenDigest(path, self.calls["publish"], 0.5, "not sent", self.undelivered)

    def sync(self, **arguments):
        return runs.run_nightly(self.home, load_settings(None), **arguments)


def spoken(home: Home, run_id: str) -> tuple[set[str], set[str]]:
    """Assets materialised and checks evaluated in a run."""
    with resources.home_instance(home) as instance:
        events = [entry.dagster_event for entry in instance.all_logs(run_id) if entry.dagster_event]
    assets = {e.asset_key.to_user_string() for e in events if e.event_type_value == "ASSET_MATERIALIZATION"}
    found = [e.asset_check_evaluation_data for e in events if e.event_type_value == "ASSET_CHECK_EVALUATION"]
    return assets, {f"{c.asset_key.to_user_string()}:{c.check_name}" for c in found}


def everything() -> tuple[set[str], set[str]]:
    graph = defs.resolve_asset_graph()
    assets = {key.to_user_string() for key in graph.materializable_asset_keys}
    return assets, {f"{key.asset_key.to_user_string()}:{key.name}" for key in graph.asset_check_keys}


@pytest.mark.slow
def test_every_asset_and_check_speaks_also_when_nothing_is_new(stations):
    first = stations.sync()
    assert (first.success, first.published, first.version) == (True, True, 1)
    second = stations.sync()
    assert (second.success, second.published, second.version) == (True, False, 1)
    assert stations.calls == {"extract": 2 * len(SOURCES), "dbt": 1, "analytics": 1, "publish": 1}
    for outcome in (first, second):
        assert spoken(stations.home, outcome.run_id) == everything()
        with resources.home_instance(stations.home) as instance:
            tags = instance.get_run_by_id(outcome.run_id).tags
        assert tags[f"{raw.NEWS_TAG}{FIRST}"] == "1 new, 3 rows"
    third = stations.sync(full_refresh=True)
    assert (third.published, stations.calls["dbt"]) == (True, 2)


@pytest.mark.slow
def test_troubles_of_sources_and_warnings_stay_red_and_stop_nobody(stations):
    test = next(name for name in MANIFEST["nodes"] if name.startswith("test."))
    last = list(SOURCES)[-1]
    stations.nodes = {test: {"status": "warn", "failures": 2}}
    stations.problem = {
        FIRST: RuntimeError("could not convert 'ada@example.test'"),
        last: OSError("stale file handle"),
    }
    outcome = stations.sync()
    assert (outcome.success, outcome.published) == (True, True)
    told = {name: check["description"] for name, check in outcome.failed_checks.items()}
    raised, tried = (f"{name}/{SOURCES[name].tables[0].name}: extracted" for name in (FIRST, last))
    assert "RuntimeError" in told[raised]
    assert "ada@example.test" not in json.dumps(outcome.failed_checks)
    # An error of the disk is tried once more, another one is not.
    assert "stale file handle" in told[tried]
    assert stations.calls["extract"] == len(SOURCES) + 1
    assert spoken(stations.home, outcome.run_id) == everything()
    stations.problem = {}
    again = stations.sync()
    assert (again.success, again.published) == (True, False)
    severities = {name: check["severity"] for name, check in again.failed_checks.items()}
    assert list(severities.values()) == ["WARN"], severities


@pytest.mark.slow
def test_an_engine_that_cannot_work_is_a_failed_check_on_quiet_nights_too(stations):
    keep(stations.home, SCORING, asdict(Outcome("azure", left=7, problem="set a key", is_unavailable=True)))
    for published in (True, False):
        outcome = stations.sync()
        assert (outcome.success, outcome.published) == (True, published)
        check = outcome.failed_checks["analytics/message_sentiment: scored"]
        assert check == {"severity": "ERROR", "description": "set a key"}


@pytest.mark.slow
def test_a_report_that_fails_leaves_the_marts_published(stations):
    stations.problem["report"] = ValueError("ada@example.com")
    first = stations.sync()
    assert (first.success, first.published) == (True, True)
    said = first.failed_checks["publish/report: written"]["description"]
    assert "ValueError" in said
    assert "ada@example.com" not in said
    del stations.problem["report"]
    again = stations.sync()
    assert not again.published
    assert "publish/report: written" not in again.failed_checks
    stations.sync()
    assert stations.reports == 2


@pytest.mark.slow
def test_a_digest_that_could_not_be_sent_is_tried_again(stations):
    stations.undelivered = "mail.shop.test did not take the e-mail"
    told = stations.sync().failed_checks["publish/digest: written"]["description"]
    assert told == stations.undelivered
    stations.undelivered = ""
    for _ in range(2):
        assert "publish/digest: written" not in stations.sync().failed_checks
    assert (stations.digests, stations.reports) == (2, 1)


@pytest.mark.slow
def test_messages_that_wait_to_be_scored_are_news_once(stations):
    stations.sync()
    keep(stations.home, SCORING, asdict(Outcome("vader", left=7)))
    scored = stations.tables

    def tables(sync, selected):
        # Scoring leaves nothing: the rest of the run must not take the night for a quiet one.
        keep(sync.home, SCORING, asdict(Outcome("vader")))
        return scored(sync, selected)

    stations.patch.setattr(analytics, "build_tables", tables)
    assert [stations.sync().version for _ in range(2)] == [2, 2]


@pytest.mark.slow
def test_a_failed_dbt_test_blocks_publish(stations):
    test = next(name for name in sorted(MANIFEST["nodes"]) if name.startswith("test."))
    failed = {"status": "fail", "failures": 2, "message": "Got 2 results, configured to fail if != 0"}
    stations.nodes = {test: failed}
    outcome = stations.sync()
    assert (outcome.success, outcome.published, outcome.version) == (False, False, None)
    assert len(outcome.failures) == 1
    assert "old marts stand" in outcome.failures[0]
    assert MANIFEST["nodes"][test]["name"] in outcome.failures[0]
    # The next night tries again, and publishes once the tests pass.
    stations.nodes = {}
    assert stations.sync().version == 1


def test_a_broken_model_fails_the_run_by_name(stations):
    model = next(name for name, node in MANIFEST["nodes"].items() if node["schema"] == "marts")
    others = [name for name in MANIFEST["nodes"] if name.startswith("test.")]
    stations.nodes = {model: {"status": "error", "message": "Binder Error: no such column"}}
    stations.nodes |= {name: {"status": "skipped"} for name in others}
    outcome = stations.sync()
    assert (outcome.success, outcome.version, stations.calls["publish"]) == (False, None, 0)
    assert MANIFEST["nodes"][model]["name"] in outcome.failures[0]
    assets, _ = spoken(stations.home, outcome.run_id)
    assert f"marts/{MANIFEST['nodes'][model]['name']}" not in assets
    assert "publish/marts" not in assets


@pytest.mark.slow
def test_a_locked_file_is_tried_again_before_the_run_fails(stations):
    model = next(name for name, node in MANIFEST["nodes"].items() if node["schema"] == "marts")
    stations.nodes = {model: {"status": "error", "message": "IO Error: Could not set lock on file"}}
    built = stations.build

    def build(*arguments, **more):
        outcome = built(*arguments, **more)
        stations.nodes = {}
        return outcome

    stations.patch.setattr(warehouse, "build_models", build)
    outcome = stations.sync()
    assert (outcome.success, outcome.version, stations.calls["dbt"]) == (True, 1, 2)


def test_a_busy_home_is_left_alone(stations):
    with home_lock(stations.home), pytest.raises(HomeBusy):
        stations.sync()
    assert stations.calls["extract"] == 0


@pytest.mark.slow
def test_a_run_is_shown_and_told_and_buries_the_dead(recorded_stations):
    stations = recorded_stations
    with resources.home_instance(stations.home) as instance:
        dead = instance.create_run_for_job(defs.resolve_job_def("nightly_sync"))
        instance.report_run_canceling(dead)
    told: list[str] = []
    outcome = stations.sync(progress=told.append)
    with resources.home_instance(stations.home) as instance:
        assert instance.get_run_by_id(dead.run_id).status.value == "FAILURE"
        tags = instance.get_run_by_id(outcome.run_id).tags
    assert tags[".dagster/repository"] == "__repository__@chat_pipeline.definitions"
    assert any(text.startswith(f"{FIRST}: 1 new") for text in told)


@pytest.mark.parametrize("name", ["plain", "it's [one] *of* {these}?"])
def test_the_instance_reads_its_settings_wherever_the_home_lies(tmp_path, monkeypatch, name):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    home = Home(tmp_path / name)
    with resources.home_instance(home) as instance:
        assert not instance.telemetry_enabled
        assert type(instance.run_coordinator).__name__ != "QueuedRunCoordinator"


# How dbt is called


def test_staged_names_the_platforms_of_each_entity():
    assert all(set(platforms) <= set(SOURCES) for kind in staged().values() for platforms in kind.values())


def test_a_location_survives_glob_literal_and_format():
    assert location_text(Path("/a'b/[c]*/{d}")) == "/a''b/[[]c][*]/{{d}}"


def test_values_of_the_data_are_not_told():
    told = describe(
        "Runtime Error in model x\n  Conversion Error: Could not convert string 'ada@example.test' to INT32"
    )
    assert "model x" in told
    assert "ada@example.test" not in told


def test_the_event_log_keeps_its_engine_from_event_to_event(home):
    from dagster._core.storage.event_log.sqlite import sqlite_event_log
    from sqlalchemy.pool import NullPool

    from chat_pipeline.resources import home_instance

    with home_instance(home) as instance:
        url = instance.event_log_storage.conn_string_for_shard("index")
        engines = {id(sqlite_event_log.create_engine(url, poolclass=NullPool)) for _ in range(2)}
    assert len(engines) == 1


def test_a_home_that_was_removed_and_made_again_is_written_to_its_new_files(home):
    from chat_pipeline.resources import home_instance

    for _ in range(2):
        with home_instance(home) as instance:
            assert instance.get_runs() == []
        assert (home.dagster / "history" / "runs" / "index.db").stat().st_size
        shutil.rmtree(home.dagster)


def test_homes_share_the_parse_but_read_their_own_files(tmp_path, settings, monkeypatch):
    from dbt.parser.manifest import ManifestLoader

    first, second = (Home(tmp_path / name) for name in ("plain", "o'd[d]{1}"))
    parse_project(first, settings)
    monkeypatch.setattr(ManifestLoader, "parse_project", None)  # what a parse from scratch would call
    manifest = parse_project(second, settings)
    read = [source for source in manifest.sources.values() if "external_location" in source.config.extra]
    assert read
    for source in read:
        named = source.config.extra["external_location"].format(name="table")
        assert named.startswith("read_parquet('" + str(tmp_path).replace("'", "''") + "/o''d[[]d]{1}/")
        assert source.relation_name.split(",")[0].startswith(named.split("/o''d")[0])
    assert "home-of-no-one" not in (second.dbt_target / "manifest.json").read_text()


def test_what_dbt_sets_for_each_model_can_be_set_after_something_was_spilled(tmp_path):
    profile = yaml.safe_load((project_folder() / "profiles.yml").read_text(encoding="utf-8"))
    target = profile["chat_pipeline"]["outputs"]["home"]
    assert {"memory_limit", "temp_directory"} <= set(target["config_options"])
    config = {"memory_limit": "40MB", "threads": 1, "temp_directory": str(tmp_path / "spill")}
    with duckdb.connect(config=config) as con:
        con.execute(
            "create temp table large as select md5(cast(i as varchar)) as a, i from range(1500000) as t (i)"
        )
        assert list((tmp_path / "spill").iterdir())
        for name, value in target["settings"].items():
            con.execute(f"set {name} = '{value}'")
