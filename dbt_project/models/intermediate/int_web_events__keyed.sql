{{ kept_by_day('stg_ledger__touched_days') }}

select
    {{ hash_key(['platform', 'instance', 'event_id']) }} as web_event_key,
    case
        when web_session_id is not null then {{ hash_key(['platform', 'instance', 'web_session_id']) }}
    end as web_session_key,
    platform,
    instance,
    event_id,
    occurred_at,
    reporting_date,
    sequence,
    event_name,
    event_name in (
        'chatbot_interaction', 'chatbot_goal_completion', 'chatbot_fallback',
        'chatbot_satisfaction_yes', 'chatbot_satisfaction_no'
    ) as is_chatbot_event,
    stream_id,
    client_id,
    user_id,
    web_session_id,
    is_session_engaged,
    engagement_msec,
    page_location,
    source,
    medium,
    campaign,
    device,
    operating_system,
    browser,
    language,
    country,
    city,
    transaction_id,
    revenue,
    currency,
    conversation_id,
    bot_platform,
    intent,
    coalesce(is_provisional, false) as is_provisional,
    {% if var('include_test_traffic', false) %}false{% else %}coalesce(is_test, false){% endif %} as is_test
from {{ ref('int_web_events__unioned') }}
