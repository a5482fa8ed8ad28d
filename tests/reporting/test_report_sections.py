"""What the report says, from published files made by hand."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest
from handmade_published import Published
from typer.testing import CliRunner

from chat_pipeline.cli import app
from chat_pipeline.home import Home
from chat_pipeline.reporting import script
from chat_pipeline.reporting.choices import MOST_VALUES
from chat_pipeline.reporting.figures import PERIODS
from chat_pipeline.reporting.files import dated, put
from chat_pipeline.reporting.parts import Chart, Section, Table
from chat_pipeline.reporting.sections.numbers import FILLED_BY
from chat_pipeline.reporting.settings_change import changed_settings, differences, flat
from chat_pipeline.reporting.whole import Report
from chat_pipeline.settings import Settings, load_settings


def part(report: Report, name: str) -> Section:
    return next(section for section in report.sections if section.id == name)


def block(section: Section, name: str) -> Chart | Table:
    return next(found for found in section.blocks if found.id == name)


def test_a_shop_without_data_gets_a_report_that_says_what_would_fill_it(published, settings, page):
    report = published.report(settings)
    for section in report.sections:
        if section.id not in ("insights", "quality"):
            assert section.missing, section.id
            assert section.missing.endswith("."), section.id
            assert not section.blocks
    html = page(report)
    assert "No data are loaded yet" in html
    assert "Nothing stands out" in html
    assert report.pages == 0


def test_settings_that_a_sentence_names_exist(published, settings):
    told = [section.missing for section in published.report(settings).sections] + list(FILLED_BY.values())
    names = re.findall(r"\[([a-z_.]+)\]", " ".join(told))
    assert {"signals.csat", "funnels"} <= set(names)
    for name in names:
        at = settings
        for key in name.split("."):
            at = getattr(at, key)


def test_one_platform_without_crm_or_shop_has_its_numbers_and_plain_sentences(published, settings, page):
    published.define("conversation_rate", "csat", "resolution_rate", "escalation_rate", "abandonment_rate")
    published.define("conversation_volume", unit="conversations")
    for metric in ("conversation_rate", "resolution_rate", "escalation_rate", "abandonment_rate"):
        for dimension, value in (("all", "all"), ("platform", "rasa")):
            row = {"numerator": 20, "denominator": 50, "dimension": dimension, "dimension_value": value}
            published.metric(metric, "2026-02-23", **row)
    published.metric("conversation_volume", "2026-02-23", numerator=60)
    row = {"source": "rasa", "instance": "default", "cutoff_at": "2026-03-01 23:30:00", "is_retired": False}
    published.add("analytics.source_freshness", row)
    report = published.report(settings)
    # 23:30 UTC is the next day in Berlin.
    assert report.head["covered"] == [{"day": "2 March 2026", "sources": "rasa"}]
    assert report.figures["start"]["complete"] == {"week": "2026-02-23"}
    assert not part(report, "outcomes").missing
    assert "orders" in part(report, "funnels").missing
    assert "CRM, shop or GA4" in part(report, "segments").missing
    assert "Not filtered" in page(report)


def test_cells_are_the_published_rows_and_bounded_whatever_the_history(published, settings):
    published.define("conversation_rate", "csat")
    weeks = [date(2024, 1, 1) + timedelta(weeks=week) for week in range(PERIODS["week"] + 20)]
    for number, week in enumerate(weeks):
        published.metric(
            "conversation_rate", str(week), numerator=number, denominator=100 + number, pending=3
        )
    published.metric("csat", str(weeks[-1]), numerator=5, denominator=8, value=None)
    published.define("conversation_volume", unit="conversations")
    for number in range(MOST_VALUES + 4):
        row = {"dimension": "demographic.city", "dimension_value": f"town {number}", "numerator": number + 1}
        published.metric("conversation_volume", "2026-01-01", grain="month", **row)
    figures = published.report(settings).figures
    assert len(figures["periods"]["week"]) == PERIODS["week"]
    cell = figures["cells"]["conversation_rate"]["all=all"]["week"]
    assert [figures["periods"]["week"][at] for at in cell["i"]] == [str(week) for week in weeks[20:]]
    assert cell["n"] == list(range(20, len(weeks)))
    assert cell["p"] == 3  # a column that never changes is its one value
    # Withheld by the file: no value, though there are counts.
    assert figures["cells"]["csat"]["all=all"]["week"]["v"] == -1
    chosen = figures["choices"]["segments"]
    assert [found["values"][0] for found in chosen] == [f"town {MOST_VALUES + 3}"]
    assert len(chosen[0]["values"]) == MOST_VALUES


def test_what_waits_and_what_is_late_is_said_first(published, settings):
    published.define("csat")
    published.metric("csat", "2026-02-16", numerator=1, denominator=2, pending=0)
    published.metric("csat", "2026-02-23", numerator=1, denominator=2, pending=40, is_complete=False)
    row = {"source": "rasa", "instance": "de", "cutoff_at": "2026-02-20 10:00:00", "is_stale": True}
    published.add("analytics.source_freshness", row)
    head = published.report(settings, ["chat.silence was changed"]).head
    assert head["late"].startswith("Late, by what settings expect: rasa (de).")
    assert [line.partition(":")[0] for line in head["provisional"]] == ["csat"]
    assert "40 conversations since the week of 23 February 2026" in head["provisional"][0]
    assert head["settings"] == ["chat.silence was changed"]


def test_cohorts_of_fewer_than_30_are_counts_and_not_drawn(published, settings):
    shared = {
        "kind": "return_to_chat",
        "grain": "month",
        "period_index": 1,
        "interval_low": 0.1,
        "interval_high": 0.6,
    }
    published.add(
        "analytics.retention_cohorts",
        {**shared, "cohort_start": "2026-01-01", "cohort_size": 12, "active": 3, "rate": 0.25},
        {**shared, "cohort_start": "2026-02-01", "cohort_size": 40, "active": 10, "rate": 0.25},
        {**shared, "cohort_start": "2026-03-01", "cohort_size": 40, "active": 1, "rate": None},
    )
    rows = block(part(published.report(settings), "retention"), "cohorts-return_to_chat").rows
    assert [(row["said"], row["drawn"]) for row in rows] == [
        ("3 of 12", False),
        ("25\u00a0% (10 of 40)", True),
    ]


@pytest.mark.parametrize(("units", "said"), [(12, "3 of 12"), (40, "25\u00a0% (10 of 40)")])
def test_arms_of_fewer_than_30_have_no_percentage(published, settings, units, said):
    published.define("csat")
    arm = {
        "experiment": "one",
        "arm": "new",
        "place": 1,
        "units": units,
        "from_date": "2026-01-01",
        "to_date": "2026-02-01",
    }
    published.add("analytics.experiment_arms", arm)
    both = {"value": 0.25, "baseline_value": 0.25, "numerator": units // 4, "denominator": units}
    published.add(
        "analytics.experiment_results",
        {
            **both,
            "experiment": "one",
            "metric": "csat",
            "arm": "new",
            "is_primary": True,
            "verdict": "too_few",
        },
        baseline_numerator=units // 4,
        baseline_denominator=units,
        difference=0,
        interval_low=-0.1,
        interval_high=0.1,
    )
    (row,) = part(published.report(settings), "experiments").blocks[0].rows
    assert row["value"] == said
    assert ("points" in row["difference"]) == (units >= 30)


def talk(published: Published, key: str, *texts: str) -> None:
    shared = {"conversation_key": key}
    fact = {"customer_key": "c0ffee", "platform": "rasa", "message_count": len(texts)}
    published.add("marts.fct_conversations", fact, **shared)
    lines = [{"text": text, "sequence": at, "author": "user"} for at, text in enumerate(texts, 1)]
    published.add("marts.fct_messages", *lines, **shared)


def named(published: Published, *keys: str) -> None:
    published.add(
        "analytics.insights",
        {
            "insight_key": "i",
            "rank": 1,
            "kind": "segment_worse",
            "severity": "warning",
            "title": "t",
            "text": "x",
            "advice": "a",
            "evidence": "e",
        },
    )
    published.add(
        "analytics.insight_conversations",
        *({"conversation_key": key} for key in keys),
        insight_key="i",
        reading_rank=1,
    )


def test_pages_are_masked_and_only_for_what_is_named(published, settings):
    talk(published, "aa01", "I am Ada Lovelace, ada@example.com", "order 1042")
    talk(published, "bb02", "not to be seen")
    named(published, "aa01", "0dd0")
    published.add(
        "marts.dim_customers", {"customer_key": "c0ffee", "first_name": "Ada", "last_name": "Lovelace"}
    )
    published.add(
        "marts.customer_timeline",
        {
            "customer_key": "c0ffee",
            "occurred_at": "2026-01-01 10:00:00",
            "touchpoint": "conversation",
            "record_key": "aa01",
            "summary": "Ada, order 1042",
        },
    )
    report = published.report(settings)
    assert set(report.details["conversations"]) == {"aa01"}
    texts = [line[2] for line in report.details["conversations"]["aa01"]["talk"]]
    assert texts == ["I am NAME NAME, EMAIL", "order NUMBER"]
    (touchpoint,) = report.details["customers"]["c0ffee"]["timeline"]
    assert touchpoint[3:] == ["NAME, order NUMBER", "aa01"]
    # A key that no conversation has gets no page, and no link.
    assert "Lovelace" not in json.dumps(report.details)


def test_a_file_without_personal_columns_gives_a_report_without_text(published, settings, page):
    talk(published, "aa01", "hello")
    named(published, "aa01")
    published.add(
        "marts.unanswered_questions", {"question_key": "q", "conversation_count": 3, "question": "why"}
    )
    for column in (
        "fct_messages drop text",
        "unanswered_questions drop question",
        "dim_customers drop first_name",
    ):
        published.con.execute(f"alter table marts.{column}")
    report = published.report(settings)
    assert report.details["conversations"]["aa01"]["talk"][0][2].startswith("(text is left out")
    assert "(left out)" in page(report)


# Files and settings


def test_the_latest_and_the_dated_are_written_at_once_and_the_oldest_leave(home: Home):
    for day in ("2026-03-01", "2026-03-02", "2026-03-03"):
        put(home, f"<p>{day}", f"{day}T04:00:00+00:00", keep=2)
    assert [path.name for path in dated(home)] == ["2026-03-03.html", "2026-03-02.html"]
    latest = home.reports / "latest.html"
    assert latest.read_text() == "<p>2026-03-03"
    assert {path.stat().st_mode & 0o777 for path in home.reports.iterdir()} == {0o600}
    assert not list(home.reports.glob(".*"))


def test_settings_are_compared_with_those_of_the_publication_before(home: Home, tmp_path):
    def loaded(text: str) -> Settings:
        path = tmp_path / "settings.toml"
        path.write_text(text)
        return load_settings(path)

    first = loaded("[publish]\nafter = 'curl -H secret'\n[costs]\nagent_per_hour = 20")
    assert changed_settings(home, first, 1) is None
    assert changed_settings(home, first, 2) == []
    other = loaded(
        "[publish]\nafter = 'curl -H other'\n[costs]\nagent_per_hour = 28\n[sentiment]\nalert_turns = 4"
    )
    told = [
        "costs.agent_per_hour: 20 became 28",
        "publish.after was changed",
        "sentiment.alert_turns: 3 became 4",
    ]
    assert changed_settings(home, other, 3) == told
    # The same publication reported on again tells the same.
    assert changed_settings(home, other, 3) == told
    assert "secret" not in (home.state / "report_settings.json").read_text()


def test_settings_that_come_and_go_are_told():
    before, after = flat({"a": 1, "b": {"c": "x"}}), flat({"a": None, "d": True})
    assert differences(before, after) == ["a: 1 became unset", "b.c was taken out", "d was added"]


def test_the_script_of_the_charts_is_kept_and_an_older_one_leaves(tmp_path, monkeypatch):
    monkeypatch.setattr(script, "_bundled", lambda: "made")
    (tmp_path / "vega-0.js").write_text("old")
    assert script.vega(tmp_path) == "made"
    monkeypatch.setattr(script, "_bundled", lambda: pytest.fail("made again"))
    assert script.vega(tmp_path) == "made"
    assert len(list(tmp_path.iterdir())) == 1


def test_the_command_makes_the_report_once_and_prints_where_it_is(home: Home, published, monkeypatch):
    monkeypatch.setattr(script, "_bundled", lambda: "made")
    call = ["--home", str(home.root), "report"]
    nothing = CliRunner().invoke(app, call)
    assert nothing.exit_code == 1
    assert "nothing is published yet" in nothing.output
    published.con.close()
    home.current.mkdir(parents=True)
    published.path.rename(home.published)
    record = {"version": 1, "run_id": "", "published_at": "2026-03-02T05:00:00+00:00", "fingerprint": ""}
    (home.current / "publication.json").write_text(json.dumps({**record, "folder": "current", "rows": {}}))
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == str(home.reports / "latest.html")
    assert (home.reports / "2026-03-02.html").is_file()
    before = (home.reports / "latest.html").stat().st_ino
    assert CliRunner().invoke(app, call).exit_code == 0
    assert (home.reports / "latest.html").stat().st_ino == before
    assert CliRunner().invoke(app, [*call, "--again"]).exit_code == 0
    assert (home.reports / "latest.html").stat().st_ino != before
