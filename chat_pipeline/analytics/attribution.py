"""Orders and revenue by the part that a chat had in them, per period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._clustered import cluster_sums, units_alike
from chat_pipeline.analytics._sql import run_date, wilson
from chat_pipeline.analytics.order_attribution import BESIDE_DAYS, DAY, TIERS

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def attribution(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.attribution`."""
    own = settings.attribution.assisted.total_seconds() / DAY
    windows = {own: "tier", **{days: f"tier_{days}d" for days in BESIDE_DAYS if days != own}}
    tiers = ", ".join(f"('{tier}')" for tier in (*TIERS, "none", "all"))
    each = " union all ".join(
        f"select *, {column} as window_tier, {days} as window_days, {days == own} as is_main_window"
        " from analytics.order_attribution"
        for days, column in windows.items()
    )
    return f"""
    with orders as ({each}),
    flat as (
        select
            g.grain, cast(date_trunc(g.grain, o.ordered_date) as date) as period_start, o.window_days,
            o.is_main_window, t.tier, o.cluster, o.state,
            case when t.tier in ('all', o.window_tier) then 1 else 0 end as is_in, o.net_cents
        from orders as o
        cross join (values ('day'), ('week'), ('month')) as g (grain)
        cross join (values {tiers}) as t (tier)
    ),
    persons as (
        select
            grain, period_start, window_days, is_main_window, tier, cluster,
            sum(case when state = 'judged' then is_in else 0 end) as x,
            sum(case when state = 'judged' then 1 else 0 end) as m,
            sum(case when state = 'judged' then is_in * coalesce(net_cents, 0) else 0 end) as cents,
            sum(case when state = 'judged' then coalesce(net_cents, 0) else 0 end) as all_cents,
            sum(case when state = 'judged' and net_cents is null then is_in else 0 end) as without_money,
            sum(case when state = 'pending' then 1 else 0 end) as pending,
            sum(case when state = 'before_chat' then 1 else 0 end) as excluded
        from flat
        group by grain, period_start, window_days, is_main_window, tier, cluster
    ),
    cells as (
        select
            grain, period_start, window_days, is_main_window, tier, cast(sum(x) as bigint) as orders,
            cast(sum(m) as bigint) as all_orders, cast(sum(cents) as bigint) as revenue_cents,
            cast(sum(all_cents) as bigint) as all_revenue_cents,
            cast(sum(without_money) as bigint) as orders_without_money, cast(sum(pending) as bigint) as pending,
            cast(sum(excluded) as bigint) as excluded, {cluster_sums("x", "m")}
        from persons
        group by grain, period_start, window_days, is_main_window, tier
    ),
    shares as (
        select
            *, cast(orders as double) / nullif(all_orders, 0) as share,
            cast(revenue_cents as double) / nullif(all_revenue_cents, 0) as revenue_share,
            cast(period_start + case grain
                when 'day' then interval 1 day when 'week' then interval 7 day else interval 1 month
            end as date) <= {run_date(settings)} and pending = 0 as is_complete
        from cells
    ),
    sized as (select *, {units_alike("share", "all_orders")} as units from shares)
    select
        *, {wilson("share", "units", "low")} as interval_low, {wilson("share", "units", "high")} as interval_high
    from sized
    """


TABLE = AnalyticsTable(
    name="attribution",
    description=(
        "One row per grain, period, window of `assisted` and tier. Orders count on their own day; the tiers of a window"
        " are exclusive and add up to 'all'. Orders placed before there was a chat are excluded, those newer than the"
        " chat's or the web's data pending. Revenue is net of refunds, per order, never per order line. An association,"
        " no proof that a chat brought the order."
    ),
    columns=(
        Column("grain", "varchar", "day, week (from Monday) or month, in the shop's time zone."),
        Column("period_start", "date", "First day of the period in which the orders were placed."),
        Column(
            "window_days", "double", "Days for which a chat assists: the settings' (7), and 1 and 30 beside."
        ),
        Column("is_main_window", "boolean", "The window of the settings."),
        Column("tier", "varchar", "led, assisted, exposed, none, or all."),
        Column("orders", "bigint", "Judged orders of the tier."),
        Column("all_orders", "bigint", "Judged orders of the period."),
        Column("share", "double", "orders / all_orders."),
        Column("interval_low", "double", "Lower bound of its 95 % Wilson interval, clustered by customer."),
        Column("interval_high", "double", "Upper bound of its 95 % Wilson interval, clustered by customer."),
        Column("revenue_cents", "bigint", "Net of the tier's orders, in cents of the shop's currency."),
        Column("all_revenue_cents", "bigint", "Net of the period's judged orders, in cents."),
        Column("revenue_share", "double", "revenue_cents / all_revenue_cents."),
        Column("orders_without_money", "bigint", "Of `orders`: in a currency without a rate; no revenue."),
        Column("pending", "bigint", "Orders of the period, of whatever tier, that can't be judged yet."),
        Column("excluded", "bigint", "Orders of the period placed before there was a chat."),
        Column("is_complete", "boolean", "The period has passed and nothing is pending."),
    ),
    key=("grain", "period_start", "window_days", "tier"),
    build=attribution,
    needs=("order_attribution",),
)
