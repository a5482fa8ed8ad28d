with touchpoints as (
    select
        customer_key,
        started_at as occurred_at,
        started_date as occurred_date,
        'conversation' as touchpoint,
        conversation_key as record_key,
        channel,
        coalesce(primary_intent_group, primary_intent, engagement) as summary,
        is_test
    from {{ ref('fct_conversations') }}
    union all
    select
        customer_key,
        started_at as occurred_at,
        started_date as occurred_date,
        'web_session' as touchpoint,
        web_session_key as record_key,
        'web' as channel,
        case
            when has_purchase then 'purchase'
            when has_checkout then 'checkout'
            when has_cart then 'cart'
            when has_product_view then 'product view'
            else 'visit'
        end as summary,
        is_test
    from {{ ref('fct_web_sessions') }}
    union all
    select
        customer_key,
        ordered_at as occurred_at,
        ordered_date as occurred_date,
        'order' as touchpoint,
        order_key as record_key,
        channel,
        coalesce(exclusion_reason, financial_status, 'counted') as summary,
        is_test
    from {{ ref('fct_orders') }}
    union all
    select
        customer_key,
        created_at as occurred_at,
        created_date as occurred_date,
        'ticket' as touchpoint,
        ticket_key as record_key,
        channel,
        coalesce(category, case when is_closed then 'closed' else 'open' end) as summary,
        false as is_test
    from {{ ref('fct_tickets') }}
)

select
    {{ hash_key(['touchpoint', 'record_key']) }} as touchpoint_key,
    customer_key,
    occurred_at,
    occurred_date,
    touchpoint,
    record_key,
    channel,
    summary,
    coalesce(is_test, false) as is_test
from touchpoints
where customer_key is not null
