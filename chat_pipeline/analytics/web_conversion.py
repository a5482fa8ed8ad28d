"""What becomes of web sessions with a chat and without: orders, abandoned carts, revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._clustered import cluster_sums, units_alike
from chat_pipeline.analytics._sql import run_date, sources_steps, wilson
from chat_pipeline.analytics._web_sessions import web_steps

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def web_conversion(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.web_conversion`."""
    return f"""
    with {sources_steps(settings)},
    {web_steps(settings)},
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
        Column("excluded_test", "bigint", "Web sessions of debug traffic."),
        Column("is_complete", "boolean", "The period has passed and nothing is pending."),
    ),
    key=("grain", "period_start", "dimension", "dimension_value", "has_chat"),
    build=web_conversion,
)
