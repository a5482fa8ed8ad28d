"""Who is compared with whom in `retention_influence`: buyers, their groups, what was known of them, their pairs.

Time zero is the first purchase for everybody. What is known of a customer ends 30 days before it, because
all later may be a consequence of the chat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._first_purchases import first_purchases_steps
from chat_pipeline.analytics._matching import design, logits, match
from chat_pipeline.analytics._sql import is_apart

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from chat_pipeline.settings import Settings

EXPOSURE_DAYS = 30
OUTCOME_DAYS = 90
# Features: counts, and names.
NUMBERS = ("known_days", "web_sessions", "view_sessions", "cart_sessions")
NAMES = ("medium", "device", "country")


def influence_customers(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.retention_influence_customers`."""
    frame = con.sql(f"select * from ({_buyers(settings)}) as buyers order by customer_key").df()
    compared = frame.loc[frame["state"] == "compared", :]
    con.register("retention_influence_customers_pairs", _pairs(compared))
    con.register("retention_influence_customers_buyers", frame)
    return """
    select buyers.*, pairs.propensity_logit, pairs.pair_number
    from retention_influence_customers_buyers as buyers
    left join retention_influence_customers_pairs as pairs using (customer_key)
    """


def _pairs(compared: pd.DataFrame) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    exposed = (compared["group_name"] == "chat").to_numpy(dtype=bool)
    logit, pair = np.full(len(compared), np.nan), np.full(len(compared), -1)
    if exposed.any() and not exposed.all():
        # The month is matched exactly, and in the model because the share with a chat differs between months.
        months = compared["first_month"].astype(str)
        features = design(compared.assign(month=months), NUMBERS, NAMES).join(
            pd.get_dummies(months, dtype=float)
        )
        logit = logits(features.to_numpy(), exposed)
        pair = match(logit, exposed, months.to_numpy(dtype=str))
    return pd.DataFrame(
        {
            "customer_key": compared["customer_key"].to_numpy(),
            "propensity_logit": logit,
            "pair_number": pd.array(np.where(pair >= 0, pair, 0), dtype="Int64"),
        }
    ).assign(pair_number=lambda table: table["pair_number"].mask(pair < 0))


def _buyers(settings: Settings) -> str:
    return f"""
    with {first_purchases_steps(settings)},
    chatted as (
        select
            f.customer_key,
            max(case when c.is_chat_engaged and c.started_date >= f.first_date - {EXPOSURE_DAYS} then 1 else 0 end)
                as is_exposed
        from firsts as f
        -- Before time zero: a chat after the first purchase can't have led to it, nor told who would buy.
        inner join buyer_chats as c on c.customer_key = f.customer_key and c.started_at < f.first_at
        group by f.customer_key
    ),
    visits as (
        select
            f.customer_key, w.started_at, w.web_session_key, nullif(trim(w.medium), '') as medium,
            nullif(trim(w.device), '') as device, coalesce(w.has_product_view, false) as has_view,
            coalesce(w.has_cart, false) as has_cart, w.started_date
        from firsts as f
        inner join marts.fct_web_sessions as w
            on w.customer_key = f.customer_key and w.started_date < f.first_date - {EXPOSURE_DAYS}
        where not {is_apart(settings, "w.is_test")}
    ),
    visited as (
        select
            customer_key, count(*) as web_sessions, sum(cast(has_view as integer)) as view_sessions,
            sum(cast(has_cart as integer)) as cart_sessions, min(started_date) as first_visit,
            last(medium order by started_at, web_session_key) filter (where medium is not null) as medium,
            last(device order by started_at, web_session_key) filter (where device is not null) as device
        from visits
        group by customer_key
    )
    select
        f.customer_key, f.first_date, cast(date_trunc('month', f.first_date) as date) as first_month,
        case
            when f.is_earlier_buyer then 'earlier_orders'
            when reach.live_date is null or f.first_date < reach.live_date + {EXPOSURE_DAYS} then 'before_chat'
            when chatted.is_exposed = 0 then 'older_chat'
            when f.first_date + {OUTCOME_DAYS} > reach.last_date then 'pending'
            else 'compared'
        end as state,
        case when chatted.is_exposed = 1 then 'chat' when chatted.customer_key is null then 'no_chat' end as group_name,
        greatest(0, coalesce(f.first_date - {EXPOSURE_DAYS} - visited.first_visit, 0)) as known_days,
        coalesce(visited.web_sessions, 0) as web_sessions, coalesce(visited.view_sessions, 0) as view_sessions,
        coalesce(visited.cart_sessions, 0) as cart_sessions, coalesce(visited.medium, 'none') as medium,
        coalesce(visited.device, 'none') as device, coalesce(nullif(trim(c.country), ''), 'unknown') as country,
        f.second_date - f.first_date as days_to_second,
        greatest(0, reach.last_date - f.first_date) as observed_days,
        coalesce(f.second_date <= f.first_date + {OUTCOME_DAYS}, false) as has_returned
    from firsts as f
    cross join reach
    left join chatted on chatted.customer_key = f.customer_key
    left join visited on visited.customer_key = f.customer_key
    left join marts.dim_customers as c on c.customer_key = f.customer_key
    """


TABLE = AnalyticsTable(
    name="retention_influence_customers",
    description=(
        "One row per customer with a purchase: how they enter retention_influence. Compared are first purchases at"
        " least 30 days after the chat went live whose 90 days have passed: with an engaged chat in the 30 days before"
        " (chat), or with no chat ever before (no_chat). Pairs: same month, nearest propensity within 0.2 SD of the"
        " logit, 1:1, by what was known over 30 days before the purchase."
    ),
    columns=(
        Column("customer_key", "varchar", "Customer (`marts.dim_customers`)."),
        Column("first_date", "date", "Day of the first purchase, in the shop's time zone."),
        Column("first_month", "date", "Its month, matched exactly."),
        Column(
            "state",
            "varchar",
            "compared; pending (90 days have not passed); left out: earlier_orders (the shop's or CRM's record counts"
            " orders before the data), before_chat (bought before the chat was 30 days old), older_chat (chatted"
            " before, but not engaged or not within the 30 days).",
        ),
        Column("group_name", "varchar", "chat, no_chat; null for older_chat."),
        Column("known_days", "bigint", "Days from the first web session to 30 days before the purchase."),
        Column("web_sessions", "bigint", "Web sessions before those 30 days."),
        Column("view_sessions", "bigint", "Of these web sessions, with a view of a product."),
        Column("cart_sessions", "bigint", "Of these web sessions, with something put into the cart."),
        Column("medium", "varchar", "Medium of the last of them that has one, else none."),
        Column("device", "varchar", "Device of the last of them that has one, else none."),
        Column("country", "varchar", "Country (today's), else unknown."),
        Column(
            "days_to_second", "bigint", "Days to the next day with a purchase, however late; null: none yet."
        ),
        Column("observed_days", "bigint", "Days after the first purchase that the data cover entirely."),
        Column("has_returned", "boolean", "Purchase on a later day within 90 days."),
        Column(
            "propensity_logit",
            "double",
            "Logit of the propensity to chat (log of the odds); null where not compared.",
        ),
        Column("pair_number", "bigint", "Number of the pair; null without."),
    ),
    key=("customer_key",),
    build=influence_customers,
)
