"""GA4: BigQuery's export of events (JSON Lines of `bq extract`, the console's JSON, Parquet, Avro), and
aggregated reports to compare them with."""

from __future__ import annotations

from typing import Any

from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Refusal, Shape, Source
from chat_pipeline.sources.ga4.columns import EVENTS, REPORTS
from chat_pipeline.sources.ga4.reading import read_avro, read_json, read_parquet
from chat_pipeline.sources.ga4.reports import read_data_api, read_ui
from chat_pipeline.sources.ga4.stacked import is_heading

NEEDED = {"event_date", "event_timestamp", "event_name"}


def _is_event_json(sniff: Sniff) -> bool:
    return sniff.kind == "json" and sniff.keys >= NEEDED


def _keeps_nulls(sample: Any) -> bool:
    """Whether the record names fields that it has no value for: only the console writes those."""
    if not isinstance(sample, dict):
        return False
    parameters = sample.get("event_params")
    values = (
        [p.get("value") for p in parameters if isinstance(p, dict)] if isinstance(parameters, list) else []
    )
    return None in sample.values() or any(
        isinstance(value, dict) and None in value.values() for value in values
    )


def _is_console(sniff: Sniff) -> bool:
    return _is_event_json(sniff) and (sniff.layout == "array" or any(map(_keeps_nulls, sniff.samples)))


def _is_extract(sniff: Sniff) -> bool:
    return _is_event_json(sniff) and not _is_console(sniff)


def _is_parquet(sniff: Sniff) -> bool:
    return sniff.kind == "parquet" and NEEDED | {"event_params"} <= set(sniff.columns)


def _is_avro(sniff: Sniff) -> bool:
    return sniff.kind == "avro" and NEEDED | {"event_params"} <= set(sniff.columns)


def _is_flattening(sniff: Sniff) -> bool:
    named = {column.casefold() for column in sniff.columns}
    return (
        sniff.kind in ("csv", "xlsx")
        and {"event_name", "event_date"} <= named
        and "_fivetran_id" not in named
    )


def _is_report(sniff: Sniff) -> bool:
    """A report with its lines of #, or with its header first because somebody took them away."""
    first = sniff.columns[0] if sniff.columns else ""
    named = sniff.kind == "csv" and first in ("Event name", "Nth day")
    return named or (sniff.kind in ("csv", "other") and is_heading(first))


def _is_data_api(sniff: Sniff) -> bool:
    """An answer of runReport, of batchRunReports, or several of them."""
    answers = [
        answer
        for sample in sniff.samples
        if isinstance(sample, dict)
        for answer in (sample["reports"] if isinstance(sample.get("reports"), list) else [sample])
    ]
    return sniff.kind == "json" and any(
        isinstance(answer, dict) and bool({"metricHeaders", "metric_headers"} & answer.keys())
        for answer in answers
    )


SOURCE = Source(
    name="ga4",
    kind="web",
    description="Web analytics: Google Analytics 4, exported from BigQuery.",
    tables=(EVENTS, REPORTS),
    shapes=(
        Shape("bigquery_ndjson", _is_extract, read_json),
        Shape("console_json", _is_console, read_json),
        Shape("bigquery_parquet", _is_parquet, read_parquet),
        Shape("bigquery_avro", _is_avro, read_avro),
        Shape("ui_report_csv", _is_report, read_ui),
        Shape("data_api_json", _is_data_api, read_data_api),
    ),
    reader_version=2,
    refusals=(
        Refusal(
            "synthetic_flattening",
            _is_flattening,
            "a flattened CSV of events, each made differently: export events_YYYYMMDD from BigQuery as JSON, Parquet or Avro",
        ),
    ),
    expected="BigQuery's events_YYYYMMDD or events_intraday_YYYYMMDD as JSON Lines, console JSON, Parquet or Avro",
)
