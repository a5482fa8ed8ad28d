"""The workbook reopened, from published files made by hand."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest
from handmade_published import Published
from openpyxl import Workbook, load_workbook

from chat_pipeline.reporting.head import Stand
from chat_pipeline.reporting.parts import Scope
from chat_pipeline.settings import Settings
from chat_pipeline.standing import standing
from chat_pipeline.workbook import csv_files
from chat_pipeline.workbook.book import workbook_bytes
from chat_pipeline.workbook.contents import contents
from chat_pipeline.workbook.csv_files import write_csv_files
from chat_pipeline.workbook.front import front
from chat_pipeline.workbook.sheets import Column, Note, Sheet

HOSTILE = (
    *("=1+1", '=HYPERLINK("http://evil.example","x")', "+49", "-2+3", "@SUM(A1)", "#N/A", "'quoted"),
    *("\t=1+1", "\r=1", "＝1+1", "<script>", "bell\x07", "long" * 20_000),
)


def book(published: Published, settings: Settings) -> Workbook:
    scope = Scope(published.con, settings)
    sheets = contents(scope)
    notes = front(scope, Stand(3, "2026-03-02T05:00:00+00:00", None), sheets)
    return load_workbook(io.BytesIO(workbook_bytes(sheets, notes)))


def table(workbook: Workbook, name: str) -> list[dict[str, Any]]:
    heads, *rows = workbook[name].iter_rows()
    return [dict(zip((head.value for head in heads), row, strict=True)) for row in rows]


def test_what_looks_like_a_formula_stays_text():
    sheet = Sheet("hostile", "", [Column("text")], [[text] for text in HOSTILE])
    found = load_workbook(io.BytesIO(workbook_bytes([sheet], [Note("=1+1")])))
    for text, (cell,) in zip(HOSTILE, found["hostile"].iter_rows(min_row=2), strict=True):
        assert cell.data_type == "s", text
        assert cell.value.strip() == text.replace("\x07", "")[:32_000].strip()
        assert bool(cell.quotePrefix) == (text[0] not in "<bl"), text
    assert found["Read me"]["A1"].data_type == "s"


def test_a_shop_without_data_gets_empty_sheets_that_say_what_would_be_there(published, settings):
    found = book(published, settings)
    assert found.sheetnames[0] == "Read me"
    said = [row[0] for row in found["Read me"].iter_rows(values_only=True)]
    assert "No data are loaded yet." in said
    assert "Charts" not in found.sheetnames
    for name in found.sheetnames[1:]:
        assert found[name].freeze_panes == "A2"
        assert any(line.startswith(f"{name}: ") for line in said)


def test_numbers_keep_their_kinds_and_have_native_charts(published, settings):
    published.define("conversation_rate", "csat")
    published.define("conversation_volume", unit="conversations")
    published.define("average_resolution_time_median", unit="seconds")
    for week, volume in (("2026-02-09", 50), ("2026-02-16", 70)):
        published.metric("conversation_volume", week, numerator=volume)
        published.metric("conversation_rate", week, numerator=volume // 2, denominator=volume)
        published.metric("csat", week, numerator=9, denominator=12)
        published.metric("average_resolution_time_median", week, numerator=1, denominator=40, value=90.0)
    # Not all is judged yet.
    published.metric("conversation_rate", "2026-02-23", numerator=1, denominator=40, is_complete=False)
    row = {"grain": "month", "numerator": 60, "denominator": 120, "interval_low": 0.41, "interval_high": 0.59}
    published.metric("conversation_rate", "2026-02-01", **row)
    published.add(
        "analytics.source_freshness",
        {"source": "rasa", "instance": "default", "cutoff_at": "2026-03-01 23:30"},
    )
    found = book(published, settings)
    first, last = table(found, "Weeks")
    assert first["Week from"].value == datetime(2026, 2, 9)
    assert (first["conversation_volume"].value, last["conversation_volume"].value) == (50, 70)
    assert (last["conversation_rate"].value, last["conversation_rate"].number_format) == (0.5, "0.0%")
    assert first["csat"].value is None  # of fewer than 30 no share
    time = first["average_resolution_time_median"]
    assert (time.number_format, time.value) == ("[h]:mm:ss", timedelta(seconds=90))
    (month,) = table(found, "Metrics")
    assert (month["Value"].value, month["95 % from"].number_format) == (0.5, "0.0%")
    charts = found["Charts"]._charts
    assert [len(chart.series) for chart in charts] == [1, 2]
    assert charts[0].series[0].val.numRef.f == "'Weeks'!$B$2:$B$3"
    assert not charts[0].x_axis.delete
    assert "Until 2 March 2026: rasa" in [row[0].value for row in found["Read me"].iter_rows()]
    assert found["Weeks"].auto_filter.ref == "A1:E3"


def test_segments_funnels_and_cohorts_are_drawn(published, settings):
    published.define("conversation_rate", "csat")
    shared = {"family": "technology", "attribute": "device", "denominator": 40, "rest_value": 0.4}
    for segment, difference in (("phone", -0.3), ("desktop", 0.1)):
        for metric in ("csat", "conversation_rate"):
            row = {
                "metric": metric,
                "segment": segment,
                "numerator": 20,
                "value": 0.5,
                "difference": difference,
            }
            published.add("analytics.segment_metrics", {**shared, **row})
    for month in ("2026-01-01", "2026-02-01"):
        for step, entered in ((1, 40), (2, 10)):
            row = {"funnel": "=purchase", "step": step, "step_name": f"step {step}", "entered": entered}
            row |= {
                "grain": "month",
                "is_complete": month < "2026-02",
                "median_seconds": 90_000,
            }
            for of in (
                {"dimension": "all", "dimension_value": "all"},
                {"dimension": "platform", "dimension_value": "rasa"},
            ):
                more = {**of, "period_start": month, "total_rate": entered / 40}
                published.add("analytics.funnel_steps", {**row, **more})
    row = {"metric": "csat", "family": "technology", "attribute": "device", "segment": "=phone", "value": 0.5}
    row |= {"numerator": 20, "denominator": 40, "grain": "month", "platform": "rasa"}
    for month in ("2025-12-01", "2026-01-01", "2026-02-01"):
        published.add("analytics.platform_segment_metrics", {**row, "period_start": month})
    for month, size in (("2026-01-01", 40), ("2026-02-01", 12)):
        row = {"kind": "return_to_chat", "grain": "month", "cohort_start": month, "cohort_size": size}
        published.add(
            "analytics.retention_cohorts", {**row, "period_index": 1, "active": 3, "rate": 3 / size}
        )
    found = book(published, settings)
    segments = table(found, "Segments")
    assert [row["Label"].value for row in segments[:2]] == ["device: phone", "device: desktop"]
    assert {row["Metric"].value for row in segments[:2]} == {"conversation_rate"}
    cohorts = table(found, "Cohorts chat")
    assert [row["Month 1"].value for row in cohorts] == [0.075, "3 of 12"]
    bars, funnel, lines = found["Charts"]._charts
    assert bars.series[0].val.numRef.f == "'Segments'!$H$2:$H$3"
    # The newest complete month, though a younger one is there.
    assert funnel.series[0].val.numRef.f == "'Funnels'!$E$6:$E$7"
    assert [row["Platform"].value for row in table(found, "Funnels")][:4] == ["all", "all", "rasa", "rasa"]
    both = table(found, "Segments by platform")
    assert [(str(row["Month from"].value)[:7], row["Platform"].value) for row in both] == [
        ("2026-02", "rasa"),
        ("2026-01", "rasa"),
    ]
    assert (both[0]["Segment"].value, both[0]["Segment"].data_type) == ("=phone", "s")
    assert len(lines.series) == 1
    assert table(found, "Funnels")[0]["Funnel"].data_type == "s"


@pytest.fixture
def talk(published: Published) -> Published:
    row = {
        "conversation_key": "c1",
        "customer_key": "p1",
        "started_at": "2026-03-01 23:30",
        "satisfaction": "positive",
    }
    published.add("marts.fct_conversations", row)
    published.add(
        "marts.fct_conversations", {**row, "conversation_key": "c0", "started_at": "2026-02-01 10:00"}
    )
    published.add("marts.fct_conversations", {**row, "conversation_key": "test", "is_test": True})
    published.add("marts.dim_customers", {"customer_key": "p1", "first_name": "Ada", "last_name": "Lovelace"})
    said = (
        *(("bot", "Hello, Ada!"), ("user", "/session_start"), ("user", "=cmd|calc ada@example.test")),
        *(("bot", "Dear Lovelace, order 10234 is on its way"), ("user", "thanks"), ("bot", "Bye")),
    )
    for number, (author, text) in enumerate(said):
        row = {"conversation_key": "c1", "author": author, "text": text, "sequence": number}
        published.add("marts.fct_messages", {**row, "message_key": str(number)})
    row = {"conversation_key": "c1", "outcome": "resolved_confirmed", "resolution_seconds": 42.0}
    published.add("analytics.conversation_outcomes", row)
    return published


def test_the_log_holds_question_and_answer_masked(talk, settings):
    first, second = table(book(talk, settings), "conversation_log")
    assert first["Conversation id"].value == "c1"
    assert first["Time (Europe/Berlin)"].value == datetime(2026, 3, 2, 0, 30)
    query = first["Customer query"]
    assert (query.value, query.data_type, query.quotePrefix) == ("=cmd|calc EMAIL", "s", True)
    assert first["Chatbot response"].value == "Dear NAME, order NUMBER is on its way"
    assert first["Resolution time"].value == timedelta(seconds=42)
    assert (first["CSAT"].value, first["Outcome"].value) == ("positive", "resolved_confirmed")
    assert (second["Conversation id"].value, second["Customer query"].value) == ("c0", None)


def test_the_log_is_capped_switched_off_and_without_text_where_none_is_published(talk):
    def names(most: int) -> list[str]:
        chosen = Settings.model_validate({"report": {"conversation_log": most}})
        return [
            sheet.name
            for sheet in contents(Scope(talk.con, chosen))
            if sheet.name != "conversation_log" or len(sheet.rows) == 1
        ]

    assert "conversation_log" in names(1)
    assert "conversation_log" not in names(0)
    talk.con.execute("alter table marts.fct_messages drop column text")
    for column in ("first_name", "last_name"):
        talk.con.execute(f"alter table marts.dim_customers drop column {column}")
    row = table(book(talk, Settings()), "conversation_log")[0]
    assert row["Customer query"].value == "(text is left out of what is published)"


@pytest.mark.slow
def test_the_demo_shop_has_them_all_and_nobody_in_them(demo_home_once):
    reports = demo_home_once.reports
    found = load_workbook(reports / "latest.xlsx")
    assert len(found["Charts"]._charts) >= 5
    assert all(
        found[name].max_row > 1 for name in ("Weeks", "Metrics", "Segments", "Funnels", "conversation_log")
    )
    with duckdb.connect(str(demo_home_once.published), read_only=True) as con:
        people = con.execute(
            "select email, phone from marts.dim_customers where email is not null"
        ).fetchall()
        tables = con.execute(
            "select table_name from duckdb_tables() where schema_name = 'analytics'"
        ).fetchall()
    assert people
    assert {file.stem for file in reports.glob("csv/*.csv")} == {name for (name,) in tables}
    cells = [
        str(cell) for sheet in found for row in sheet.iter_rows(values_only=True) for cell in row if cell
    ]
    files = [*reports.glob("csv/*.csv"), *reports.glob("digest.*")]
    whole = "\n".join([*cells, *(file.read_text(encoding="utf-8") for file in files)])
    assert not [value for person in people for value in person if value and value in whole]
    assert (reports / "digest.txt").read_text(encoding="utf-8").count("\n- ") > 5
    check = standing(demo_home_once, "workbook")
    assert (check["problem"], check["csv_files"]) == ("", len(tables))


def test_csv_is_whole_and_runs_nothing(published, tmp_path, monkeypatch):
    values = ['=IMPORTXML("http://evil.example")', " +1", 'plain, with "quotes"\nand a line', "-", None]
    for number, value in enumerate(values):
        row = {"metric": str(number), "dimension_value": value, "value": -0.5, "period_start": "2026-02-01"}
        published.add("analytics.metrics", row)
    folder = tmp_path / "csv"
    folder.mkdir()
    (folder / "gone.csv").touch()
    monkeypatch.setattr(csv_files, "MOST_ROWS", 5)
    published.add("analytics.signals", *({"name": str(number)} for number in range(6)))
    found = write_csv_files(published.con, folder)
    assert found.left_out == ["signals"]
    assert sorted(file.name for file in folder.iterdir()) == sorted(f"{name}.csv" for name in found.written)
    with (folder / "metrics.csv").open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["metric"])
    guarded = [f"'{values[0]}", "' +1", 'plain, with "quotes" and a line', "'-", ""]
    assert [row["dimension_value"] for row in rows] == guarded
    assert {(row["value"], row["period_start"]) for row in rows} == {("-0.5", "2026-02-01")}


@pytest.mark.parametrize("limit", [("MOST_ROWS", 6), ("MOST_BYTES", 520)])
def test_a_table_with_periods_that_is_too_large_for_csv_keeps_the_newest(
    published, tmp_path, monkeypatch, limit
):
    for month, rows in ((1, 2), (2, 2), (3, 3)):
        for number in range(rows):
            published.metric(str(number), f"2026-0{month}-01", numerator=1)
    monkeypatch.setattr(csv_files, *limit)
    found = write_csv_files(published.con, tmp_path)
    assert (found.shortened, found.left_out) == ({"metrics": "2026-02-01"}, [])
    with (tmp_path / "metrics.csv").open(newline="") as file:
        assert (
            sorted(row["period_start"] for row in csv.DictReader(file))
            == ["2026-02-01"] * 2 + ["2026-03-01"] * 3
        )
