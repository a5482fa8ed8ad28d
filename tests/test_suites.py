"""Expectations of a home of its own: added to the shipped ones, never in their place."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from chat_pipeline.assets.raw import source_assets
from chat_pipeline.extract import extract_source
from chat_pipeline.fingerprint import fingerprint
from chat_pipeline.home import Home
from chat_pipeline.settings import Settings
from chat_pipeline.sources import discover
from chat_pipeline.suites import QualityError, check_own_suites, declared_checks, load_suite

RASA = discover()["rasa"]
EXPORT = Path(__file__).parent / "sources" / "rasa" / "export" / "broker.jsonl"


def own(
    home: Home, *names: str, table: str = "events", source: str = "rasa", text: str | None = None
) -> Path:
    file = home.expectations / source / f"{table}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    expectations = [
        {
            "type": "unexpected_rows_expectation",
            "kwargs": {"unexpected_rows_query": "select * from {batch} where event = 'user'"},
            "meta": {"name": name, "why": "This shop's bot never listens."},
            "severity": "critical",
        }
        for name in names
    ]
    file.write_text(text if text is not None else json.dumps({"name": "mine", "expectations": expectations}))
    return file


def test_they_hold_files_beside_the_shipped_ones_and_stand_as_checks(home: Home, settings: Settings):
    (home.exports / "rasa").mkdir(parents=True)
    shutil.copy(EXPORT, home.exports / "rasa")
    before = fingerprint(home, settings)
    file = own(home, "nobody_speaks")
    assert fingerprint(home, settings) != before
    report = extract_source(home, settings, RASA)
    assert [(found.state, found.failed_checks) for found in report.files] == [
        ("held", ["events.nobody_speaks"])
    ]
    names = {check.name for check in report.checks}
    assert {"nobody_speaks", *(check.name for check in declared_checks(RASA))} <= names
    specs = {spec.name for spec in source_assets(RASA, home.expectations).check_specs}
    assert "nobody_speaks" in specs
    # Without it the held file is judged anew.
    file.unlink()
    assert [found.state for found in extract_source(home, settings, RASA).files] == ["loaded"]


def test_names_must_not_collide_with_shipped_ones_nor_with_the_pipelines_own(home: Home):
    shipped = load_suite(RASA, RASA.table("events"))
    assert shipped
    taken = shipped["expectations"][0]["meta"]["name"]
    own(home, taken, "fresh", "mine", "mine")
    with pytest.raises(QualityError) as told:
        check_own_suites(home)
    assert f"{taken} is there also in" in str(told.value)
    assert "fresh is a check of the pipeline's own" in str(told.value)
    assert "mine is there twice" in str(told.value)
    assert str(home.expectations) in str(told.value)


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ({"table": "evnts"}, "rasa has no table evnts: there are events"),
        ({"source": "nobody"}, "must lie in expectations/<source>/"),
        ({"text": "{"}, "no valid JSON"),
        ({"text": '{"expectations": {}}'}, 'lacks a list "expectations"'),
        ({"text": '{"expectations": [{"type": "x"}]}'}, "lacks meta.why"),
    ],
)
def test_what_is_no_suite_is_refused_with_file_and_reason(home: Home, place: dict, told: str):
    own(home, **place)
    with pytest.raises(QualityError, match=told):
        check_own_suites(home)
