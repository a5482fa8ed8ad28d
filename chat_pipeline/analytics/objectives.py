"""Where each objective of the settings stands: baseline, target, the last complete month, and where its trend leads.

The metrics are read from `analytics.metrics`, by month; none is defined here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._objective_standing import LEAST_MONTHS, Month, standing
from chat_pipeline.analytics._sql import run_date

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings
    from chat_pipeline.settings.plans import Objective


def objectives(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.objectives`."""
    import pyarrow as pa

    (today,) = con.execute(f"select {run_date(settings)}").fetchone() or (None,)
    rows = [
        {"objective": name, **standing(objective, months(con, objective), today)}
        for name, objective in settings.objectives.items()
    ]
    types = {"varchar": pa.string(), "bigint": pa.int64(), "double": pa.float64(), "date": pa.date32()}
    schema = pa.schema([(column.name, types[column.type]) for column in TABLE.columns])
    con.register("objectives_rows", pa.Table.from_pylist(rows, schema))
    return "select * from objectives_rows"


def months(con: duckdb.DuckDBPyConnection, objective: Objective) -> list[Month]:
    """The complete months of the objective's metric in its segment, oldest first.

    `segment` is "all", or <dimension>=<value>; the family of a segment's dimension may be left out.
    """
    dimension, _, value = objective.segment.partition("=")
    rows = con.execute(
        """
        select period_start, numerator, denominator, value, is_additive from analytics.metrics
        where metric = ? and grain = 'month' and is_complete and value is not null and dimension_value = ?
            and (dimension = ? or dimension like '%.' || ?)
        order by period_start asc nulls last, dimension asc nulls last
        """,
        [objective.metric, value or "all", dimension, dimension],
    ).fetchall()
    return [Month(*row) for row in rows]


TABLE = AnalyticsTable(
    name="objectives",
    description=(
        "One row per objective in settings: where its metric stood in the baseline period, where it shall be, where it"
        " was in the last complete month (covered, over, nothing pending) up to the target's, and where the straight line"
        " through up to six such months leads."
    ),
    columns=(
        Column("objective", "varchar", "Name in settings."),
        Column("metric", "varchar", "Metric, as in analytics.metrics."),
        Column("segment", "varchar", "all, or dimension=value of analytics.metrics."),
        Column("target_kind", "varchar", "absolute, points (of a share: hundredths added to the baseline) or percent (of the baseline)."),
        Column("baseline_period", "varchar", "Year, quarter or month compared with; null for absolute targets."),
        Column(
            "baseline_value",
            "double",
            "Value of that period in the metric's unit (of a count: per month); null unless each of its months is complete,"
            " or where months of the metric do not add up (persons, percentiles).",
        ),
        Column("target_value", "double", "Value to be reached, in the metric's unit; null without baseline."),
        Column("by_date", "date", "Day by which."),
        Column("current_month", "date", "First day of the last complete month; null without one."),
        Column("current_value", "double", "Value in that month."),
        Column(
            "progress",
            "double",
            "Share of the way done: 0 at the baseline (of an absolute target: the first complete month), 1 at the target; below"
            " 0 is further away, above 1 beyond.",
        ),
        Column("projected_value", "double", f"Where the trend stands in the target's month; null under {LEAST_MONTHS} months."),
        Column("months", "bigint", "Complete months up to the target's."),
        Column(
            "status",
            "varchar",
            "reached (in the last complete month), missed (the target's month is complete), on_track or off_track by the trend,"
            " too_early for a trend, no_baseline, no_data.",
        ),
    ),
    key=("objective",),
    build=objectives,
    needs=("metrics",),
)  # fmt: skip
