"""Steps of the query behind `segments`, one function per family; all read `as_of`. Technology: `_technology.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import is_apart, twice_rank

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

CHAT_DAYS = 90
PURCHASE_DAYS = 365
LAPSED_DAYS = 180
AGE_BANDS = ((17, "-17"), (24, "18-24"), (34, "25-34"), (44, "35-44"), (54, "45-54"), (64, "55-64"))
OLDEST = 120
# The customary names of the R x F grid: for each recency 1 to 5 the segment of frequency 1 to 5. No cell is empty.
RFM_SEGMENTS = {
    1: ("hibernating", "hibernating", "at risk", "at risk", "can't lose them"),
    2: ("hibernating", "hibernating", "at risk", "at risk", "can't lose them"),
    3: ("about to sleep", "about to sleep", "need attention", "loyal customers", "loyal customers"),
    4: ("promising", "potential loyalists", "potential loyalists", "loyal customers", "loyal customers"),
    5: ("new customers", "potential loyalists", "potential loyalists", "champions", "champions"),
}


def demographic(c: str) -> str:
    """Select list: country, city, age_band, gender of a customer row."""
    age = f"coalesce(date_sub('year', {c}.birth_date, {c}.day), {c}.age)"
    bands = " ".join(f"when {age} <= {upper} then '{band}'" for upper, band in AGE_BANDS)
    return f"""
        coalesce(nullif(trim({c}.country), ''), 'unknown') as country,
        coalesce(nullif(trim({c}.city), ''), 'unknown') as city,
        case when {age} is null or {age} not between 0 and {OLDEST} then 'unknown' {bands} else '65+' end as age_band,
        coalesce(nullif(trim({c}.gender), ''), 'unknown') as gender"""


def engagement(settings: Settings) -> str:
    """Steps `chats` and `engagement`: (customer_key, level) of everybody with an engaged chat in 90 days."""
    return f"""
    all_chats as (
        select c.*, as_of.day
        from marts.fct_conversations as c
        inner join as_of on c.started_date <= as_of.day
        -- Whose chat it was is disputed where identities conflict.
        where c.customer_key is not null and not coalesce(c.has_identity_conflict, false)
            and not {is_apart(settings, "c.is_test")}
    ),
    chats as (
        select * from all_chats where is_chat_engaged and started_date > day - {CHAT_DAYS}
    ),
    activity as (
        select
            customer_key, count(*) as conversations,
            -- Whole milliseconds: a sum of fractions depends on its order and tells equals apart.
            sum(cast(round(1000 * coalesce(duration_seconds, 0)) as bigint)) as milliseconds
        from chats
        group by customer_key
    ),
    activity_ranks as (
        select customer_key, {twice_rank("conversations")} + {twice_rank("milliseconds")} as rank_sum
        from activity
    ),
    engagement_ranks as (
        select customer_key, {twice_rank("rank_sum")} as twice_rank, count(*) over () as customers
        from activity_ranks
    ),
    engagement as (
        select
            customer_key,
            case
                when 3 * twice_rank < 2 * customers then 'low'
                when 3 * twice_rank < 4 * customers then 'medium'
                else 'high'
            end as level
        from engagement_ranks
    )"""


def intent() -> str:
    """Step `top_intents`: (customer_key, attribute, name), the most frequent of `chats`, the latest of equals."""
    return """
    intents as (
        select customer_key, 'intent_group' as attribute, primary_intent_group as name, started_at from chats
        where primary_intent_group is not null
        union all
        select customer_key, 'intent', primary_intent, started_at from chats
        where primary_intent is not null
    ),
    ranked_intents as (
        select
            customer_key, attribute, name,
            row_number() over (
                partition by customer_key, attribute
                order by count(*) desc nulls last, max(started_at) desc nulls last, name asc nulls last
            ) as intent_rank
        from intents
        group by customer_key, attribute, name
    ),
    top_intents as (select customer_key, attribute, name from ranked_intents where intent_rank = 1)"""


def purchase_history() -> str:
    """Steps `bought` (customer_key, purchases, last_date: ever) and `rfm` (scores and is_top: buyers of 365 days)."""
    return f"""
    bought as (
        select p.customer_key, count(*) as purchases, max(p.purchase_date) as last_date
        from purchases as p
        inner join as_of on p.purchase_date <= as_of.day
        group by p.customer_key
    ),
    year_buyers as (
        select p.customer_key, count(*) as purchases, max(p.purchase_date) as last_date, sum(p.cents) as cents
        from purchases as p
        inner join as_of on p.purchase_date <= as_of.day and p.purchase_date > as_of.day - {PURCHASE_DAYS}
        group by p.customer_key
    ),
    year_ranks as (
        select
            customer_key, purchases, cents, {twice_rank("last_date")} as twice_recency,
            {twice_rank("cents")} as twice_monetary, count(*) over () as customers
        from year_buyers
    ),
    rfm as (
        select
            customer_key,
            -- 1 + floor(5 x mid-rank percentile): equals get one score, which `ntile` would split.
            1 + (5 * twice_recency) // (2 * customers) as recency,
            case when purchases >= 6 then 5 when purchases >= 4 then 4 else purchases end as frequency,
            1 + (5 * twice_monetary) // (2 * customers) as monetary,
            cents > 0 and 10 * twice_monetary >= 9 * 2 * customers as is_top
        from year_ranks
    )"""


def status(customer_key: str, day: str) -> str:
    """Expression over bought, earlier_buyers and rfm: purchase history, the first that fits.

    Who bought only before the data begin has lapsed: nothing has come since.
    """
    return f"""
            case
                when bought.customer_key is null and earlier_buyers.customer_key is null then 'prospect'
                when bought.customer_key is null or bought.last_date < {day} - {LAPSED_DAYS} then 'lapsed'
                when rfm.is_top then 'high-value'
                when bought.purchases > 1 or earlier_buyers.customer_key = {customer_key} then 'repeat'
                else 'first-time'
            end"""


def rfm_segment(recency: str, frequency: str) -> str:
    """Expression: the name of the cell of the R x F grid; null without scores."""
    cells = " ".join(
        f"when {recency} = {r} and {frequency} = {f} then '{name.replace(chr(39), chr(39) * 2)}'"
        for r, names in RFM_SEGMENTS.items()
        for f, name in enumerate(names, 1)
    )
    return f"case {cells} end"
