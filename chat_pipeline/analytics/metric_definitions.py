"""What each metric of `metrics` means, from `metric_definitions.csv` beside this file; docs/metrics.md shows the same.

How a metric is computed is in `_units.py`; here is what its readers are told.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

DEFINITIONS = Path(__file__).with_suffix(".csv")
# A metric of times is the mean; these stand beside it.
STATISTICS = {"_median": "median", "_p90": "90th percentile"}


def definitions() -> list[dict[str, str | None]]:
    """Rows of the file: a metric each, `csat:<scale>` and `goal_completion_rate:<goal>` for all of their kind."""
    with DEFINITIONS.open(encoding="utf-8", newline="") as file:
        return [{name: text or None for name, text in row.items()} for row in csv.DictReader(file)]


def metric_definitions(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.metric_definitions`: the definition whose name a metric's name begins with."""
    import pyarrow as pa

    rows = definitions()
    schema = pa.schema([(name, pa.string()) for name in rows[0]])
    con.register("metric_definitions_file", pa.Table.from_pylist(rows, schema))
    endings = "|".join(STATISTICS)
    statistic = " ".join(
        f"when ends_with(s.metric, '{ending}') then ', {what}'" for ending, what in STATISTICS.items()
    )
    return f"""
    with seen as (select distinct metric from analytics.metrics),
    named as (
        select
            metric,
            case
                when contains(metric, ':') then regexp_replace(metric, ':.*', '')
                else regexp_replace(metric, '({endings})$', '')
            end as stem,
            contains(metric, ':') as has_part
        from seen
    )
    select
        s.metric,
        d.title
            || case when s.has_part then ': ' || regexp_replace(s.metric, '^[^:]*:', '')
                {statistic} else '' end as title,
        d.numerator, d.denominator, d.value_unit, d.better, d.waits_for
    from named as s
    left join metric_definitions_file as d
        on regexp_replace(d.metric, ':.*', '') = s.stem and contains(d.metric, ':') = s.has_part
    """


TABLE = AnalyticsTable(
    name="metric_definitions",
    description=(
        "One row per metric of `analytics.metrics`: what it counts, in words. Test traffic and what cannot be judged is"
        " in neither numerator nor denominator."
    ),
    columns=(
        Column("metric", "varchar", "Metric, as in analytics.metrics."),
        Column("title", "varchar", "What to write over a chart."),
        Column("numerator", "varchar", "What is counted or summed."),
        Column("denominator", "varchar", "Of what; null for a volume."),
        Column("value_unit", "varchar", "Unit of `value` in analytics.metrics."),
        Column("better", "varchar", "higher or lower, where one of them is; else null."),
        Column("waits_for", "varchar", "How long a unit is pending."),
    ),
    key=("metric",),
    build=metric_definitions,
    needs=("metrics",),
)
