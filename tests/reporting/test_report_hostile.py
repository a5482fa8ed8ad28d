"""Nothing of what others wrote runs or changes how a page looks, in a real browser: words in the published file, and
words, names, intents and file names in exports that are synced."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from browsing import STAND, Opened
from homes import ROOT

from chat_pipeline.documentation.checks import check_pages
from chat_pipeline.home import Home
from chat_pipeline.reporting.render import render
from chat_pipeline.reporting.whole import whole_report
from chat_pipeline.run import run_nightly
from chat_pipeline.settings import load_settings

pytestmark = pytest.mark.slow
# Script elements, event handlers, style tricks and template braces, none with a digit (those are masked).
HOSTILE = (
    "</script><script>window.hit=true</script>"
    '<img src=x onerror="window.hit=true"><svg onload=window.hit=true>'
    "<style>body{display:none!important}</style><b style=\"position:fixed;inset:auto\" onclick='window.hit=true'>"
    "\"onmouseover=window.hit=true x='</textarea></title>{{constructor.constructor('window.hit=true')()}}"
    '<a href="javascript:window.hit=true">x</a><!--\u2028'
)
# As a file may be called: no slash, and not long.
FILE = (
    "<svg onload=window.hit=true>\"'{{constructor.constructor('window.hit=true')()}}<style>body{display:none}"
)
BROKEN = ROOT / "tests" / "sources" / "rasa" / "broken" / "events" / "percent.jsonl"


@pytest.fixture(scope="module")
def hostile_report(demo_home_once: Home, kept: Path) -> Path:
    """The demo shop with hostile words before every name, message, intent, file name and finding."""
    file = kept / "hostile.duckdb"
    shutil.copy(demo_home_once.published, file)
    file.chmod(0o600)
    with duckdb.connect(str(file)) as con:
        con.execute(
            "create macro bad(text) as case when text is null or text = 'all' then text else ? || text end".replace(
                "?", "'" + HOSTILE.replace("'", "''") + "'"
            )
        )
        for schema, table, columns in HARMED:
            changes = ", ".join(f"{column} = bad({column})" for column in columns)
            con.execute(f"update {schema}.{table} set {changes}")
    settings = load_settings(demo_home_once.settings_file)
    path = kept / "hostile.html"
    path.write_text(render(whole_report(file, settings, STAND), kept), encoding="utf-8")
    return path


HARMED = (
    ("marts", "fct_messages", ("text", "intent")),
    (
        "marts",
        "fct_conversations",
        ("platform", "instance", "channel", "language", "bot_version", "primary_intent"),
    ),
    ("marts", "customer_timeline", ("channel", "summary")),
    ("marts", "dim_customers", ("first_name", "last_name", "language")),
    ("marts", "unanswered_questions", ("question", "platform", "last_intent")),
    ("marts", "source_files", ("path", "reason")),
    ("analytics", "source_freshness", ("source", "instance")),
    ("analytics", "annotations", ("text", "kind")),
    ("analytics", "insights", ("title", "text", "advice", "evidence")),
    ("analytics", "funnel_dropoffs", ("last_intent", "platform", "last_step_name")),
    ("analytics", "funnel_steps", ("step_name", "dimension_value")),
    ("analytics", "metrics", ("dimension_value",)),
    ("analytics", "metric_definitions", ("title", "numerator", "denominator")),
    ("analytics", "hour_of_week", ("dimension_value",)),
    ("analytics", "segment_metrics", ("segment",)),
    ("analytics", "sentiment_drivers", ("dimension_value",)),
    ("analytics", "experiment_results", ("arm",)),
    ("analytics", "objectives", ("objective", "segment", "status")),
    ("analytics", "data_coverage", ("reason", "subject")),
    ("analytics", "unmapped_signals", ("platform", "name", "suggestion")),
    ("analytics", "conversation_outcomes", ("last_step",)),
)


def test_nothing_that_others_wrote_runs_or_changes_how_it_looks(opened, hostile_report):
    found = opened(hostile_report)
    page = found.page
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    for name in ("platform", "segment"):
        value = page.evaluate(f"[...document.querySelectorAll('#f-{name} option')][1].value")
        assert "<script>" in value
        found.choose(**{name: value})
        found.drawn()
    # Whatever a chart tells when it is pointed at.
    for mark in page.locator(
        "figure svg path[aria-roledescription], figure svg .mark-rect path, figure svg .mark-symbol path"
    ).all()[:25]:
        mark.hover(force=True, timeout=5000)
    for name in ("conversation", "customer"):
        kind = f"{name}s"
        keys = page.evaluate(
            f"Object.keys(JSON.parse(document.getElementById('data').textContent).pages.{kind})"
        )
        for key in keys[:40]:
            page.evaluate(f"location.hash = '#{name}-{key}'")
            page.wait_for_selector(f"h1:text('{key[:8]}')")
            assert "<script>" in page.inner_text("#one")
        assert keys
    page.evaluate("location.hash = '#report'")
    assert page.evaluate("window.hit === undefined")
    assert page.evaluate("getComputedStyle(document.body).display") == "block"
    assert (
        page.locator(
            "main img, main iframe, main [onclick], main [onerror], main [onmouseover], main style, main script"
        ).count()
        == 0
    )
    assert page.evaluate("[...document.querySelectorAll('a')].every((a) => a.protocol === 'file:')")
    assert found.wrong == []


def talk(number: int) -> Iterator[dict[str, object]]:
    """Three turns of somebody whom the bot never understands."""
    common = {"sender_id": f"s{number}", "input_channel": "rest"}
    at = 1_795_000_000 + 7_000 * number
    for turn in range(3):
        intent = {"name": f"{HOSTILE} intent", "confidence": 0.9}
        words = {"text": f"{HOSTILE} where is it", "message_id": f"m{number}-{turn}"}
        yield {
            **common,
            "event": "user",
            "timestamp": at + 60 * turn,
            **words,
            "parse_data": {"intent": intent},
        }
        yield {
            **common,
            "event": "action",
            "timestamp": at + 60 * turn + 1,
            "name": "action_default_fallback",
        }
        yield {**common, "event": "bot", "timestamp": at + 60 * turn + 2, "text": f"{HOSTILE} sorry"}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A synced home whose exports are hostile: a bot's, a CRM's, one held and one that can't be read."""
    home = Home(tmp_path_factory.mktemp("planted") / "home")
    rasa, hubspot = home.exports / "rasa", home.exports / "hubspot"
    rasa.mkdir(parents=True)
    hubspot.mkdir()
    lines = [json.dumps(event) for number in range(60) for event in talk(number)]
    (rasa / f"{FILE}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    shutil.copy(BROKEN, rasa / f"held {FILE}.jsonl")
    (rasa / f"broken {FILE}.jsonl").write_text('{"no": ', encoding="utf-8")
    people = [
        {"id": str(n), "properties": dict.fromkeys(("firstname", "lastname"), HOSTILE)} for n in range(1, 4)
    ]
    for person in people:
        person["properties"] |= {
            "email": f"p{person['id']}@example.org",
            "createdate": "2026-10-01T08:00:00Z",
            "lastmodifieddate": "2026-10-02T08:00:00Z",
        }
    (hubspot / f"{FILE}.json").write_text(json.dumps({"results": people}), encoding="utf-8")
    outcome = run_nightly(home, load_settings(None))
    assert outcome.success, outcome.failures
    return home


def test_nothing_in_hostile_exports_runs_in_the_report(opened, planted: Home):
    with duckdb.connect(str(planted.published), read_only=True) as con:
        (said,) = con.execute(
            "select count(*) from marts.fct_messages where contains(text, '<script>')"
        ).fetchall()[0]
        (named,) = con.execute(
            "select count(*) from marts.dim_customers where contains(last_name, '<script>')"
        ).fetchall()[0]
        paths = {path for (path,) in con.execute("select distinct path from marts.source_files").fetchall()}
    assert (said, named) == (360, 3)
    assert len([path for path in paths if "<svg" in path]) == 4
    found: Opened = opened(planted.reports / "latest.html")
    page = found.page
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert "<svg onload" in page.inner_text("#report")
    found.choose(platform="rasa", segment="intent.intent=none")
    found.drawn()
    keys = page.evaluate(
        "Object.keys(JSON.parse(document.getElementById('data').textContent).pages.conversations)"
    )
    assert keys
    for key in keys[:20]:
        page.evaluate(f"location.hash = '#conversation-{key}'")
        page.wait_for_selector(f"h1:text('{key[:8]}')")
        assert "<script>" in page.inner_text("#one")
    page.evaluate("location.hash = '#report'")
    quiet(found)


def test_nothing_in_hostile_exports_runs_in_the_pages_of_checks(opened, planted: Home, tmp_path: Path):
    """dbt's page is made from the project alone: nothing of an export can be in it (test_documentation.py)."""
    page = tmp_path / "page.html"
    page.write_text(check_pages(planted, "models.html")["checks/rasa.events.html"], encoding="utf-8")
    found: Opened = opened(page, is_report=False)
    assert "<svg onload" in found.page.inner_text("body")
    quiet(found)


def quiet(found: Opened) -> None:
    """Nothing ran, and the page looks as it should."""
    page = found.page
    assert page.evaluate("window.hit === undefined")
    assert page.evaluate("getComputedStyle(document.body).display") == "block"
    assert (
        page.locator(
            "main [onclick], main [onerror], main [onload], main [onmouseover], main img, main style"
        ).count()
        == 0
    )
    assert page.evaluate("[...document.querySelectorAll('a')].every((a) => a.protocol === 'file:')")
    assert found.wrong == []
