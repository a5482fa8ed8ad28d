"""Each value of a segment against the rest, metric by metric: the rows behind `segment_metrics`.

Reads the TEMP table `metric_units` and `analytics.conversation_segments`; what a metric counts is not said here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_pipeline.analytics._sql import columns_of, run_date
from chat_pipeline.statistics import benjamini_hochberg, clustered_against_rest, units_alike, wilson

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

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
    con.execute(f"create or replace temp table segment_names as {_names()}")
    con.execute(f"create or replace temp table segment_sums as {_sums(settings)}")
    rows = [row for metric in _metrics(con) for row in _of_metric(con, metric)]
    for table in ("names", "sums"):
        con.execute(f"drop table segment_{table}")
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


def _names() -> str:
    """Every value of an attribute by a number, in the order of the names."""
    return """
    select cast(row_number() over (order by family, attribute, value) as integer) as code, family, attribute, value
    from (select distinct family, attribute, value from analytics.conversation_segments) as found
    """


def _sums(settings: Settings) -> str:
    """Sums per metric, value (its code) and cluster, of the last complete ISO weeks of each metric.

    A week is complete once it has passed and nothing in it is pending; a cluster is a person, else the unit.
    """
    names = ", ".join(f"'{name}'" for name in HEADLINES)
    return f"""
    with headline as (
        select
            metric, shape, conversation_key, cluster, numerator, denominator, pending,
            cast(date_trunc('week', started_date) as date) as week,
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
    weeks as (select * from complete_weeks where age <= {WEEKS}),
    reach as (select metric, min(week) as first_week, max(week) as last_week from weeks group by metric),
    persons as (
        select cluster, cast(row_number() over (order by cluster) as integer) as person
        from (select distinct cluster from headline where weight > 0) as clusters
    ),
    counted as (
        select h.metric, h.shape, h.conversation_key, h.numerator, h.denominator, p.person
        from headline as h
        inner join weeks as w on w.metric = h.metric and w.week = h.week
        inner join persons as p on p.cluster = h.cluster
        where h.weight > 0
    ),
    valued as (
        select s.conversation_key, n.code
        from analytics.conversation_segments as s
        inner join segment_names as n
            on n.family = s.family and n.attribute = s.attribute and n.value = s.value
        where s.conversation_key in (select conversation_key from counted)
    )
    select
        c.metric, c.shape, v.code, c.person, any_value(r.first_week) as first_week, any_value(r.last_week) as last_week,
        cast(sum(c.numerator) as bigint) as numerator, cast(sum(c.denominator) as bigint) as denominator
    from counted as c
    inner join reach as r on r.metric = c.metric
    inner join valued as v on v.conversation_key = c.conversation_key
    group by c.metric, c.shape, v.code, c.person
    """


def _metrics(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, date, date]]:
    """Metric, shape, first and last week."""
    return con.execute(
        "select metric, shape, any_value(first_week), any_value(last_week) from segment_sums group by all order by all"
    ).fetchall()


def _of_metric(con: duckdb.DuckDBPyConnection, metric: tuple[str, str, date, date]) -> list[dict[str, Any]]:
    """The rows of a metric, whose sums are read once."""
    import numpy as np

    name, shape, first_week, last_week = metric
    sums = columns_of(
        con,
        "select code, person as cluster, numerator, denominator from segment_sums"
        " where metric = ? and shape = ? order by code, cluster",
        [name, shape],
    )
    codes: dict[tuple[str, str], dict[int, str]] = {}
    for code, family, attribute, value in con.execute(
        "select code, family, attribute, value from segment_names order by code"
    ).fetchall():
        codes.setdefault((family, attribute), {})[code] = value
    rows = []
    for (family, attribute), values in codes.items():
        part = slice(*np.searchsorted(sums["code"], [min(values), max(values) + 1]))
        shared = {"metric": name, "family": family, "attribute": attribute}
        shared |= {"first_week": first_week, "last_week": last_week}
        rows += _compared({k: column[part] for k, column in sums.items()}, values, shared, shape == "rate")
    return rows


def _compared(
    sums: Mapping[str, np.ndarray], values: Mapping[int, str], shared: Mapping[str, Any], is_share: bool
) -> list[dict[str, Any]]:
    """The rows of an attribute, of which `values` names the codes."""
    import numpy as np

    unknown = next((code for code, value in values.items() if value == UNKNOWN), 0)
    known = {name: column[sums["code"] != unknown] for name, column in sums.items()}
    is_two_valued = len(np.unique(known["code"])) == 2
    counts = known["denominator"] > 0
    x, m, cluster, group = (known[name][counts] for name in ("numerator", "denominator", "cluster", "code"))
    tests = clustered_against_rest(x, m, cluster, group)
    rows = []
    for code in np.unique(sums["code"]).tolist():
        own = {name: column[sums["code"] == code] for name, column in sums.items()}
        of_value = _of_value(values[code], own, known, tests.get(code), is_share=is_share)
        rows.append({**shared, "is_two_valued": is_two_valued, "value": values[code], **of_value})
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
