"""What becomes of web sessions with a chat and without: steps that tables and metrics share. No table is defined here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import cutoff_of, is_apart
from chat_pipeline.analytics._technology import acquisition_name

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

WINDOW_SECONDS = 86400


def web_steps(settings: Settings) -> str:
    """Steps from `sources` to `judged`: a row per web session since there is a chat."""
    return f"{_session_steps(settings)}, {_order_steps(settings)}, {_judged_step()}"


def _second(at: str) -> str:
    return f"cast(epoch(date_trunc('second', {at})) as bigint)"


def _session_steps(settings: Settings) -> str:
    """Step `sessions`: web sessions since there is a chat, with the seconds of start, first cart and first chat."""
    cutoffs = [f"coalesce({cutoff_of(kind)}, timestamp '1900-01-01')" for kind in ("order", "chat")]
    return f"""
    session_chats as (
        select web_session_key, min({_second("started_at")}) as chat_second
        from marts.fct_conversations
        where web_session_key is not null and is_chat_engaged and not {is_apart(settings)}
        group by web_session_key
    ),
    session_carts as (
        select web_session_key, min({_second("occurred_at")}) as cart_second
        from marts.fct_web_events
        where event_name = 'add_to_cart' and web_session_key is not null
        group by web_session_key
    ),
    sessions as (
        select
            w.web_session_key, w.platform, w.instance, w.customer_key, w.started_date, {_second("w.started_at")} as second,
            coalesce(w.customer_key, w.stream_id || '|' || w.client_id, w.web_session_key) as cluster,
            coalesce(w.device, 'unknown') as device,
            {acquisition_name("w")} as acquisition,
            c.chat_second, k.cart_second, c.chat_second is not null as has_chat,
            {is_apart(settings, "w.is_test")} as is_apart,
            coalesce(w.ended_at, w.started_at) + to_seconds({WINDOW_SECONDS})
                > least(s.cutoff_at, {", ".join(cutoffs)}) as is_pending
        from marts.fct_web_sessions as w
        inner join sources as s on s.kind = 'web' and s.platform = w.platform and s.instance = w.instance
        left join session_chats as c on c.web_session_key = w.web_session_key
        left join session_carts as k on k.web_session_key = w.web_session_key
        where w.started_date >= (select min(first_date) from sources where kind = 'chat')
    )"""


def _order_steps(settings: Settings) -> str:
    """Steps `session_orders` (each order in one session: its own, else its customer's latest one before it) and
    `cart_orders` (sessions whose cart was followed by an order of the session or the customer)."""
    return f"""
    orders as (
        select
            order_key, customer_key, web_session_key, {_second("ordered_at")} as second,
            cast(round(100 * coalesce(net_amount, 0)) as bigint) as cents
        from marts.fct_orders
        where is_counted and ordered_at is not null and not {is_apart(settings)}
    ),
    customer_sessions as (
        select customer_key, second, max(web_session_key) as web_session_key
        from sessions where customer_key is not null and not is_apart
        group by customer_key, second
    ),
    placed as (
        select order_key, second, cents, web_session_key from orders where web_session_key is not null
        union all
        select o.order_key, o.second, o.cents, s.web_session_key
        from orders as o
        asof inner join customer_sessions as s on s.customer_key = o.customer_key and o.second >= s.second
        where o.web_session_key is null and o.customer_key is not null
    ),
    session_orders as (
        select p.web_session_key, count(*) as orders, cast(sum(p.cents) as bigint) as cents
        from placed as p
        inner join sessions as s on s.web_session_key = p.web_session_key
        where p.second between coalesce(s.chat_second, s.second) and s.second + {WINDOW_SECONDS}
        group by p.web_session_key
    ),
    customer_orders as (
        select customer_key, second from orders where customer_key is not null group by customer_key, second
    ),
    cart_orders as (
        select web_session_key, min(second) as order_second
        from (
            select s.web_session_key, o.second, s.cart_second
            from sessions as s
            inner join orders as o on o.web_session_key = s.web_session_key
            where o.second >= s.cart_second
            union all
            select s.web_session_key, o.second, s.cart_second
            from (select * from sessions where cart_second is not null and customer_key is not null) as s
            asof inner join customer_orders as o
                on o.customer_key = s.customer_key and s.cart_second <= o.second
        ) as followed
        where second <= cart_second + {WINDOW_SECONDS}
        group by web_session_key
    )"""


def _judged_step() -> str:
    """Step `judged`: a session with what it adds to the counts.

    A cart whose order came before the chat began says nothing of the chat: `cart_excluded`.
    """
    return """
    judged as (
        select
            s.*, case when is_apart or is_pending then 0 else 1 end as m,
            case when not (is_apart or is_pending) and o.web_session_key is not null then 1 else 0 end as x,
            case when not (is_apart or is_pending) then coalesce(o.orders, 0) else 0 end as orders,
            case when not (is_apart or is_pending) then coalesce(o.cents, 0) else 0 end as cents,
            case when not (is_apart or is_pending) and cart_second is not null
                and not coalesce(c.order_second < chat_second, false) then 1 else 0 end as cart_m,
            case when not (is_apart or is_pending) and cart_second is not null and c.order_second is null
                then 1 else 0 end as cart_x,
            case when not (is_apart or is_pending) and cart_second is not null
                and coalesce(c.order_second < chat_second, false) then 1 else 0 end as cart_excluded,
            coalesce(c.order_second < chat_second, false) as is_cart_before_chat
        from sessions as s
        left join session_orders as o on o.web_session_key = s.web_session_key
        left join cart_orders as c on c.web_session_key = s.web_session_key
    )"""
