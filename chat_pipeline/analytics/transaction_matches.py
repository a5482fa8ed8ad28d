"""How well web analytics' transactions find the shop's orders, by each rule that could tie them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._sql import cutoff_of, is_apart, sources_steps, wilson

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

# The column of fct_orders that holds what the shop may send as transaction id.
ID_RULES = {"name": "order_name", "id": "order_id", "token": "checkout_token"}
NEAR_SECONDS = 600
DAY = 86400


def transaction_matches(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.transaction_matches`."""
    used = settings.orders.ga4_transaction_id
    gap = "abs(epoch(t.occurred_at) - epoch(o.ordered_at))"
    by_id = " union all ".join(
        f"select '{rule}' as rule, t.transaction_key, o.order_key from transactions as t inner join orders as o"
        f" on {_bare(f'o.{column}')} = t.bare_id and {gap} <= {DAY}"
        for rule, column in ID_RULES.items()
    )
    same_money = "o.cents = t.cents and o.currency = t.currency"
    return f"""
    with {sources_steps(settings)},
    {_sides(settings)},
    near as (
        select
            t.transaction_key, o.order_key, count(*) over (partition by t.transaction_key) as orders_near,
            count(*) over (partition by o.order_key) as transactions_near
        from transactions as t
        inner join orders as o on {same_money} and {gap} <= {NEAR_SECONDS}
    ),
    pairs as (
        {by_id}
        union all
        select 'person, amount and day', t.transaction_key, o.order_key
        from transactions as t
        inner join orders as o on o.customer_key = t.customer_key and {same_money} and {gap} <= {DAY}
        union all
        -- Only where nothing else is as near, on either side.
        select 'amount and minutes', transaction_key, order_key from near
        where orders_near = 1 and transactions_near = 1
    ),
    matched as (
        select rule, transaction_key from pairs
        union
        select 'any', transaction_key from pairs
    ),
    alone as (select transaction_key from matched where rule <> 'any' group by transaction_key having count(*) = 1),
    rules as (
        select * from (values {", ".join(f"('{rule}')" for rule in (*ID_RULES, "person, amount and day", "amount and minutes", "any"))})
            as r (rule)
    ),
    counted as (
        select
            r.rule, count(*) as transactions, count(m.transaction_key) as matched,
            sum(case when r.rule <> 'any' and m.transaction_key is not null and a.transaction_key is not null
                then 1 else 0 end) as matched_by_this_alone,
            max((select count(*) from all_transactions where state = 'pending')) as pending,
            max((select count(*) from all_transactions where state = 'before_orders')) as excluded,
            max((select count(*) from all_transactions where state = 'test')) as excluded_test
        from transactions as t
        cross join rules as r
        left join matched as m on m.rule = r.rule and m.transaction_key = t.transaction_key
        left join alone as a on a.transaction_key = t.transaction_key
        group by r.rule
    ),
    shares as (select *, cast(matched as double) / nullif(transactions, 0) as share from counted)
    select
        *, transactions - matched as unmatched, rule = '{used}' as is_used,
        {wilson("share", "transactions", "low")} as interval_low,
        {wilson("share", "transactions", "high")} as interval_high
    from shares
    """


def _bare(name: str) -> str:
    """An id as both sides write it: "#1001" in the shop is often sent as "1001"."""
    return f"nullif(lower(replace(trim({name}), '#', '')), '')"


def _sides(settings: Settings) -> str:
    """Steps `transactions` (judged ones; a page loaded again sends the same one again) and `orders` of the shop."""
    return f"""
    orders as (
        select *, cast(round(100 * total) as bigint) as cents
        from marts.fct_orders where order_source = 'shop' and not {is_apart(settings)}
    ),
    sent as (
        select
            w.platform, w.instance, w.transaction_id, w.occurred_at, w.currency, s.customer_key,
            cast(round(100 * w.revenue) as bigint) as cents, {is_apart(settings, "w.is_test")} as is_apart,
            row_number() over (
                partition by w.platform, w.instance, w.transaction_id order by w.occurred_at, w.web_event_key
            ) as place
        from marts.fct_web_events as w
        left join marts.fct_web_sessions as s on s.web_session_key = w.web_session_key
        where w.event_name = 'purchase' and trim(coalesce(w.transaction_id, '')) <> ''
    ),
    all_transactions as (
        select
            *, platform || '/' || instance || '/' || transaction_id as transaction_key,
            {_bare("transaction_id")} as bare_id,
            case
                when is_apart then 'test'
                when occurred_at < (select min(ordered_at) from orders) then 'before_orders'
                when occurred_at > {cutoff_of("order")} then 'pending'
                else 'judged'
            end as state
        from sent
        where place = 1 and exists (select 1 from orders)
    ),
    transactions as (select * from all_transactions where state = 'judged')"""


TABLE = AnalyticsTable(
    name="transaction_matches",
    description=(
        "One row per rule by which web analytics' transactions (distinct transaction ids of purchase events) may find"
        " the shop's orders, each rule on its own, and 'any'. Empty where orders come from web analytics themselves. The"
        " rule of settings ([orders] ga4_transaction_id) is the one that links orders to web sessions."
    ),
    columns=(
        Column(
            "rule",
            "varchar",
            "name, id, token (what the shop sends as transaction id, within a day), 'person, amount and day' (same customer,"
            " same total, within a day), 'amount and minutes' (same total within 10 minutes, and no other candidate on"
            " either side), any.",
        ),
        Column("is_used", "boolean", "The rule that settings use."),
        Column("transactions", "bigint", "Transactions within the time that the shop's orders cover."),
        Column("matched", "bigint", "Of these transactions, with an order by the rule."),
        Column("unmatched", "bigint", "Transactions less those matched."),
        Column("share", "double", "matched / transactions."),
        Column("interval_low", "double", "Lower bound of its 95 % Wilson interval."),
        Column("interval_high", "double", "Upper bound of its 95 % Wilson interval."),
        Column(
            "matched_by_this_alone",
            "bigint",
            "Transactions matched by this rule and by no other; 0 for 'any'.",
        ),
        Column("pending", "bigint", "Transactions newer than the shop's orders."),
        Column("excluded", "bigint", "Transactions before the shop's first order."),
        Column("excluded_test", "bigint", "Transactions of debug traffic."),
    ),
    key=("rule",),
    build=transaction_matches,
)
