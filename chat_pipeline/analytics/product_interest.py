"""Products asked about in chat against products bought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._sql import cutoff_of, is_apart, sources_steps, wilson

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

# How long after the question an order still counts as its sequel.
BUYING_DAYS = 30


def product_interest(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.product_interest`."""
    return f"""
    with {followed_steps(settings)},
    interest as (
        select
            product_key, count(*) as conversations, count(distinct customer_key) as askers,
            sum(case when customer_key is null then 1 else 0 end) as excluded,
            sum(case when customer_key is not null and coalesce(is_mature, false) then 1 else 0 end) as matured,
            sum(case when customer_key is not null and not coalesce(is_mature, false) then 1 else 0 end) as pending,
            sum(case when is_mature and is_bought then 1 else 0 end) as bought,
            count(distinct case when is_mature then customer_key end) as persons
        from followed
        group by product_key
    ),
    sales as (
        select product_key, count(*) as orders, count(distinct customer_key) as buyers, sum(quantity) as quantity
        from sold
        group by product_key
    ),
    counted as (
        select
            p.product_key, p.product_name, p.sku, p.category,
            coalesce(i.conversations, 0) as conversations, coalesce(i.askers, 0) as askers,
            coalesce(s.orders, 0) as orders, coalesce(s.buyers, 0) as buyers, coalesce(s.quantity, 0) as quantity,
            coalesce(i.excluded, 0) as excluded, coalesce(i.pending, 0) as pending,
            coalesce(i.matured, 0) as matured, coalesce(i.bought, 0) as bought, i.persons,
            cast(i.bought as double) / nullif(i.matured, 0) as ratio
        from marts.dim_products as p
        left join interest as i on i.product_key = p.product_key
        left join sales as s on s.product_key = p.product_key
    )
    select
        * exclude (ratio, persons), ratio as bought_rate,
        {wilson("ratio", "least(persons, matured)", "low")} as interval_low,
        {wilson("ratio", "least(persons, matured)", "high")} as interval_high
    from counted
    """


def followed_steps(settings: Settings) -> str:
    """Steps ending in `followed`: conversation, product named in it, and whether its customer bought it afterwards.

    `sold`: product and order; lines are joined to orders by key and product, never multiplied.
    """
    return f"""
    {sources_steps(settings)},
    sold as (
        select
            l.product_key, o.order_key, o.customer_key, o.ordered_at,
            sum(l.quantity) as quantity
        from marts.fct_order_lines as l
        inner join marts.fct_orders as o
            on o.order_key = l.order_key and o.is_counted and not {is_apart(settings, "o.is_test")}
        where l.product_key is not null
        group by l.product_key, o.order_key, o.customer_key, o.ordered_at
    ),
    asked as (
        select
            n.product_key, n.conversation_key, n.first_named_at,
            case when not coalesce(c.has_identity_conflict, false) then c.customer_key end as customer_key,
            n.first_named_at + interval {BUYING_DAYS} day
                <= least(sources.cutoff_at, {cutoff_of("order")}) as is_mature
        from marts.conversation_products as n
        inner join marts.fct_conversations as c
            on c.conversation_key = n.conversation_key and not {is_apart(settings, "c.is_test")}
        left join sources
            on sources.kind = 'chat' and sources.platform = c.platform and sources.instance = c.instance
    ),
    followed as (
        select
            a.*,
            exists (
                select 1 from sold as s
                where s.product_key = a.product_key and s.customer_key = a.customer_key
                    and s.ordered_at >= a.first_named_at
                    and s.ordered_at <= a.first_named_at + interval {BUYING_DAYS} day
            ) as is_bought
        from asked as a
    )"""


TABLE = AnalyticsTable(
    name="product_interest",
    description=(
        "One row per product: conversations whose user named it, and orders that hold it. bought_rate is the share of"
        f" those conversations, of customers, after which the same customer ordered it within {BUYING_DAYS} days (an"
        " association, no effect); younger conversations are pending."
    ),
    columns=(
        Column("product_key", "varchar", "Product (`marts.dim_products`)."),
        Column("product_name", "varchar", "Its name."),
        Column("sku", "varchar", "Its number."),
        Column("category", "varchar", "Its category, as GA4 tells it."),
        Column("conversations", "bigint", "Conversations in which the user named it."),
        Column("askers", "bigint", "Customers among those who named it."),
        Column("orders", "bigint", "Counted orders that hold it."),
        Column("buyers", "bigint", "Customers who ordered it."),
        Column("quantity", "double", "Pieces ordered."),
        Column("excluded", "bigint", "Conversations that belong to no customer, or to two."),
        Column(
            "pending",
            "bigint",
            f"Conversations of customers, less than {BUYING_DAYS} days before the cut-off.",
        ),
        Column("matured", "bigint", "Conversations of customers that old: the denominator."),
        Column(
            "bought", "bigint", "Conversations after which the customer ordered the product: the numerator."
        ),
        Column("bought_rate", "double", "bought / matured, 0 to 1."),
        Column(
            "interval_low", "double", "Lower bound of the 95 % Wilson interval on the number of customers."
        ),
        Column("interval_high", "double", "Upper bound."),
    ),
    key=("product_key",),
    build=product_interest,
)
