"""Chats after the first purchase, judged from one day on: who has not bought again by day 30, chatted or not.

The day is the same for both groups, so that nobody is put among the chatters for having lasted long enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._comparison import rate_columns, side_by_side
from chat_pipeline.analytics._first_purchases import first_purchases_steps

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

LANDMARK_DAY = 30
LAST_DAY = 120


def retention_landmark(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.retention_landmark`."""
    counts = f"""
    with {first_purchases_steps(settings)},
    chatted as (
        select distinct f.customer_key
        from firsts as f
        inner join buyer_chats as c
            on c.customer_key = f.customer_key and c.started_at >= f.first_at
            and c.started_date <= f.first_date + {LANDMARK_DAY}
        where c.is_chat_engaged
    ),
    followed as (
        select
            case when chatted.customer_key is null then 'no_chat' else 'chat' end as group_name,
            coalesce(f.second_date <= f.first_date + {LANDMARK_DAY}, false) as is_back_before,
            coalesce(f.second_date <= f.first_date + {LAST_DAY}, false) as is_back,
            f.first_date + {LAST_DAY} <= reach.last_date as is_mature
        from firsts as f
        cross join reach
        left join chatted on chatted.customer_key = f.customer_key
        -- The bot must have been there for the question to make sense.
        where not f.is_earlier_buyer and f.first_date >= reach.live_date
    )
    select
        group_name, sum(case when is_mature and is_back and not is_back_before then 1 else 0 end) as numerator,
        sum(case when is_mature and not is_back_before then 1 else 0 end) as denominator,
        sum(case when is_mature and is_back_before then 1 else 0 end) as excluded,
        sum(case when is_mature then 0 else 1 end) as pending
    from followed
    group by group_name
    """
    return side_by_side(con, "retention_landmark", counts)


TABLE = AnalyticsTable(
    name="retention_landmark",
    description=(
        "One row per group of first-time buyers: with an engaged chat in the days 0 to 30 after the first purchase (chat)"
        " or without (no_chat). Of those who had not bought again by day 30, how many did in the days 31 to 120. An"
        " association. Only first purchases since the chat went live; known earlier buyers are left out."
    ),
    columns=(
        Column("group_name", "varchar", "chat, no_chat."),
        Column("numerator", "bigint", "Customers with a second purchase in the days 31 to 120."),
        Column(
            "denominator",
            "bigint",
            "Customers without a second purchase by day 30 whose 120 days have passed.",
        ),
        Column("excluded", "bigint", "Further customers who had bought again by day 30."),
        Column(
            "pending",
            "bigint",
            "Customers whose 120 days have not passed at the cut-offs of chats and orders.",
        ),
        *rate_columns("a share"),
    ),
    key=("group_name",),
    build=retention_landmark,
)
