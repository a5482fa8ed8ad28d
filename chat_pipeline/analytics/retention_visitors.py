"""Repeat buyers per 1,000 web visitors with and without a chat: beside the comparisons of buyers alone.

A chat that wins undecided visitors lowers the share of repeat buyers among buyers, though it brings more of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._comparison import rate_columns, side_by_side
from chat_pipeline.analytics._first_purchases import first_purchases_steps
from chat_pipeline.analytics._sql import cutoff_of, is_apart, shop_date

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

DAYS = 120


def retention_visitors(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.retention_visitors`."""
    counts = f"""
    with {first_purchases_steps(settings)},
    sessions as (
        select
            web_session_key, started_at, started_date, customer_key,
            coalesce(customer_key, concat_ws('/', platform, instance, stream_id, client_id)) as visitor
        from marts.fct_web_sessions
        where not {is_apart(settings)} and (customer_key is not null or client_id is not null)
    ),
    visitors as (
        select visitor, min(customer_key) as customer_key, min(started_date) as first_date, min(started_at) as first_at
        from sessions
        group by visitor
    ),
    -- A chat of the very first day: one later on would be for those who come back.
    chatted as (
        select v.visitor
        from visitors as v
        inner join sessions as s on s.visitor = v.visitor and s.started_date = v.first_date
        inner join live_chats as c on c.web_session_key = s.web_session_key and c.started_date = v.first_date
        where c.is_chat_engaged
        union
        select v.visitor
        from visitors as v
        inner join buyer_chats as c on c.customer_key = v.customer_key and c.started_date = v.first_date
        where c.is_chat_engaged and c.started_at >= v.first_at
    ),
    bought as (
        select v.visitor, count(*) as purchases
        from visitors as v
        inner join purchases as p
            on p.customer_key = v.customer_key and p.purchase_date >= v.first_date
            and p.purchase_date <= v.first_date + {DAYS}
        group by v.visitor
    ),
    followed as (
        select
            case when chatted.visitor is null then 'no_chat' else 'chat' end as group_name,
            coalesce(bought.purchases, 0) as purchases, f.first_date < v.first_date as is_buyer_before,
            v.first_date + {DAYS} <= least(reach.last_date, {shop_date(cutoff_of("web"), settings)} - 1) as is_mature
        from visitors as v
        cross join reach
        left join chatted on chatted.visitor = v.visitor
        left join bought on bought.visitor = v.visitor
        left join firsts as f on f.customer_key = v.customer_key
        left join earlier_buyers on earlier_buyers.customer_key = v.customer_key
        where v.first_date >= reach.live_date and earlier_buyers.customer_key is null
    )
    select
        group_name, sum(case when is_mature and purchases >= 2 then 1 else 0 end) as numerator,
        sum(case when is_mature then 1 else 0 end) as denominator,
        sum(case when is_mature and purchases >= 1 then 1 else 0 end) as buyers,
        sum(case when is_mature then 0 else 1 end) as pending
    from followed
    where not coalesce(is_buyer_before, false)
    group by group_name
    """
    return side_by_side(con, "retention_visitors", counts, per=1000)


TABLE = AnalyticsTable(
    name="retention_visitors",
    description=(
        "One row per group of web visitors: with an engaged chat on the day of their first visit (chat) or without"
        " (no_chat). How many of 1,000 became repeat buyers: purchases on two days within 120 days of the first visit. An"
        " association. A visitor is a customer, else a browser of a property; only first visits since the chat went live,"
        " of people who had not bought before. Who never says who they are can't be seen to buy, and chatters say it more"
        " often."
    ),
    columns=(
        Column("group_name", "varchar", "chat, no_chat."),
        Column("numerator", "bigint", "Visitors with purchases on two days or more."),
        Column("denominator", "bigint", "Visitors whose 120 days have passed."),
        Column("buyers", "bigint", "Of these visitors, with a purchase."),
        Column(
            "pending",
            "bigint",
            "Visitors whose 120 days have not passed at the cut-offs of web, chats and orders.",
        ),
        *rate_columns("per 1,000 visitors"),
    ),
    key=("group_name",),
    build=retention_visitors,
)
