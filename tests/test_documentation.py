"""The pages of models and checks: all there, nothing fetched, nothing of the data in them."""

from __future__ import annotations

import json
import re

import duckdb
import pytest
from typer.testing import CliRunner

from chat_pipeline.cli import app
from chat_pipeline.documentation.checks import check_pages
from chat_pipeline.home import Home, project_folder
from chat_pipeline.sources import discover
from chat_pipeline.standing import keep

SHORTEST_VALUE = 6
TEXTS = (".sql", ".yml")
HELD = {
    "table": "tickets",
    "name": "created_known",
    "severity": "critical",
    "description": "",
    "passed": False,
    "metadata": {
        "failed_rows": 12,
        "files": {"hubspot/<script>alert(1)</script>.csv": 12},
        "sample": [{"file": "hubspot/a.csv", "row": 3}],
        "values": [{"value": "ada@shop.test", "rows": 12}],
    },
}


def page_of(home: Home, name: str) -> str:
    return check_pages(home, "models.html")[name]


def test_a_failure_shows_rows_and_files_and_no_value(home: Home):
    keep(home, "raw/hubspot", {"checks": [HELD]})
    pages = check_pages(home, "models.html")
    page = pages["checks/hubspot.tickets.html"]
    assert "12 rows of 1 file: hubspot/&lt;script" in page
    assert "Expectation Validation Result" not in page
    assert "ada@shop.test" not in page
    assert "<script" not in page
    assert "not run yet" in page  # the others of the table
    assert "failed: created_known" in pages["index.html"]
    assert len(pages) == 1 + sum(page.startswith("checks/") for page in pages)
    assert all(f"checks/{name}." in str(list(pages)) for name in discover())


def test_without_any_run_nothing_is_said_to_have_passed(home: Home):
    assert ">passed<" not in page_of(home, "checks/hubspot.tickets.html")
    assert "As Great Expectations puts it" not in page_of(home, "checks/hubspot.tickets.html")


@pytest.mark.slow
def test_the_whole_site_of_the_demo_holds_no_personal_value(demo_home: Home):
    done = CliRunner().invoke(app, ["--home", str(demo_home.root), "docs"])
    assert done.exit_code == 0, done.output
    folder = demo_home.reports / "docs"
    pages = {file.name: file.read_text(encoding="utf-8") for file in folder.rglob("*.html")}
    assert {"index.html", "models.html", "rasa.events.html"} <= set(pages)
    for page in pages.values():
        assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=.https?:", page)
    models = pages["models.html"]
    assert "model.chat_pipeline.fct_messages" in models
    assert "exposure.chat_pipeline.dashboards" in models
    whole = "\n".join(pages.values()).casefold()
    assert str(demo_home.root).casefold() not in whole
    values = personal_values(demo_home)
    assert len(values) > 500
    # Some greetings stand in the models themselves.
    project = "\n".join(
        file.read_text(encoding="utf-8") for file in project_folder().rglob("*.*") if file.suffix in TEXTS
    ).casefold()
    assert [value for value in values if value in whole and value not in project] == []


def personal_values(home: Home) -> set[str]:
    """Every value of a column that a mart tags as personal, but those too short or too plain to tell."""
    manifest = json.loads((home.dbt_target / "manifest.json").read_text(encoding="utf-8"))
    marts = [node for node in manifest["nodes"].values() if node.get("schema") == "marts"]
    values: set[str] = set()
    with duckdb.connect(str(home.published), read_only=True) as con:
        for mart in marts:
            for column in mart["columns"].values():
                if column["config"]["meta"].get("personal"):
                    query = f'select distinct cast("{column["name"]}" as varchar) from marts."{mart["name"]}"'
                    values |= {value.casefold() for (value,) in con.execute(query).fetchall() if value}
    return {value for value in values if len(value) >= SHORTEST_VALUE and re.search(r"[\d@ ]", value)}
