"""The headline metrics by segment, each value against the rest, with one correction for all tests of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._segment_tests import segment_rows
from chat_pipeline.analytics._units import ensure_units

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def segment_metrics(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.segment_metrics`."""
    import pandas as pd

    ensure_units(con, settings)
    columns = [column.name for column in TABLE.columns]
    found = pd.DataFrame([_row(row) for row in segment_rows(con, settings)], columns=columns)
    con.register("segment_metrics_found", found)
    return "select * from segment_metrics_found"


def _row(row: dict[str, Any]) -> dict[str, Any]:
    low, high = row["interval"] or (None, None)
    comparison = row["comparison"]
    return {
        **{
            name: row[name]
            for name in ("metric", "family", "attribute", "numerator", "denominator", "p", "q")
        },
        **{name: row[name] for name in ("is_two_valued", "is_significant", "first_week", "last_week")},
        "segment": row["value"],
        "value": row["ratio"],
        "interval_low": low,
        "interval_high": high,
        "rest_value": row["rest"],
        "difference": row["ratio"] - row["rest"] if row["rest"] is not None else None,
        "difference_low": comparison.low if comparison else None,
        "difference_high": comparison.high if comparison else None,
    }


TABLE = AnalyticsTable(
    name="segment_metrics",
    description=(
        "One row per headline metric and value of a segment at the conversation's start (conversation_segments): the"
        " value against the rest of the attribute's known values, over the last four complete ISO weeks of the metric"
        " (passed, nothing pending). Tested by person (conversations of one person are not independent), under 30 units"
        " on either side not at all; q is p corrected after Benjamini and Hochberg for all tests of the run, in which an"
        " attribute of two values is one test. An association. One run in isolation proves little: a finding should"
        " hold two weeks in a row."
    ),
    columns=(
        Column("metric", "varchar", "Metric (as in analytics.metrics)."),
        Column("family", "varchar", "Family of the attribute."),
        Column("attribute", "varchar", "Attribute (analytics.conversation_segments)."),
        Column("segment", "varchar", "Value of the attribute at the conversation's start."),
        Column("first_week", "date", "Monday of the first week."),
        Column("last_week", "date", "Monday of the last week."),
        Column("numerator", "bigint", "As in the metric; seconds for times."),
        Column("denominator", "bigint", "Units of the metric; 0 of conversation_volume."),
        Column(
            "value",
            "double",
            "numerator / denominator: a share, or mean seconds; of conversation_volume the conversations of the weeks.",
        ),
        Column(
            "interval_low",
            "double",
            "Lower bound of the 95 % Wilson interval of a share, on n / deff; else null.",
        ),
        Column("interval_high", "double", "Upper bound of the 95 % interval of a share."),
        Column(
            "rest_value",
            "double",
            "The same over all other known values, in the metric's unit; null for unknown.",
        ),
        Column(
            "difference", "double", "value - rest_value, in the metric's unit (0.05 of a share: 5 points)."
        ),
        Column("difference_low", "double", "Lower bound of its 95 % interval, clustered by person."),
        Column("difference_high", "double", "Upper bound of its 95 % interval."),
        Column("p", "double", "Two-sided p of the difference, 0 to 1; null where not tested."),
        Column("q", "double", "p corrected for all tests of the run, 0 to 1."),
        Column("is_significant", "boolean", "q is at most 0.05."),
        Column(
            "is_two_valued", "boolean", "The attribute has two known values: their two rows are one test."
        ),
    ),
    key=("metric", "family", "attribute", "segment"),
    build=segment_metrics,
    needs=("conversation_outcomes", "conversation_segments"),
)
