"""First purchases, chats of buyers, and the days that count: steps that the comparisons of retention share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._purchases import purchases_steps
from chat_pipeline.analytics._sql import cutoff_of, is_apart, shop_date, sources_steps

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings


def first_purchases_steps(settings: Settings) -> str:
    """Steps ending in `firsts`, `buyer_chats` and `reach`.

    firsts(customer_key, first_date, first_at (its first counted order), second_date (next day with a purchase),
    is_earlier_buyer); buyer_chats: undisputed conversations of customers, test traffic aside; reach(live_date:
    when the chat went live, by settings, else by the data; last_date: passed entirely in chats and orders).
    """
    live = settings.shop.chat_live_since
    since = f"date '{live.isoformat()}'" if live else "(select min(started_date) from live_chats)"
    return f"""
    {sources_steps(settings)},
    {purchases_steps(settings)},
    live_chats as (select * from marts.fct_conversations where not {is_apart(settings)}),
    buyer_chats as (
        select customer_key, conversation_key, started_at, started_date, is_chat_engaged
        from live_chats
        where customer_key is not null and not coalesce(has_identity_conflict, false)
    ),
    numbered as (
        select
            customer_key, purchase_date,
            row_number() over (partition by customer_key order by purchase_date nulls last) as number
        from purchases
    ),
    first_days as (
        select
            customer_key, min(purchase_date) as first_date,
            max(case when number = 2 then purchase_date end) as second_date
        from numbered
        where number <= 2
        group by customer_key
    ),
    firsts as (
        select
            f.customer_key, f.first_date, f.second_date, min(o.ordered_at) as first_at,
            earlier_buyers.customer_key is not null as is_earlier_buyer
        from first_days as f
        inner join marts.fct_orders as o
            on o.customer_key = f.customer_key and o.ordered_date = f.first_date and o.is_counted
            and not {is_apart(settings, "o.is_test")}
        left join earlier_buyers on earlier_buyers.customer_key = f.customer_key
        group by f.customer_key, f.first_date, f.second_date, earlier_buyers.customer_key
    ),
    reach as (
        select
            {since} as live_date,
            {shop_date(f"least({cutoff_of('chat')}, {cutoff_of('order')})", settings)} - 1 as last_date
    )"""
