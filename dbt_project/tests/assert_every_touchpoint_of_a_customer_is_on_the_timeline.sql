-- The timeline holds each conversation, web session, order and ticket that has a customer, once.
with records as (
    select 'conversation' as touchpoint, conversation_key as record_key, customer_key from {{ ref('fct_conversations') }}
    union all
    select 'web_session' as touchpoint, web_session_key as record_key, customer_key from {{ ref('fct_web_sessions') }}
    union all
    select 'order' as touchpoint, order_key as record_key, customer_key from {{ ref('fct_orders') }}
    union all
    select 'ticket' as touchpoint, ticket_key as record_key, customer_key from {{ ref('fct_tickets') }}
)

select
    records.touchpoint as record_side,
    timeline.touchpoint as timeline_side,
    coalesce(records.record_key, timeline.record_key) as record_key
from records
full outer join {{ ref('customer_timeline') }} as timeline
    on timeline.touchpoint = records.touchpoint
    and timeline.record_key = records.record_key
    and timeline.customer_key = records.customer_key
where (records.customer_key is not null and timeline.record_key is null)
    or records.record_key is null
