"""What a build recomputes: everything once code, settings or known raw rows are others; else what is new, source by source."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from chat_pipeline import dbt, recompute
from chat_pipeline.extract.ledger import FILES_PART, Line, write_lines
from chat_pipeline.home import Home
from chat_pipeline.recompute import COMPARED, keep_built, plan, read_ledger, without_news
from chat_pipeline.settings import Settings

LINE = Line(
    source="", instance="default", path="", archive="", table_name="", shape="", state="", reason="", failed_checks="",
    size=0, mtime_ns=0, delivered_at=None, sha256="", read=0, loaded=0, unchanged=0, quarantined=0, held=0, newest_at=None,
    reader="", load=None, sequence=0, loaded_at=None,
)  # fmt: skip


def load(home: Home, source: str, number: int, sha256: str = "a", state: str = "loaded") -> None:
    folder = home.raw / source / f"load-{number:06d}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    line = replace(LINE, source=source, table_name="events", path="f", load=number, sequence=number, sha256=sha256, state=state)  # fmt: skip
    with duckdb.connect() as con:
        write_lines(con, folder / FILES_PART, [line])


@pytest.fixture
def built(home: Home, settings: Settings) -> Home:
    """Two loads of rasa and one of the sources that can't be taken in parts and of web, built as a whole."""
    for source, number in (("rasa", 1), ("rasa", 2), ("bot_framework", 1), ("ga4", 1)):
        load(home, source, number)
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("create schema intermediate")
        for model in COMPARED:
            con.execute(f"create table intermediate.{model} (thread_id varchar)")
    home.build.touch()
    keep_built(home, settings, read_ledger(home))
    return home


def modes(home: Home, settings: Settings, whole: list[str] | None = None) -> dict[str, str] | None:
    found = plan(home, settings, whole or [])
    return None if found is None else {name: f"{p['mode']} {p['since']}" for name, p in found.items()}


def test_what_is_new_is_told_by_source(built: Home, settings: Settings):
    for source, number in (("rasa", 3), ("bot_framework", 2), ("ga4", 2), ("intercom", 1)):
        load(built, source, number)
    found = modes(built, settings)
    assert found == {
        "bot_framework": "all 1", "chat_table": "none 0", "dialogflow_cx": "none 0", "ga4": "touched 1",
        "intercom": "touched 0", "rasa": "touched 2", "zendesk_chat": "none 0",
    }  # fmt: skip
    # Where each export is complete, what lacks in it vanishes: that needs the whole source.
    assert (modes(built, settings, ["rasa"]) or {})["rasa"] == "all 2"


def test_a_night_without_loads_recomputes_nothing(built: Home, settings: Settings):
    assert {mode.split()[0] for mode in (modes(built, settings) or {}).values()} == {"none"}


def test_other_code_settings_or_packages_recompute_everything(
    built: Home, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    assert (
        plan(
            built,
            settings.model_copy(
                update={"shop": settings.shop.model_copy(update={"time_zone": "Asia/Tokyo"})}
            ),
            [],
        )
        is None
    )
    with monkeypatch.context() as patch:
        patch.setattr(recompute, "code_digest", lambda: "other")
        assert plan(built, settings, []) is None
    with monkeypatch.context() as patch:
        patch.setattr(recompute, "version", lambda name: "99")
        assert plan(built, settings, []) is None
    assert plan(built, settings, []) is not None


@pytest.mark.parametrize("file", ["warehouse", "build"])
def test_a_database_that_is_gone_recomputes_everything(built: Home, settings: Settings, file: str):
    getattr(built, file).unlink()
    assert plan(built, settings, []) is None


def test_raw_rows_other_than_those_known_recompute_everything(built: Home, settings: Settings):
    load(built, "rasa", 2, sha256="restored from elsewhere")
    load(built, "rasa", 3)
    assert plan(built, settings, []) is None
    shutil.rmtree(built.raw)
    assert plan(built, settings, []) is None


def test_a_copy_of_a_home_recomputes_everything(built: Home, settings: Settings, tmp_path: Path):
    """Its views would read the first home's raw rows."""
    copy = Home(tmp_path / "copy")
    shutil.copytree(built.root, copy.root)
    assert plan(copy, settings, []) is None


def test_a_source_whose_loads_are_all_built_has_no_news(built: Home):
    sources = {"rasa", "bot_framework", "ga4", "hubspot"}
    assert without_news(built) >= sources
    load(built, "hubspot", 1)
    load(built, "rasa", 3)
    assert without_news(built) & sources == {"bot_framework", "ga4"}


@pytest.mark.parametrize(
    ("status", "is_kept"), [("pass", True), ("warn", True), ("fail", False), ("error", False)]
)
def test_what_failed_a_test_is_taken_in_and_tested_again_the_next_night(
    home: Home, settings: Settings, monkeypatch: pytest.MonkeyPatch, status: str, is_kept: bool
):
    """Staging holds only what is new: had the rows been kept, the test would not see them any more and pass."""
    kept = []
    for name in ("plan", "read_ledger", "_prepare", "parse_project", "keep_tests"):
        monkeypatch.setattr(dbt, name, lambda *given, **more: None)
    monkeypatch.setattr(dbt, "keys_of", lambda *given: {})
    monkeypatch.setattr(dbt, "keep_built", lambda *given: kept.append(given))

    def run(outcome: dbt.DbtOutcome, manifest: object, arguments: list[str], tell: object) -> None:
        name = "test.one" if arguments[0] == "test" else "model.one"
        outcome.nodes[name] = {"status": status if arguments[0] == "test" else "success"}

    monkeypatch.setattr(dbt, "_run", run)
    outcome = dbt.build_models(home, settings)
    assert not outcome.error
    assert outcome.nodes.keys() == {"model.one", "test.one"}
    assert bool(kept) == is_kept
