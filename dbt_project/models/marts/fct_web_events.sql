{{ kept_by_day('int_web_days__affected') }}

with items as (
    select
        platform,
        instance,
        event_id,
        count(*) as item_count
    from {{ rows_of_days('int_web_items__unioned', 'int_web_days__affected') }} as items
    group by platform, instance, event_id
)

select
    events.web_event_key,
    events.web_session_key,
    joined.conversation_key,
    events.platform,
    events.instance,
    events.occurred_at,
    {{ shop_date('events.occurred_at') }} as occurred_date,
    events.reporting_date,
    events.event_name,
    events.page_location,
    events.transaction_id,
    events.revenue,
    events.currency,
    coalesce(items.item_count, 0) as item_count,
    events.is_test
from {{ rows_of_days('int_web_events__keyed', 'int_web_days__affected') }} as events
left join {{ ref('int_chatbot_events__joined') }} as joined
    on joined.web_event_key = events.web_event_key
left join items
    on items.platform = events.platform
    and items.instance = events.instance
    and items.event_id = events.event_id
