"""Where conversations sound better or worse than the rest: a clustered test per value, corrected for their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._segment_values import attributes
from chat_pipeline.analytics._sentiment_units import units_steps
from chat_pipeline.analytics._sql import run_date
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from chat_pipeline.settings import Settings
    from chat_pipeline.statistics import AgainstRest

DIMENSIONS = {
    "intent": "coalesce(primary_intent, 'none')",
    "intent_group": "coalesce(primary_intent_group, 'none')",
    "bot_version": "coalesce(bot_version, 'unknown')",
}
# Persons that each side needs for a test: with few of them a clustered error is far too small.
LEAST = 30
LEVEL = 0.05
# Columns that SQL adds.
LATER = ("first_date", "last_date", "is_driver")


def sentiment_drivers(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.sentiment_drivers`."""
    con.register("sentiment_drivers_tested", tested(con.execute(units(settings)).df()))
    return f"""
    select t.*, w.first_date, w.last_date, t.p_adjusted < {LEVEL} as is_driver
    from sentiment_drivers_tested as t
    cross join ({weeks(settings)}) as w
    """


def weeks(settings: Settings) -> str:
    """SELECT of the first and last day of the complete ISO weeks that are tested."""
    monday = f"date_trunc('week', {run_date(settings)})"
    return (
        f"select cast({monday} - to_days({7 * settings.sentiment.driver_weeks}) as date) as first_date,"
        f" cast({monday} - to_days(1) as date) as last_date"
    )


def units(settings: Settings) -> str:
    """SELECT of the conversations of those weeks: values of all dimensions, points, number of the person."""
    values = ", ".join(f"{value} as {name}" for name, value in DIMENSIONS.items())
    segments = [f'"{family}.{attribute}"' for family, attribute in attributes(settings)]
    pivoted = ", ".join(
        f"max(case when s.family = {sql_text(family)} and s.attribute = {sql_text(attribute)} then s.value end) as {name}"
        for (family, attribute), name in zip(attributes(settings), segments, strict=True)
    )
    return f"""
    with {units_steps(settings)},
    recent as (
        select units.* from units cross join ({weeks(settings)}) as w
        where started_date between w.first_date and w.last_date
    ),
    segmented as (
        select s.conversation_key, {pivoted}
        from analytics.conversation_segments as s
        semi join recent on recent.conversation_key = s.conversation_key
        group by s.conversation_key
    )
    select
        {values}, {", ".join(f"coalesce({name}, 'unknown') as {name}" for name in segments)}, points,
        dense_rank() over (order by cluster) as cluster
    from recent
    left join segmented on segmented.conversation_key = recent.conversation_key
    order by recent.conversation_key
    """


def tested(found: pd.DataFrame) -> pd.DataFrame:
    """A row per dimension and value: means of it and of the rest, difference, test, adjusted p."""
    import pandas as pd

    from chat_pipeline.statistics import benjamini_hochberg

    values = {
        str(name): sorted(set(found[name])) for name in found.columns if name not in ("points", "cluster")
    }
    rows = []
    for name, each in values.items():
        tests = _tests(found, name)
        rows += [_row(found, name, value, tests.get(value)) for value in each]
    # Both values of a dimension that has but two ask one question.
    questions = [
        name if len(values[name]) == 2 else (name, value) for name in values for value in values[name]
    ]
    ps = dict(zip(questions, (row["p_value"] for row in rows), strict=True))
    adjusted = dict(zip(ps, benjamini_hochberg(list(ps.values())), strict=True))
    for row, question in zip(rows, questions, strict=True):
        row["p_adjusted"] = adjusted[question]
    columns = [column.name for column in TABLE.columns if column.name not in LATER]
    return pd.DataFrame(rows, columns=pd.Index(columns))


def _tests(found: pd.DataFrame, name: str) -> dict[str, AgainstRest]:
    """Each value of a dimension against all others, by person."""
    from chat_pipeline.statistics import clustered_against_rest

    sums = found.groupby([name, "cluster"], sort=True)["points"].agg(["sum", "count"]).reset_index()
    return clustered_against_rest(sums["sum"] / 10000, sums["count"], sums["cluster"], sums[name])


def _row(found: pd.DataFrame, name: str, value: str, test: AgainstRest | None) -> dict[str, Any]:
    import numpy as np

    inside = (found[name] == value).to_numpy()
    points = found["points"].to_numpy(float) / 10000
    clusters = found["cluster"].to_numpy()
    counts, persons = (int(inside.sum()), int((~inside).sum())), len(np.unique(clusters[inside]))
    is_judged = test is not None and min(persons, len(np.unique(clusters[~inside]))) >= LEAST
    compared = test.comparison if test and is_judged else None
    return {
        "dimension": name,
        "dimension_value": value,
        "conversations": counts[0],
        "persons": persons,
        "mean": round(points[inside].mean(), 6),
        "rest_conversations": counts[1],
        "rest_mean": round(points[~inside].mean(), 6) if counts[1] else None,
        "difference": round(points[inside].mean() - points[~inside].mean(), 6) if counts[1] else None,
        "interval_low": _rounded(compared and compared.low),
        "interval_high": _rounded(compared and compared.high),
        "p_value": test.cautious_p if test and is_judged else None,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


TABLE = AnalyticsTable(
    name="sentiment_drivers",
    description=(
        "One row per dimension and value: how the mean sentiment of its conversations differs from that of all others,"
        " on the last complete ISO weeks (`[sentiment] driver_weeks`, default 4). A conversation counts once, with the"
        " mean of its scored turns; test traffic is left out. Association, not cause."
    ),
    columns=(
        Column(
            "dimension",
            "varchar",
            "intent (primary), intent_group (primary), bot_version, or <family>.<attribute> of conversation_segments.",
        ),
        Column("dimension_value", "varchar", "Value; 'none' (no intent) and 'unknown' are values."),
        Column("first_date", "date", "First day of the weeks that are compared (shop time)."),
        Column("last_date", "date", "Last day of them."),
        Column("conversations", "bigint", "Scored conversations with the value."),
        Column("persons", "bigint", "Different persons in them; an unidentified conversation is its own."),
        Column("mean", "double", "Mean of their means, -1 to 1."),
        Column("rest_conversations", "bigint", "Scored conversations with another value."),
        Column("rest_mean", "double", "Mean of theirs, -1 to 1; null if there are none."),
        Column("difference", "double", "mean - rest_mean, -2 to 2."),
        Column("interval_low", "double", "Lower bound of its 95 % interval, clustered by person."),
        Column("interval_high", "double", "Upper bound of that interval."),
        Column(
            "p_value",
            "double",
            "Two-sided, clustered by person (Student's t); null under 30 persons on a side, or where nothing"
            " varies.",
        ),
        Column(
            "p_adjusted",
            "double",
            "p, 0 to 1, after Benjamini and Hochberg over all tests of the run; the two values of a dimension that has but two are"
            " one test.",
        ),
        Column("is_driver", "boolean", "p_adjusted is under 0.05; null where nothing was tested."),
    ),
    key=("dimension", "dimension_value"),
    build=sentiment_drivers,
    needs=("conversation_segments", "conversation_sentiment"),
)
