"""Purchases and what is known of those before the data begin: steps that segments and retention share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import is_apart

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings


def purchases_steps(settings: Settings) -> str:
    """Steps `purchases` and `earlier_buyers`.

    purchases(customer_key, purchase_date, cents): a person's counted orders of one local day, net in cents of
    the shop's currency (an order without a rate has no money, but is one). earlier_buyers(customer_key): the
    shop's or the CRM's own record counts more orders than the data hold, so their first one is not the first.
    """
    return f"""
    purchases as (
        select
            customer_key, ordered_date as purchase_date,
            sum(cast(round(100 * coalesce(net_amount, 0)) as bigint)) as cents
        from marts.fct_orders
        where is_counted and customer_key is not null and not {is_apart(settings)}
        group by customer_key, ordered_date
    ),
    order_counts as (
        -- Every order, counted or not: the record of a shop doesn't tell them apart either.
        select customer_key, count(*) as orders
        from marts.fct_orders
        where customer_key is not null
        group by customer_key
    ),
    earlier_buyers as (
        select c.customer_key
        from marts.dim_customers as c
        left join order_counts on order_counts.customer_key = c.customer_key
        where greatest(coalesce(c.shop_order_count, 0), coalesce(c.crm_order_count, 0)) > coalesce(orders, 0)
    )"""
