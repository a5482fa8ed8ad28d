"""Who did something first on which day, and on which days again: steps that the retention tables share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._purchases import purchases_steps
from chat_pipeline.analytics._sql import cutoff_of, is_apart, shop_date, sources_steps

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

# Cohorts of the first days of data hold people who began before them.
FLAGGED_DAYS = 90


def returns_steps(settings: Settings) -> str:
    """Steps ending in `returns` and `reach`.

    returns(kind, person, day, first_day, is_known_first): the days on which a person did it, one row each; a
    first purchase is not known where a record of the shop or the CRM counts orders from before the data.
    reach(kind, first_date, last_date, newest_date): the data's first day, the last one that has passed entirely
    in every source that is read (the day of the cut-off itself has not), and the newest one of any source.
    """
    return f"""
    {sources_steps(settings)},
    {purchases_steps(settings)},
    days as (
        select distinct 'return_to_chat' as kind, person_key as person, started_date as day
        from marts.fct_conversations
        -- Only ids that outlive a visit can be seen to return.
        where person_key is not null and is_chat_engaged and not coalesce(has_identity_conflict, false)
            and not {is_apart(settings)}
        union all
        select 'repeat_purchase', customer_key, purchase_date from purchases
    ),
    returns as (
        select
            days.*, min(day) over (partition by kind, person) as first_day,
            not (kind = 'repeat_purchase' and earlier_buyers.customer_key is not null) as is_known_first
        from days
        left join earlier_buyers on earlier_buyers.customer_key = days.person and days.kind = 'repeat_purchase'
    ),
    reach as (
        select
            kind, case when kind = 'return_to_chat' then chat_first else order_first end as first_date,
            case when kind = 'return_to_chat' then chat_last else order_last end as last_date,
            case when kind = 'return_to_chat' then chat_newest else order_newest end as newest_date
        from (values ('return_to_chat'), ('repeat_purchase')) as kinds (kind)
        cross join (
            select
                min(case when kind = 'chat' then first_date end) as chat_first,
                min(case when kind = 'order' then first_date end) as order_first,
                max(case when kind = 'chat' then last_date end) as chat_newest,
                max(case when kind = 'order' then last_date end) as order_newest,
                {shop_date(cutoff_of("chat"), settings)} - 1 as chat_last,
                {shop_date(cutoff_of("order"), settings)} - 1 as order_last
            from sources
        ) as ends
    )"""
