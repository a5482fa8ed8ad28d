{{ kept_by_session('int_web_sessions__touched') }}
{%- set touched = if_partial('int_web_sessions__touched') %}

with events as (
    select * from {{ ref('int_web_events__keyed') }} as keyed
    where web_session_key is not null
        {%- if is_partial() %}
        and exists (select 1 from {{ touched }} as touched where touched.web_session_key = keyed.web_session_key)
        {%- endif %}
),

-- What a session is said to be is what its first event that says so says.
told as (
    select
        *,
        first_value(user_id ignore nulls) over whole_session as session_user_id,
        first_value(source ignore nulls) over whole_session as session_source,
        first_value(medium ignore nulls) over whole_session as session_medium,
        first_value(campaign ignore nulls) over whole_session as session_campaign,
        first_value(device ignore nulls) over whole_session as session_device,
        first_value(operating_system ignore nulls) over whole_session as session_operating_system,
        first_value(browser ignore nulls) over whole_session as session_browser,
        first_value(language ignore nulls) over whole_session as session_language,
        first_value(country ignore nulls) over whole_session as session_country,
        first_value(city ignore nulls) over whole_session as session_city
    from events
    window whole_session as (
        partition by web_session_key
        order by occurred_at asc nulls last, sequence asc nulls last, event_id asc nulls last
        rows between unbounded preceding and unbounded following
    )
)

select
    web_session_key,
    platform,
    instance,
    web_session_id,
    min(stream_id) as stream_id,
    min(client_id) as client_id,
    min(session_user_id) as user_id,
    min(occurred_at) as started_at,
    max(occurred_at) as ended_at,
    min(reporting_date) as first_reporting_date,
    max(reporting_date) as last_reporting_date,
    count(*) as event_count,
    cast(sum(case when event_name in ('page_view', 'screen_view') then 1 else 0 end) as bigint) as page_view_count,
    max(case when is_session_engaged then 1 else 0 end) = 1 as is_web_engaged,
    cast(coalesce(sum(engagement_msec), 0) as double) / 1000 as engagement_seconds,
    min(session_source) as source,
    min(session_medium) as medium,
    min(session_campaign) as campaign,
    min(session_device) as device,
    min(session_operating_system) as operating_system,
    min(session_browser) as browser,
    min(session_language) as language,
    min(session_country) as country,
    min(session_city) as city,
    max(case when event_name = 'view_item' then 1 else 0 end) = 1 as has_product_view,
    max(case when event_name = 'add_to_cart' then 1 else 0 end) = 1 as has_cart,
    max(case when event_name = 'begin_checkout' then 1 else 0 end) = 1 as has_checkout,
    max(case when event_name = 'purchase' then 1 else 0 end) = 1 as has_purchase,
    max(case when is_chatbot_event then 1 else 0 end) = 1 as has_chat_event,
    max(case when is_provisional then 1 else 0 end) = 1 as is_provisional,
    max(case when is_test then 1 else 0 end) = 1 as is_test
from told
group by web_session_key, platform, instance, web_session_id
