-- GA4 may restate its newest days; which these are moves with every load.
with newest_days as (
    select
        platform,
        instance,
        max(reporting_date) as newest_date
    from {{ ref('int_web_events__keyed') }}
    group by platform, instance
),

first_conversations as (
    select
        web_session_key,
        conversation_key,
        row_number() over (
            partition by web_session_key
            order by started_at asc nulls last, conversation_key asc nulls last
        ) as place
    from {{ ref('int_conversations__linked') }}
)

select
    sessions.web_session_key,
    sessions.platform,
    sessions.instance,
    sessions.stream_id,
    sessions.client_id,
    sessions.user_id,
    customers.customer_key,
    sessions.started_at,
    {{ shop_date('sessions.started_at') }} as started_date,
    sessions.ended_at,
    sessions.event_count,
    sessions.page_view_count,
    sessions.is_web_engaged,
    -- Google's rule: longer than 10 seconds, a key event (of those in the export only a purchase is surely one), or two views.
    coalesce({{ seconds_between('sessions.started_at', 'sessions.ended_at') }} > 10, false)
    or sessions.has_purchase
    or sessions.page_view_count >= 2 as is_web_engaged_recomputed,
    sessions.engagement_seconds,
    sessions.source,
    sessions.medium,
    sessions.campaign,
    sessions.device,
    sessions.operating_system,
    sessions.browser,
    sessions.language,
    sessions.country,
    sessions.city,
    sessions.has_product_view,
    sessions.has_cart,
    sessions.has_checkout,
    sessions.has_purchase,
    sessions.has_chat_event,
    first_conversations.conversation_key,
    sessions.is_provisional
    or cast(sessions.last_reporting_date as timestamp)
    > {{ add_seconds('cast(newest_days.newest_date as timestamp)', -3 * 86400) }} as is_provisional,
    sessions.is_test
from {{ ref('int_web_sessions__grouped') }} as sessions
left join newest_days
    on newest_days.platform = sessions.platform
    and newest_days.instance = sessions.instance
left join {{ ref('int_web_session_customers') }} as customers
    on customers.platform = sessions.platform
    and customers.instance = sessions.instance
    and customers.web_session_id = sessions.web_session_id
left join first_conversations
    on first_conversations.web_session_key = sessions.web_session_key
    and first_conversations.place = 1
