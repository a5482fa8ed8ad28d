"""The unit tests beside the models: hand-made rows in, expected rows out, through dbt itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat_pipeline.dbt import run_unit_tests
from chat_pipeline.home import Home
from chat_pipeline.settings import load_settings

MODELS = Path(__file__).resolve().parents[1] / "dbt_project" / "models"


@pytest.mark.slow
def test_models_make_of_given_rows_what_is_expected(demo_home: Home) -> None:
    outcome = run_unit_tests(demo_home, load_settings(demo_home.settings_file))
    assert outcome.error is None
    written = sum(path.read_text().count("\n    model: ") for path in MODELS.rglob("*.yml"))
    assert len(outcome.nodes) == written
    assert {name: node["message"] for name, node in outcome.nodes.items() if node["status"] != "pass"} == {}
