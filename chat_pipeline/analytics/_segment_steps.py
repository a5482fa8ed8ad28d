"""Steps of the segments of chats and purchases, one function per family.

All read `asked`, the customers and days wanted, which whoever begins the query makes. Ranks: `_segment_ranks.py`,
technology and acquisition: `_technology.py`.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from chat_pipeline.analytics._segment_ranks import CHAT_DAYS, own_chats
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

LAPSED_DAYS = 180
AGE_BANDS = ((17, "-17"), (24, "18-24"), (34, "25-34"), (44, "35-44"), (54, "45-54"), (64, "55-64"))
OLDEST = 120
RFM_SEGMENTS = Path(__file__).parent / "_rfm_segments.csv"


def demographic(c: str, day: str) -> str:
    """Select list: country, city, age_band, gender of a row of dim_customers (null where there is none)."""
    age = f"coalesce(date_sub('year', {c}.birth_date, {day}), {c}.age)"
    bands = " ".join(f"when {age} <= {upper} then '{band}'" for upper, band in AGE_BANDS)
    return f"""
        coalesce(nullif(trim({c}.country), ''), 'unknown') as country,
        coalesce(nullif(trim({c}.city), ''), 'unknown') as city,
        case when {age} is null or {age} not between 0 and {OLDEST} then 'unknown' {bands} else '65+' end as age_band,
        coalesce(nullif(trim({c}.gender), ''), 'unknown') as gender"""


def engagement(settings: Settings) -> str:
    """Steps `all_chats`, `chats` and `engagement` (customer_key, day, level), of the asked."""
    return f"""
    all_chats as ({own_chats(settings)}),
    chats as (select * from all_chats where is_chat_engaged),
    engagement as (
        select
            customer_key, day,
            case
                when 3 * twice_rank < 2 * customers then 'low'
                when 3 * twice_rank < 4 * customers then 'medium'
                else 'high'
            end as level
        from segment_activity
    )"""


def intent() -> str:
    """Step `top_intents` (customer_key, day, intent_group, intent): most frequent of 90 days, latest of equals."""
    return f"""
    intents as (
        select customer_key, started_date, 'group' as attribute, primary_intent_group as name, started_at from chats
        where primary_intent_group is not null
        union all
        select customer_key, started_date, 'intent', primary_intent, started_at from chats
        where primary_intent is not null
    ),
    ranked_intents as (
        select
            asked.customer_key, asked.day, i.attribute, i.name,
            row_number() over (
                partition by asked.customer_key, asked.day, i.attribute
                order by count(*) desc nulls last, max(i.started_at) desc nulls last, i.name asc nulls last
            ) as intent_rank
        from asked
        inner join intents as i
            on i.customer_key = asked.customer_key and i.started_date <= asked.day
            and i.started_date > asked.day - {CHAT_DAYS}
        group by asked.customer_key, asked.day, i.attribute, i.name
    ),
    top_intents as (
        select
            customer_key, day, max(case when attribute = 'group' then name end) as intent_group,
            max(case when attribute = 'intent' then name end) as intent
        from ranked_intents
        where intent_rank = 1
        group by customer_key, day
    )"""


def purchase_history() -> str:
    """Steps `bought` (purchases and last_date ever; purchases and cents of 365 days) and `rfm` (their scores)."""
    return """
    counted_purchases as (
        select *, row_number() over (partition by customer_key order by purchase_date nulls last) as purchases_ever
        from purchases
    ),
    bought as (
        select
            asked.customer_key, asked.day, p.purchases_ever, p.purchase_date as last_date,
            y.purchases, y.cents
        from asked
        asof join counted_purchases as p on p.customer_key = asked.customer_key and asked.day >= p.purchase_date
        left join segment_year as y on y.customer_key = asked.customer_key and y.day = asked.day
    ),
    rfm as (
        select
            customer_key, day,
            -- 1 + floor(5 x mid-rank percentile): equals get one score, which `ntile` would split.
            1 + (5 * twice_recency) // (2 * customers) as recency,
            case when purchases >= 6 then 5 when purchases >= 4 then 4 else purchases end as frequency,
            1 + (5 * twice_monetary) // (2 * customers) as monetary,
            cents > 0 and 10 * twice_monetary >= 9 * 2 * customers as is_top
        from segment_year
    )"""


def status(day: str) -> str:
    """Expression over bought, earlier_buyers and rfm: purchase history, the first that fits.

    Who bought only before the data begin has lapsed: nothing has come since.
    """
    return f"""
            case
                when bought.customer_key is null and earlier_buyers.customer_key is null then 'prospect'
                when bought.customer_key is null or bought.last_date < {day} - {LAPSED_DAYS} then 'lapsed'
                when rfm.is_top then 'high-value'
                when bought.purchases_ever > 1 or earlier_buyers.customer_key is not null then 'repeat'
                else 'first-time'
            end"""


@cache
def rfm_map() -> dict[tuple[int, int], str]:
    """Name of the cell by scores of recency and frequency, as shipped."""
    with RFM_SEGMENTS.open(encoding="utf-8", newline="") as file:
        return {(int(r["recency"]), int(r["frequency"])): r["segment"] for r in csv.DictReader(file)}


def rfm_segment(recency: str, frequency: str) -> str:
    """Expression: the name of the cell of the R x F grid; null without scores."""
    cells = " ".join(
        f"when {recency} = {r} and {frequency} = {f} then {sql_text(name)}"
        for (r, f), name in rfm_map().items()
    )
    return f"case {cells} end"
