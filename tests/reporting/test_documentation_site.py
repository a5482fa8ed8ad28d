"""The whole site of models and checks, with hostile words in all that can get there: it holds nothing of the data, and
nothing runs in it, in a real browser."""

from __future__ import annotations

import json
import re
import shutil

import duckdb
import pytest
from browsing import Opened
from typer.testing import CliRunner

from chat_pipeline.cli import app
from chat_pipeline.home import Home, project_folder
from chat_pipeline.standing import keep

pytestmark = pytest.mark.slow
SHORTEST_VALUE = 6
TEXTS = (".sql", ".yml")
HOSTILE = (
    "</script><script>window.hit=true</script><img src=x onerror=window.hit=true><svg onload=window.hit=true>"
    "<style>body{display:none}</style>{{constructor.constructor('window.hit=true')()}}"
)
# An intent of an export, as a shop puts it into its settings.
GROUP = f"[intent_groups]\n{json.dumps(HOSTILE)} = [{json.dumps(HOSTILE)}]"
FAILED = {
    "table": "tickets",
    "name": "created_known",
    "severity": "critical",
    "description": HOSTILE,
    "passed": False,
    "metadata": {
        "failed_rows": 12,
        "files": {f"hubspot/{HOSTILE}.csv": 12},
        "held_files": {f"hubspot/{HOSTILE}.csv": 12},
        "sample": [{"file": HOSTILE, "row": 3, "column": HOSTILE}],
        "columns": [HOSTILE],
    },
}


@pytest.fixture(scope="module")
def home(demo_home_once: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A demo shop with hostile names in settings and in what the checks tell, and its site."""
    root = tmp_path_factory.mktemp("site") / "demo"
    shutil.copytree(demo_home_once.root, root, symlinks=True)
    made = Home(root)
    text = made.settings_file.read_text(encoding="utf-8")
    made.settings_file.write_text(text.replace("[intent_groups]", GROUP), encoding="utf-8")
    keep(made, "raw/hubspot", {"checks": [FAILED]})
    done = CliRunner().invoke(app, ["--home", str(root), "docs"])
    assert done.exit_code == 0, done.output
    return made


def test_nothing_in_it_runs_and_nothing_is_fetched(opened, home: Home):
    folder = home.reports / "docs"
    found: Opened = opened(folder / "index.html", is_report=False)
    page = found.page
    assert "failed: created_known" in page.inner_text("body")
    page.click("a[href='checks/hubspot.tickets.html']")
    assert "onerror=window.hit=true" in page.inner_text("body")
    quiet(found)
    page.goto((folder / "models.html").as_uri() + "#!/model/model.chat_pipeline.fct_messages")
    page.wait_for_selector("text=One row per message")
    page.goto((folder / "models.html").as_uri() + "#!/exposure/exposure.chat_pipeline.dashboards")
    page.wait_for_selector("text=dashboards")
    quiet(found)


def quiet(found: Opened) -> None:
    """Nothing ran, and no host was asked. dbt's page looks for icons beside it that it does not have."""
    assert found.page.evaluate("window.hit === undefined")
    assert found.page.evaluate("getComputedStyle(document.body).display") != "none"
    lacking = ("Unsafe attempt to load URL file:", "Failed to load resource: net::ERR_FILE_NOT_FOUND")
    assert [text for text in found.wrong if not text.startswith(lacking)] == []


def test_it_holds_no_personal_value(home: Home):
    folder = home.reports / "docs"
    pages = {file.name: file.read_text(encoding="utf-8") for file in folder.rglob("*.html")}
    assert {"index.html", "models.html", "rasa.events.html"} <= set(pages)
    for page in pages.values():
        assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=.https?:", page)
    models = pages["models.html"]
    assert "model.chat_pipeline.fct_messages" in models
    assert "exposure.chat_pipeline.dashboards" in models
    whole = "\n".join(pages.values()).casefold()
    assert str(home.root).casefold() not in whole
    values = personal_values(home)
    assert len(values) > 500
    # Some greetings stand in the models themselves.
    project = "\n".join(
        file.read_text(encoding="utf-8") for file in project_folder().rglob("*.*") if file.suffix in TEXTS
    ).casefold()
    # Looked for one by one, thousands of values in megabytes take a quarter of a minute.
    begun = {value[:SHORTEST_VALUE] for value in values}
    begun &= {whole[at : at + SHORTEST_VALUE] for at in range(len(whole))}
    suspects = [value for value in values if value[:SHORTEST_VALUE] in begun]
    assert [value for value in suspects if value in whole and value not in project] == []


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
