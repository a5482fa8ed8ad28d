"""How often each rating was given, scale by scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._units import chats_steps

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

GRAINS = ("day", "week", "month")


def csat_distribution(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.csat_distribution`."""
    periods = " union all ".join(
        f"select *, '{grain}' as grain, cast(date_trunc('{grain}', date) as date) as period_start from rated"
        for grain in GRAINS
    )
    return f"""
    with {chats_steps(settings)},
    rated as (
        select
            date, platform, coalesce(rating_scale, 'unknown') as rating_scale, rating,
            coalesce(satisfaction, 'none') as satisfaction, coalesce(is_rating_young, true) as is_young
        from chats
        where rating is not null and not is_apart
    ),
    counted as (
        select
            grain, period_start, case when grouping(platform) = 0 then 'platform' else 'all' end as dimension,
            coalesce(platform, 'all') as dimension_value, rating_scale, rating, min(satisfaction) as satisfaction,
            sum(case when is_young then 0 else 1 end) as ratings, sum(case when is_young then 1 else 0 end) as pending
        from ({periods}) as periods
        group by grouping sets (
            (grain, period_start, rating_scale, rating), (grain, period_start, rating_scale, rating, platform)
        )
    )
    select
        *, cast(ratings as double) / nullif(
            sum(ratings) over (partition by grain, period_start, dimension, dimension_value, rating_scale), 0
        ) as share
    from counted
    """


TABLE = AnalyticsTable(
    name="csat_distribution",
    description=(
        "One row per grain, period, dimension (all, platform), value, scale and rating given: how many conversations have it"
        " as their last rating, once 7 days old (`pending` before). Scales are never mixed. Ratings count in the period"
        " in which the conversation started. What nobody gave has no row."
    ),
    columns=(
        Column("grain", "varchar", "day, week (from Monday) or month, in the shop's time zone."),
        Column("period_start", "date", "First day of the period."),
        Column("dimension", "varchar", "all or platform."),
        Column("dimension_value", "varchar", "Value of the dimension, or 'all'."),
        Column("rating_scale", "varchar", "Scale, as in marts.fct_conversations."),
        Column("rating", "varchar", "The rating as given on it."),
        Column(
            "satisfaction",
            "varchar",
            "positive, neutral or negative by the scale's map; none: no satisfaction.",
        ),
        Column("ratings", "bigint", "Conversations with it, old enough."),
        Column("pending", "bigint", "Conversations with it whose rating may still change."),
        Column("share", "double", "ratings / all of the scale in the cell, 0 to 1."),
    ),
    key=("grain", "period_start", "dimension", "dimension_value", "rating_scale", "rating"),
    build=csat_distribution,
    needs=("conversation_outcomes",),
)
