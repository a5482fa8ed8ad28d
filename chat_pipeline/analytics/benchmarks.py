"""What others have published about such metrics, each figure with its source, from `benchmarks.csv` beside this file.

Few figures, and only such as can be looked up; nothing here is computed from the shop's data.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

FIGURES = Path(__file__).with_suffix(".csv")


def benchmarks(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.benchmarks`."""
    import csv

    import pyarrow as pa

    with FIGURES.open(encoding="utf-8", newline="") as file:
        rows = [{name: text or None for name, text in row.items()} for row in csv.DictReader(file)]
    schema = pa.schema([(column.name, pa.string()) for column in TABLE.columns])
    con.register("benchmarks_figures", pa.Table.from_pylist(rows, schema))
    return "select * from benchmarks_figures"


TABLE = AnalyticsTable(
    name="benchmarks",
    description=(
        "One row per published figure about a metric. For orientation: other shops, other definitions, other years;"
        " `differs` says how."
    ),
    columns=(
        Column("metric", "varchar", "Metric that it is nearest to, as in analytics.metrics."),
        Column(
            "value", "double", "Average or typical value, in the metric's unit (a share of 0 to 1, seconds)."
        ),
        Column("low", "double", "Lowest of the groups published, in the metric's unit; null where none are."),
        Column(
            "high", "double", "Highest of the groups published, in the metric's unit; null where none are."
        ),
        Column("population", "varchar", "Whose figures they are."),
        Column("period", "bigint", "Year that the figures are from."),
        Column("differs", "varchar", "How its definition differs from ours, and which way that pulls."),
        Column("source", "varchar", "Title of the publication."),
        Column("url", "varchar", "Where it can be read."),
    ),
    key=("metric", "url"),
    build=benchmarks,
)
