"""Every attribute of customers at the end of days: the query that the tables of segments share.

What a value is computed from lies in `_segment_steps.py` and `_technology.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chat_pipeline.analytics import _segment_steps as steps
from chat_pipeline.analytics._own_segments import FAMILY, counters, own_column, own_columns
from chat_pipeline.analytics._purchases import purchases_steps
from chat_pipeline.analytics._segment_ranks import create_ranks
from chat_pipeline.analytics._technology import acquisition, technology
from chat_pipeline.settings.own_segments import FAMILIES

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def attributes(settings: Settings) -> dict[tuple[str, str], str]:
    """Column of the step `described` by family and attribute, own segments among them."""
    shipped = {(family, name): name for family, names in FAMILIES.items() for name in names}
    return shipped | {(FAMILY, name): own_column(name) for name in sorted(settings.segments)}


def unpivoted(columns: Mapping[tuple[str, str], str]) -> str:
    """Select item: a row of family, attribute and value per expression."""
    values = ", ".join(
        f"{{'family': '{family}', 'attribute': '{attribute}', 'value': {column}}}"
        for (family, attribute), column in columns.items()
    )
    return f"unnest([{values}], recursive := true)"


def described_steps(con: duckdb.DuckDBPyConnection, settings: Settings, asked: str) -> str:
    """Steps from `asked`, a SELECT of customer_key and day, to `described`: every attribute of each, never null.

    Only what happened by the end of the day counts. Country, city, gender, and age where no birth date is
    known, have no history: they are today's.
    """
    con.execute(f"create or replace temp table segment_asked as {asked}")
    create_ranks(con, settings)
    return f"""
    asked as (select customer_key, day from segment_asked),
    {steps.engagement(settings)},
    {steps.intent()},
    {purchases_steps(settings)},
    {steps.purchase_history()},
    {technology(settings)},
    {acquisition()},
    counted as (
        select
            asked.customer_key, asked.day, {steps.demographic("c", "asked.day")},
            coalesce(engagement.level, 'none') as level,
            case when engagement.level is null then 'none' else coalesce(top_intents.intent_group, 'unknown') end
                as intent_group,
            case when engagement.level is null then 'none' else coalesce(top_intents.intent, 'unknown') end as intent,
            {steps.status("asked.day")} as status,
            coalesce(cast(rfm.recency as varchar), 'none') as rfm_recency,
            coalesce(cast(rfm.frequency as varchar), 'none') as rfm_frequency,
            coalesce(cast(rfm.monetary as varchar), 'none') as rfm_monetary,
            coalesce({steps.rfm_segment("rfm.recency", "rfm.frequency")}, 'none') as rfm_segment,
            coalesce(latest.device, 'unknown') as device,
            coalesce(latest.operating_system, 'unknown') as operating_system,
            coalesce(latest.browser, 'unknown') as browser,
            coalesce(latest.channel, 'unknown') as channel,
            coalesce(acquired.source, 'unknown') as source,
            coalesce(acquired.medium, 'unknown') as medium,
            coalesce(acquired.campaign, 'unknown') as campaign,
            {counters()}
        from asked
        left join marts.dim_customers as c on c.customer_key = asked.customer_key
        left join segment_activity as activity on activity.customer_key = asked.customer_key and activity.day = asked.day
        left join engagement on engagement.customer_key = asked.customer_key and engagement.day = asked.day
        left join top_intents on top_intents.customer_key = asked.customer_key and top_intents.day = asked.day
        left join bought on bought.customer_key = asked.customer_key and bought.day = asked.day
        left join earlier_buyers on earlier_buyers.customer_key = asked.customer_key
        left join rfm on rfm.customer_key = asked.customer_key and rfm.day = asked.day
        left join latest on latest.customer_key = asked.customer_key and latest.day = asked.day
        left join acquired on acquired.customer_key = asked.customer_key and acquired.day = asked.day
    ),
    described as (
        select {own_columns(settings)} *
        from counted
    )"""
