"""What becomes of web sessions with a chat and without: orders, abandoned carts, revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._clustered import cluster_sums, units_alike
from chat_pipeline.analytics._sql import cutoff_of, is_apart, run_date, sources_steps, wilson
from chat_pipeline.analytics._technology import acquisition_name

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

WINDOW_SECONDS = 86400


def web_conversion(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.web_conversion`."""
    return f"""
    with {sources_steps(settings)},
    {_session_steps(settings)},
    {_order_steps(settings)},
    {_judged_step()},
    {_cell_steps()}
    select
        *, {wilson("conversion", "conversion_units", "low")} as conversion_low,
        {wilson("conversion", "conversion_units", "high")} as conversion_high,
        {wilson("cart_abandonment_rate", "cart_units", "low")} as cart_abandonment_low,
        {wilson("cart_abandonment_rate", "cart_units", "high")} as cart_abandonment_high,
        cast(revenue_cents as double) / 100 / nullif(sessions, 0) as revenue_per_session,
        pending = 0 and period_end <= {run_date(settings)} as is_complete
    from sized
    """


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
            w.web_session_key, w.customer_key, w.started_date, {_second("w.started_at")} as second,
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
                and coalesce(c.order_second < chat_second, false) then 1 else 0 end as cart_excluded
        from sessions as s
        left join session_orders as o on o.web_session_key = s.web_session_key
        left join cart_orders as c on c.web_session_key = s.web_session_key
    )"""


def _cell_steps() -> str:
    """Steps ending in `sized`: sums per grain, period, dimension, value and has_chat, and the rates' units."""
    kept = "grain, period_start, dimension, dimension_value, has_chat"
    return f"""
    persons as (
        select
            g.grain, cast(date_trunc(g.grain, j.started_date) as date) as period_start,
            case when grouping(device) = 0 then 'device' when grouping(acquisition) = 0 then 'acquisition' else 'all'
            end as dimension,
            case when grouping(device) = 0 then device when grouping(acquisition) = 0 then acquisition else 'all'
            end as dimension_value,
            j.has_chat, j.cluster, sum(j.m) as m, sum(j.x) as x, sum(j.orders) as orders, sum(j.cents) as cents,
            sum(j.cart_m) as cart_m, sum(j.cart_x) as cart_x, sum(j.cart_excluded) as cart_excluded,
            sum(case when j.is_pending and not j.is_apart then 1 else 0 end) as pending,
            sum(case when j.is_apart then 1 else 0 end) as excluded_test
        from judged as j
        cross join (values ('day'), ('week'), ('month')) as g (grain)
        group by g.grain, period_start, j.has_chat, j.cluster, grouping sets ((), (device), (acquisition))
    ),
    conversions as (
        select
            {kept}, cast(sum(m) as bigint) as sessions, cast(sum(x) as bigint) as converted,
            cast(sum(orders) as bigint) as orders, cast(sum(cents) as bigint) as revenue_cents,
            cast(sum(cart_m) as bigint) as cart_sessions, cast(sum(cart_x) as bigint) as abandoned,
            cast(sum(cart_excluded) as bigint) as cart_excluded, cast(sum(pending) as bigint) as pending,
            cast(sum(excluded_test) as bigint) as excluded_test, {cluster_sums("x", "m")}
        from persons
        group by {kept}
    ),
    carts as (select {kept}, {cluster_sums("cart_x", "cart_m")} from persons group by {kept}),
    rated as (
        select
            c.*, k.persons as k_persons, k.xx as k_xx, k.xm as k_xm, k.mm as k_mm,
            cast(converted as double) / nullif(sessions, 0) as conversion,
            cast(abandoned as double) / nullif(cart_sessions, 0) as cart_abandonment_rate,
            cast(period_start + case grain
                when 'day' then interval 1 day when 'week' then interval 7 day else interval 1 month
            end as date) as period_end
        from conversions as c
        inner join carts as k using ({kept})
    ),
    sized as (
        select
            *, {units_alike("conversion", "sessions")} as conversion_units,
            {units_alike("cart_abandonment_rate", "cart_sessions", "k_")} as cart_units
        from rated
    )"""


TABLE = AnalyticsTable(
    name="web_conversion",
    description=(
        "One row per grain, period, dimension, value and has_chat: web sessions with an engaged chat linked to them, and"
        " without, since there is a chat. A session counts in the period in which it started, once 24 hours have passed"
        " after its end in web, order and chat data alike. With a chat only orders after it began count. An"
        " association: who chats differs from who does not."
    ),
    columns=(
        Column("grain", "varchar", "day, week (from Monday) or month, in the shop's time zone."),
        Column("period_start", "date", "First day of the period in which the sessions started."),
        Column("dimension", "varchar", "all, device or acquisition; each is exclusive and adds up to 'all'."),
        Column("dimension_value", "varchar", "Device, source / medium, or 'all'."),
        Column("has_chat", "boolean", "An engaged chat is linked to the session."),
        Column("sessions", "bigint", "Matured web sessions."),
        Column(
            "converted",
            "bigint",
            "Of these, with an order within 24 hours of the start (after the chat began).",
        ),
        Column("conversion", "double", "converted / sessions."),
        Column("conversion_low", "double", "Lower bound of its 95 % Wilson interval, clustered by person."),
        Column("conversion_high", "double", "Upper bound of its 95 % Wilson interval, clustered by person."),
        Column("cart_sessions", "bigint", "Matured sessions in which something was put into the cart."),
        Column("abandoned", "bigint", "Of these, without an order within 24 hours of the first such event."),
        Column("cart_abandonment_rate", "double", "abandoned / cart_sessions."),
        Column(
            "cart_abandonment_low", "double", "Lower bound of its 95 % Wilson interval, clustered by person."
        ),
        Column(
            "cart_abandonment_high", "double", "Upper bound of its 95 % Wilson interval, clustered by person."
        ),
        Column(
            "cart_excluded", "bigint", "Cart sessions whose order came before the chat began; in neither."
        ),
        Column("orders", "bigint", "Orders of the converted sessions; each order in one session."),
        Column("revenue_cents", "bigint", "Their net in cents of the shop's currency; 0 without a rate."),
        Column("revenue_per_session", "double", "Net per matured session in the shop's currency."),
        Column("pending", "bigint", "Sessions younger than the 24 hours, those with an order too."),
        Column("excluded_test", "bigint", "Debug traffic."),
        Column("is_complete", "boolean", "The period has passed and nothing is pending."),
    ),
    key=("grain", "period_start", "dimension", "dimension_value", "has_chat"),
    build=web_conversion,
)
