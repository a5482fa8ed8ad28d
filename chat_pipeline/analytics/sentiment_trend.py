"""Sentiment per day, week and month: mean of the conversations with its interval, negative share, alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._sentiment_units import units_steps
from chat_pipeline.analytics._sql import run_date

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from chat_pipeline.settings import Settings

DIMENSIONS = {
    "all": "'all'",
    "platform": "platform",
    "language": "language",
    "intent_group": "coalesce(primary_intent_group, 'none')",
}


def sentiment_trend(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.sentiment_trend`."""
    con.register("sentiment_trend_cells", with_intervals(con.execute(cells(settings)).df()))
    return "select * from sentiment_trend_cells"


def cells(settings: Settings) -> str:
    """SELECT of a row per grain, period, dimension and value, with the sums by person that the interval needs."""
    placed = " union all ".join(
        f"select '{name}' as dimension, {value} as dimension_value, * from units"
        for name, value in DIMENSIONS.items()
    )
    return f"""
    with {units_steps(settings)},
    grains as (select unnest(['day', 'week', 'month']) as grain),
    placed as ({placed}),
    persons as (
        select
            g.grain, cast(date_trunc(g.grain, p.started_date) as date) as period_start, p.dimension,
            p.dimension_value, p.cluster, min(p.engine) as engine, sum(p.points) as x, count(*) as m,
            sum(p.scored_turns) as scored_turns, count(*) filter (where p.is_negative) as negative,
            count(*) filter (where p.is_alert) as alerts
        from placed as p
        cross join grains as g
        group by all
    )
    select
        grain, period_start, dimension, dimension_value, min(engine) as engine,
        cast(sum(m) as bigint) as conversations, count(*) as persons,
        cast(sum(scored_turns) as bigint) as scored_turns, cast(sum(negative) as bigint) as negative,
        cast(sum(alerts) as bigint) as alerts, cast(sum(x) as double) as x,
        cast(sum(x * x) as double) as xx, cast(sum(x * m) as double) as xm, cast(sum(m * m) as double) as mm,
        date_trunc(grain, period_start) + to_months(case when grain = 'month' then 1 else 0 end)
            + to_days(case grain when 'day' then 1 when 'week' then 7 else 0 end) <= {run_date(settings)} as is_complete
    from persons
    group by grain, period_start, dimension, dimension_value
    order by grain, period_start, dimension, dimension_value
    """


def with_intervals(found: pd.DataFrame) -> pd.DataFrame:
    """`mean` and its 95 % interval: variance linearised by person (persons / (persons - 1)), Student's t.

    Clamped to [-1, 1]; no interval for a single person. Source: Kish, Survey Sampling (1965), section 6.4.
    """
    import numpy as np
    from scipy.stats import t

    units, persons = found["conversations"].to_numpy(float), found["persons"].to_numpy(float)
    mean = found["x"].to_numpy(float) / units
    squares = found["xx"] - 2 * mean * found["xm"] + mean**2 * found["mm"]
    degrees = np.where(persons > 1, persons - 1, np.nan)
    error = np.sqrt(np.maximum(squares.to_numpy(float), 0) * persons / degrees) / units
    wide = t.ppf(0.975, degrees) * error
    return found.assign(
        mean=np.round(mean / 10000, 6),
        interval_low=np.round(np.maximum(-1, (mean - wide) / 10000), 6),
        interval_high=np.round(np.minimum(1, (mean + wide) / 10000), 6),
        negative_share=found["negative"] / found["conversations"],
    )


TABLE = AnalyticsTable(
    name="sentiment_trend",
    description=(
        "One row per grain, period, dimension and value of the dimension with a scored conversation. A conversation"
        " counts once, with the mean of its scored turns, in the period it started; test traffic is left out. Scores"
        " of different engines are never in one row, and not comparable."
    ),
    columns=(
        Column("grain", "varchar", "day, week (ISO, from Monday), month."),
        Column("period_start", "date", "First day of the period, in the shop's time zone."),
        Column(
            "dimension", "varchar", "all, platform, language (of the conversation), intent_group (primary)."
        ),
        Column(
            "dimension_value", "varchar", "Value of the dimension; 'all', 'unknown' and 'none' are values."
        ),
        Column("engine", "varchar", "Engine of the scores."),
        Column("conversations", "bigint", "Conversations with at least one scored turn."),
        Column("persons", "bigint", "Different persons among them; an unidentified conversation is its own."),
        Column("scored_turns", "bigint", "Scored messages in them."),
        Column("mean", "double", "Mean of the conversations' means, -1 to 1."),
        Column(
            "interval_low",
            "double",
            "Lower bound of the 95 % interval of the mean, clustered by person; null for a single person.",
        ),
        Column("interval_high", "double", "Upper bound of that interval."),
        Column("negative", "bigint", "Conversations whose mean is at or under `negative_score`."),
        Column("negative_share", "double", "negative / conversations, 0 to 1."),
        Column("alerts", "bigint", "Conversations that ended in an alert (conversation_sentiment)."),
        Column("is_complete", "boolean", "The whole period lies before the day of the run's cut-off."),
    ),
    key=("grain", "period_start", "dimension", "dimension_value"),
    build=sentiment_trend,
    needs=("conversation_sentiment",),
)
