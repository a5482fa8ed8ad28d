"""Each value of a segment against the rest, metric by metric: the rows behind `segment_metrics`.

Reads the TEMP table `metric_units` and `analytics.conversation_segments`; what a metric counts is not said here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_pipeline.analytics._sql import run_date
from chat_pipeline.statistics import benjamini_hochberg, clustered_against_rest, units_alike, wilson

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb
    import numpy as np

    from chat_pipeline.settings import Settings
    from chat_pipeline.statistics import AgainstRest

# The headline metrics that a conversation is a unit of. Volumes have no rest to differ from: they are not tested.
HEADLINES = (
    *("conversation_volume", "conversation_rate", "csat", "average_resolution_time", "fallback_rate"),
    *("resolution_rate", "chatbot_influenced_retention"),
)
GOALS = "goal_completion_rate:"
SHAPES = ("count", "rate", "seconds")
WEEKS = 4
FEWEST_UNITS = 30
LEVEL = 0.05
UNKNOWN = "unknown"


def segment_rows(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[dict[str, Any]]:
    """A row per metric, family, attribute and value, with difference, p and q where they could be tested."""
    con.execute(f"create or replace temp table segment_sums as {_sums(settings)}")
    groups = con.execute(
        "select distinct metric, shape, family, attribute from segment_sums order by all"
    ).fetchall()
    rows = [row for group in groups for row in _compared(con, *group)]
    con.execute("drop table segment_sums")
    tests = {_test(row): row["p"] for row in rows if row["p"] is not None}
    adjusted = dict(zip(tests, benjamini_hochberg(list(tests.values())), strict=True))
    for row in rows:
        row["q"] = adjusted[_test(row)] if row["p"] is not None else None
        row["is_significant"] = row["q"] is not None and row["q"] <= LEVEL
    return rows


def _test(row: dict[str, Any]) -> tuple[str, ...]:
    """What names a test: of a two-valued attribute both rows are one."""
    value = "" if row["is_two_valued"] else row["value"]
    return row["metric"], row["family"], row["attribute"], value


def _sums(settings: Settings) -> str:
    """Sums per metric, attribute, value and cluster, of the last complete ISO weeks of each metric.

    A week is complete once it has passed and nothing in it is pending; a cluster is a person, else the unit.
    """
    names = ", ".join(f"'{name}'" for name in HEADLINES)
    return f"""
    with headline as (
        select
            *, cast(date_trunc('week', started_date) as date) as week,
            case when shape = 'count' then numerator else denominator end as weight
        from metric_units
        where (metric in ({names}) or starts_with(metric, '{GOALS}')) and conversation_key is not null
            and shape in {SHAPES}
    ),
    complete_weeks as (
        select metric, week, row_number() over (partition by metric order by week desc nulls last) as age
        from headline
        group by metric, week
        having sum(pending) = 0 and week + 7 <= {run_date(settings)} and sum(weight) > 0
    ),
    counted as (
        select
            h.metric, h.shape, h.conversation_key, h.numerator, h.denominator,
            dense_rank() over (order by h.cluster) as cluster,
            min(h.week) over (partition by h.metric) as first_week,
            max(h.week) over (partition by h.metric) as last_week
        from headline as h
        inner join complete_weeks as w on w.metric = h.metric and w.week = h.week and w.age <= {WEEKS}
        where h.weight > 0
    )
    select
        c.metric, c.shape, s.family, s.attribute, s.value, c.cluster, c.first_week, c.last_week,
        sum(c.numerator) as numerator, sum(c.denominator) as denominator
    from counted as c
    inner join analytics.conversation_segments as s on s.conversation_key = c.conversation_key
    group by all
    """


def _compared(
    con: duckdb.DuckDBPyConnection, metric: str, shape: str, family: str, attribute: str
) -> list[dict[str, Any]]:
    sums = con.execute(
        "select value, cluster, numerator, denominator, first_week, last_week from segment_sums"
        " where metric = ? and family = ? and attribute = ? order by value, cluster",
        [metric, family, attribute],
    ).fetchnumpy()
    value = sums["value"].astype(str)
    known = {name: sums[name][value != UNKNOWN] for name in ("cluster", "numerator", "denominator")}
    known["value"] = value[value != UNKNOWN]
    shared = {
        "metric": metric,
        "family": family,
        "attribute": attribute,
        "is_two_valued": len(set(known["value"].tolist())) == 2,
        "first_week": sums["first_week"][0],
        "last_week": sums["last_week"][0],
    }
    counts = known["denominator"] > 0
    x, m, cluster, group = (known[name][counts] for name in ("numerator", "denominator", "cluster", "value"))
    tests = clustered_against_rest(x, m, cluster, group)
    rows = []
    for name in sorted(set(value.tolist())):
        own = {column: sums[column][value == name] for column in ("cluster", "numerator", "denominator")}
        rows.append(
            {
                **shared,
                "value": name,
                **_of_value(name, own, known, tests.get(name), is_share=shape == "rate"),
            }
        )
    return rows


def _of_value(
    value: str,
    own: Mapping[str, np.ndarray],
    known: Mapping[str, np.ndarray],
    found: AgainstRest | None,
    is_share: bool,
) -> dict[str, Any]:
    numerator, denominator = int(own["numerator"].sum()), int(own["denominator"].sum())
    row: dict[str, Any] = {
        "numerator": numerator,
        "denominator": denominator,
        # A volume is divided by nothing.
        "ratio": numerator / denominator if denominator else float(numerator),
        "interval": None,
        "rest": None,
        "comparison": None,
        "p": None,
    }
    if is_share:
        worth = units_alike(own["numerator"], own["denominator"], own["cluster"])
        row["interval"] = wilson(numerator, denominator, worth)
    rest = int(known["denominator"].sum()) - denominator
    # Who is not known is no group of its own, nor part of the others.
    if value == UNKNOWN or rest <= 0:
        return row
    row["rest"] = (int(known["numerator"].sum()) - numerator) / rest
    if found and min(denominator, rest) >= FEWEST_UNITS:
        row["comparison"], row["p"] = found.comparison, found.cautious_p
    return row
