"""GA4's events in every form that BigQuery writes, and its aggregated reports."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from deliveries import read_export, stage_deliveries
from ga4_shapes import as_console, avro, extract_lines, make_events, parquet

INSTANCES = ("extract", "console", "console_lines", "parquet", "avro")
FRAME = "# ----------------------------------------\r\n"
DATES = "# Start date: 20261001\r\n# End date: 20261007\r\n"


@pytest.mark.long
def test_events_give_the_same_staged_rows_in_every_shape(tmp_path: Path) -> None:
    events = make_events(40, seed=5)
    # One event arrived twice.
    events.append(events[0])
    ask = stage_deliveries(
        tmp_path,
        "ga4",
        [
            {
                "extract/events_20261005.json": extract_lines(events),
                "console/bq-results.json": json.dumps(as_console(events), indent=1),
                "console_lines/bq-results.jsonl": "".join(json.dumps(as_console(e)) + "\n" for e in events),
                "parquet/events_20261005.parquet": parquet(events),
                # Two shards of one day, in another order, packed in two ways.
                "avro/events_20261005-000000000000.avro": avro(events[20:]),
                "avro/events_20261005-000000000001.avro": avro(events[:20], "snappy"),
            }
        ],
        "".join(f"[sources.ga4.instances.{name}]\n" for name in INSTANCES),
    )
    for table, least in {"events": 40, "items": 1, "parameters": 200}.items():
        found: dict[str, list[dict]] = {name: [] for name in INSTANCES}
        for row in ask(f"select * from staging.stg_ga4__{table} order by all"):
            found[row.pop("instance")].append(row)
        assert len(found["extract"]) >= least, table
        for name in INSTANCES[1:]:
            assert found[name] == found["extract"], (table, name)
    assert ask("select count(*) as n from staging.stg_ga4__events where instance = 'avro'") == [{"n": 40}]


@pytest.mark.parametrize("cut", [30, 900])
def test_a_damaged_avro_file_costs_only_itself(extract, cut: int) -> None:
    whole = avro(make_events(50, seed=5))
    found = extract("ga4", {"a.avro": whole[:cut], "b.avro": whole, "c.avro": b"Obj\x01" + b"\xff" * 50})
    assert found.states["b.avro"] == "loaded"
    assert found.shapes["b.avro"] == "bigquery_avro"
    assert {found.states["a.avro"], found.states["c.avro"]} <= {"unreadable", "not_of_this_kind"}
    assert all("damaged Avro file" in f.reason for f in found.report.files if f.state != "loaded")


def read_reports(folder: Path, text: str) -> list[dict]:
    return read_export(folder, "ga4", {"report.csv": text})["reports"]


def told(row: dict) -> tuple:
    return (row["section"], row["start_date"], json.loads(row["dimensions"]), json.loads(row["metrics"]))


def test_stacked_tables_keep_their_own_titles_and_dates(tmp_path: Path) -> None:
    rows = read_reports(
        tmp_path,
        FRAME + "# Reports, all\r\n# Account: Mugs\r\n# Property: www: shop\r\n" + FRAME + "# \r\n# All Users\r\n"
        + DATES + 'Page title,Views\r\n"#1, the ""best"" mug",12\r\n# 2,1\r\n\r\n'
        + DATES + "Item name,Items purchased\r\n\r\n\r\n"
        + "# Where from?\r\n# Start date: 20260901\r\n# End date: 20260930\r\nDate,Hour,Users,Users\r\n20260901,00,3,4\r\n",
    )  # fmt: skip
    assert [(row["report"], row["property"], row["table_number"], row["_source_row"]) for row in rows] == [
        ("Reports, all", "www: shop", "1", 11),
        ("Reports, all", "www: shop", "1", 12),
        ("Reports, all", "www: shop", "3", 23),
    ]
    assert [told(row) for row in rows] == [
        ("All Users", "2026-10-01", {"Page title": '#1, the "best" mug'}, {"Views": "12"}),
        ("All Users", "2026-10-01", {"Page title": "# 2"}, {"Views": "1"}),
        ("Where from?", "2026-09-01", {"Date": "20260901", "Hour": "00"}, {"Users": "3", "Users (4)": "4"}),
    ]


def test_words_of_the_block_may_be_of_any_language_and_saved_again_by_a_spreadsheet(tmp_path: Path) -> None:
    text = (
        FRAME + "# Ereignisse\r\n# Konto: Tassen\r\n# Property: laden\r\n" + FRAME
        + "# Startdatum: 01-10-2026\r\n# Enddatum: 07-10-2026\r\nEreignisname,Anzahl\r\nkauf,3\r\n"
    ).replace(",", ";").replace("\r\n", ";\r\n")  # fmt: skip
    (row,) = read_reports(tmp_path, text.replace("Anzahl;", "Anzahl").replace("kauf;3;", "kauf;3"))
    assert (row["report"], row["property"], row["end_date"]) == ("Ereignisse", "laden", "2026-10-07")
    assert told(row) == (None, "2026-10-01", {"Ereignisname": "kauf"}, {"Anzahl": "3"})


def test_an_explorations_grand_total_is_marked_and_ragged_rows_are_set_aside(tmp_path: Path) -> None:
    rows = read_reports(
        tmp_path,
        FRAME + "# Free form 1\r\n# 20261001-20261007\r\n" + FRAME
        + "\r\nEvent name,Device,Users,Rate\r\n,,5,12.5%,Grand total\r\nGrand total,,5,12.5%\r\npurchase,mobile,3,10%\r\nscroll,2\r\n",
    )  # fmt: skip
    assert [row["is_total"] for row in rows] == ["true", "true", "false", "false"]
    assert [row["_problem"] for row in rows] == [None, None, None, "2 cells under 4 headers"]
    assert [json.loads(row["metrics"]) for row in rows[:3]] == [
        {"Users": "5", "Rate": "12.5%"}, {"Users": "5", "Rate": "12.5%"}, {"Users": "3", "Rate": "10%"},
    ]  # fmt: skip
    assert {row["property"] for row in rows} == {None}
    assert {row["end_date"] for row in rows} == {"2026-10-07"}


def test_headers_may_differ_in_case_alone_and_a_table_may_have_no_rows(tmp_path: Path) -> None:
    block = FRAME + "# Free form\r\n" + FRAME
    rows = read_reports(
        tmp_path,
        f'{block}Page,users,Users\r\n"/a\n#b",1,\r\n{block}Page,Views\r\n{block}Page,users,Users\r\n/c,3,4\r\n',
    )
    assert [(row["table_number"], row["table_row"], row["_source_row"]) for row in rows] == [
        ("1", "1", 6),
        ("3", "1", 15),
    ]
    assert [json.loads(row["dimensions"])["Page"] for row in rows] == ["/a\n#b", "/c"]
    assert [json.loads(row["metrics"]) for row in rows] == [
        {"users": "1", "Users": None},
        {"users": "3", "Users": "4"},
    ]


def test_values_of_the_data_api_that_are_no_texts_stay_readable(tmp_path: Path) -> None:
    answer = {
        "dimensionHeaders": [{"name": "date"}],
        "metricHeaders": [{"name": "activeUsers"}, {"name": "sessions"}],
        "rows": [
            {"dimensionValues": [{"value": 20261005}], "metricValues": [{"value": 7.5}, {"value": None}]},
        ],
    }
    (row,) = read_export(tmp_path, "ga4", {"report.json": json.dumps(answer)})["reports"]
    assert (row["dimensions"], row["metrics"]) == (
        '{"date": "20261005"}',
        '{"activeUsers": "7.5", "sessions": null}',
    )


def test_answers_of_the_data_api_alone_in_a_batch_or_in_lines(tmp_path: Path) -> None:
    answer = {
        "dimensionHeaders": [{"name": "date"}],
        "metricHeaders": [{"name": "activeUsers", "type": "TYPE_INTEGER"}],
        "rows": [{"dimensionValues": [{"value": "20261005"}], "metricValues": [{"value": "7"}]}],
    }
    snake = json.loads(json.dumps(answer).replace("Headers", "_headers").replace("Values", "_values"))
    nothing = {"metricHeaders": [{"name": "activeUsers"}], "rowCount": 0, "kind": "analyticsData#runReport"}
    rows = read_export(
        tmp_path,
        "ga4",
        {
            "one.json": json.dumps(answer, indent=1),
            "batch.json": json.dumps({"reports": [nothing, answer], "kind": "analyticsData#batchRunReports"}),
            "lines.jsonl": json.dumps(answer) + "\n" + json.dumps(snake) + "\n",
            "nothing.json": json.dumps(nothing),
        },
    )["reports"]
    assert {row["_shape"] for row in rows} == {"data_api_json"}
    assert [row["table_number"] for row in rows] == ["1", "2", "1", "2"]
    assert {(row["dimensions"], row["metrics"]) for row in rows} == {
        ('{"date": "20261005"}', '{"activeUsers": "7"}')
    }


def test_a_newer_report_replaces_the_file_and_notes_are_no_report(tmp_path: Path, extract) -> None:
    head = (
        FRAME + "# Events\r\n# Account: a\r\n# Property: b\r\n" + FRAME + DATES + "Event name,Event count\r\n"
    )
    ask = stage_deliveries(
        tmp_path, "ga4", [{"r.csv": head + "purchase,3\r\nscroll,9\r\n"}, {"r.csv": head + "purchase,4\r\n"}]
    )
    rows = ask("select start_date, metric, value from staging.stg_ga4__reports")
    assert rows == [{"start_date": date(2026, 10, 1), "metric": "Event count", "value": 4.0}]
    found = extract(
        "ga4", {"README.md": "# Exports\n\nPut files here, please.\n", "empty.csv": head.split("Event")[0]}
    )
    assert found.states == {"README.md": "not_of_this_kind", "empty.csv": "unreadable"}
