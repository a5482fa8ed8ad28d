"""Segments of customers: one value per attribute and date, of five families.

What a value is computed from lies in `_segment_steps.py`. The date is an argument: the table holds the
segments as of the run's cut-off, and a conversation of the past must be judged by those of its own day.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics import _segment_steps as steps
from chat_pipeline.analytics._purchases import purchases_steps
from chat_pipeline.analytics._sql import run_date, shop_date
from chat_pipeline.analytics._technology import technology

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

# Family and attribute: the column that holds it in the step `described`.
ATTRIBUTES = (
    ("demographic", "country"),
    ("demographic", "city"),
    ("demographic", "age_band"),
    ("demographic", "gender"),
    ("engagement", "level"),
    ("intent", "intent_group"),
    ("intent", "intent"),
    ("purchase_history", "status"),
    ("purchase_history", "rfm_recency"),
    ("purchase_history", "rfm_frequency"),
    ("purchase_history", "rfm_monetary"),
    ("purchase_history", "rfm_segment"),
    ("technology", "device"),
    ("technology", "operating_system"),
    ("technology", "browser"),
    ("technology", "channel"),
)


def segments(con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date | None = None) -> str:
    """SELECT of `analytics.segments` as of the end of a shop day (None: the day of the run's cut-off).

    Only what happened by then counts; customers first seen later are not there. Country, city, gender, and
    age where no birth date is known, have no history: they are today's.
    """
    day = f"date '{as_of.isoformat()}'" if as_of else run_date(settings)
    values = ", ".join(
        f"{{'family': '{family}', 'attribute': '{attribute}', 'value': {attribute}}}"
        for family, attribute in ATTRIBUTES
    )
    return f"""
    with as_of as (select {day} as day),
    customers as (
        select c.*, as_of.day
        from marts.dim_customers as c
        cross join as_of
        where c.first_seen_at is null or {shop_date("c.first_seen_at", settings)} <= as_of.day
    ),
    {steps.engagement(settings)},
    {steps.intent()},
    {purchases_steps(settings)},
    {steps.purchase_history()},
    {technology(settings)},
    described as (
        select
            c.customer_key, c.day, {steps.demographic("c")},
            coalesce(engagement.level, 'none') as level,
            case when engagement.customer_key is null then 'none' else coalesce(groups.name, 'unknown') end
                as intent_group,
            case when engagement.customer_key is null then 'none' else coalesce(intents.name, 'unknown') end as intent,
            {steps.status("c.customer_key", "c.day")} as status,
            coalesce(cast(rfm.recency as varchar), 'none') as rfm_recency,
            coalesce(cast(rfm.frequency as varchar), 'none') as rfm_frequency,
            coalesce(cast(rfm.monetary as varchar), 'none') as rfm_monetary,
            coalesce({steps.rfm_segment("rfm.recency", "rfm.frequency")}, 'none') as rfm_segment,
            coalesce(devices.value, 'unknown') as device,
            coalesce(systems.value, 'unknown') as operating_system,
            coalesce(browsers.value, 'unknown') as browser,
            coalesce(channels.value, 'unknown') as channel
        from customers as c
        left join engagement on engagement.customer_key = c.customer_key
        left join top_intents as groups on groups.customer_key = c.customer_key and groups.attribute = 'intent_group'
        left join top_intents as intents on intents.customer_key = c.customer_key and intents.attribute = 'intent'
        left join bought on bought.customer_key = c.customer_key
        left join earlier_buyers on earlier_buyers.customer_key = c.customer_key
        left join rfm on rfm.customer_key = c.customer_key
        left join latest as devices on devices.customer_key = c.customer_key and devices.attribute = 'device'
        left join latest as systems
            on systems.customer_key = c.customer_key and systems.attribute = 'operating_system'
        left join latest as browsers on browsers.customer_key = c.customer_key and browsers.attribute = 'browser'
        left join latest as channels on channels.customer_key = c.customer_key and channels.attribute = 'channel'
    )
    select customer_key, day as as_of_date, unnest([{values}], recursive := true)
    from described
    """


TABLE = AnalyticsTable(
    name="segments",
    description=(
        "One row per customer, date and attribute, of the families demographic, engagement, intent, purchase_history"
        " and technology. Every customer has one value of every attribute; 'unknown' and 'none' are values. As of the"
        " end of the shop day of the run's cut-off: metrics of past conversations need the segments of their own day"
        " instead."
    ),
    columns=(
        Column("customer_key", "varchar", "Customer (`marts.dim_customers`)."),
        Column("as_of_date", "date", "Shop day at whose end the value holds."),
        Column("family", "varchar", "demographic, engagement, intent, purchase_history, technology."),
        Column(
            "attribute",
            "varchar",
            "country, city, age_band, gender; level; intent_group, intent; status, rfm_recency, rfm_frequency,"
            " rfm_monetary, rfm_segment; device, operating_system, browser, channel.",
        ),
        Column(
            "value",
            "varchar",
            "level: high, medium, low (thirds of the customers with an engaged chat in 90 days, by conversations and"
            " minutes), none. intent: most frequent of 90 days, the latest of equals; none without such a chat. status:"
            " prospect, lapsed, high-value, repeat, first-time, the first that fits. rfm_*: scores 1 to 5 (5 best) of"
            " buyers of 365 days, else none. technology: the latest known; channel is web, app, social, voice,"
            " other.",
        ),
    ),
    key=("customer_key", "as_of_date", "family", "attribute"),
    build=segments,
)
