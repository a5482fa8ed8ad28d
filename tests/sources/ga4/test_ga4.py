"""Quirks of GA4's BigQuery export."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import duckdb
from deliveries import read_export, stage_deliveries

EVENT = {
    "event_date": "20261005",
    "event_timestamp": "1791194400000001",
    "event_name": "page_view",
    "event_params": [
        {"key": "ga_session_id", "value": {"int_value": "1791194000"}},
        {"key": "page_title", "value": {"string_value": "Mugs"}},
    ],
    "user_pseudo_id": "1055.1760000000",
    "stream_id": "34508",
    "is_active_user": True,
    "batch_event_index": "1",
}


def as_console(event: dict) -> dict:
    """The event as the console writes it: every scalar text, nulls kept."""
    slots = ("string_value", "int_value", "float_value", "double_value")
    params = [{**p, "value": {slot: p["value"].get(slot) for slot in slots}} for p in event["event_params"]]
    return {**event, "event_params": params, "is_active_user": "true", "user_id": None}


def test_the_same_event_is_one_record_in_every_shape(tmp_path: Path) -> None:
    parquet = tmp_path / "made.parquet"
    with duckdb.connect() as con:
        con.execute(f"""
            copy (
                select '20261005' as event_date, 1791194400000001 as event_timestamp, 'page_view' as event_name,
                    [
                        {{'key': 'page_title', 'value': {{'string_value': 'Mugs', 'int_value': null::bigint}}}},
                        {{'key': 'ga_session_id', 'value': {{'string_value': null, 'int_value': 1791194000}}}}
                    ] as event_params,
                    '1055.1760000000' as user_pseudo_id, '34508' as stream_id, true as is_active_user,
                    1 as batch_event_index
            ) to '{parquet}' (format parquet)
        """)
    rows = read_export(
        tmp_path,
        "ga4",
        {
            "a.ndjson": json.dumps(EVENT),
            "b.json": json.dumps([as_console(EVENT)]),
            "c.jsonl": json.dumps(as_console(EVENT)),
            "d.parquet": parquet.read_bytes(),
        },
    )["events"]
    assert [row["_shape"] for row in rows] == [
        "bigquery_ndjson", "console_json", "console_json", "bigquery_parquet",
    ]  # fmt: skip
    assert len({row["_record_key"] for row in rows}) == 1
    assert {row["occurred_at"] for row in rows} == {datetime(2026, 10, 5, 10, 0, 0, 1)}
    assert {row["is_active_user"] for row in rows} == {True}
    assert {row["_partition"] for row in rows} == {"20261005"}
    assert {row["_extra"] for row in rows} == {None}


def test_events_of_one_batch_differ_by_any_parameter_or_their_place_in_it(tmp_path: Path) -> None:
    other_title = {**EVENT, "event_params": [{"key": "page_title", "value": {"string_value": "Cups"}}]}
    other_place = {**EVENT, "batch_event_index": "2"}
    repeated_batch_key = {
        **EVENT,
        "event_params": [*EVENT["event_params"], {"key": "batch_page_id", "value": {"int_value": "9"}}],
    }
    events = [EVENT, other_title, other_place, EVENT, repeated_batch_key]
    rows = read_export(tmp_path, "ga4", {"a.ndjson": "\n".join(map(json.dumps, events))})["events"]
    keys = [row["_record_key"] for row in rows]
    assert len(set(keys[:3])) == 3
    assert keys[0] == keys[3] == keys[4]


def test_a_daily_export_outranks_intraday_and_parquet_lists_may_be_wrapped(tmp_path: Path) -> None:
    wrapped = {**EVENT, "event_params": {"list": [{"element": element} for element in EVENT["event_params"]]}}
    rows = read_export(
        tmp_path,
        "ga4",
        {"events_intraday_20261005.ndjson": json.dumps(EVENT), "events_20261005.ndjson": json.dumps(wrapped)},
    )["events"]
    assert [row["_standing"] for row in rows] == [1, 2]
    assert rows[0]["_record_key"] == rows[1]["_record_key"]


def test_rows_without_day_or_whole_microseconds_are_set_aside(tmp_path: Path) -> None:
    broken = [
        {**EVENT, "event_date": "2026-10-05"},
        {**EVENT, "event_date": "20261340"},
        {**EVENT, "event_timestamp": "1.79E15"},
        {**EVENT, "event_name": ""},
    ]
    rows = read_export(tmp_path, "ga4", {"a.ndjson": "\n".join(map(json.dumps, [EVENT, *broken]))})["events"]
    assert rows[0]["_problem"] is None
    assert all(row["_problem"] and row["_original"] for row in rows[1:])


def test_a_restated_day_replaces_all_of_it_and_late_intraday_nothing(tmp_path: Path) -> None:
    def day(*names: str) -> str:
        return "\n".join(json.dumps({**EVENT, "event_name": name}) for name in names)

    ask = stage_deliveries(
        tmp_path,
        "ga4",
        [
            {"events_20261005.ndjson": day("scroll", "click", "click")},
            {"events_20261005.ndjson": day("scroll", "purchase")},
            {"events_intraday_20261005.ndjson": day("login")},
        ],
    )
    rows = ask("select event_name, web_session_id from staging.stg_ga4__events order by 1")
    assert [row["event_name"] for row in rows] == ["purchase", "scroll"]
    assert rows[0]["web_session_id"] == "34508|1055.1760000000|1791194000"
