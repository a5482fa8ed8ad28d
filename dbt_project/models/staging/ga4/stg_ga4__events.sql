with source as (
    select * from {{ ref('base_ga4__events') }}
),

parsed as (
    select
        source.*,
        {{ ga4_date('event_date') }} as reporting_date,
        {{ consent(json_text('privacy_info', '$.analytics_storage')) }} as analytics_consent,
        {{ consent(json_text('privacy_info', '$.ads_storage')) }} as ads_consent,
        {{ absent_to_null(json_text('session_traffic_source_last_click', '$.cross_channel_campaign.source')) }} as click_source,
        {{ absent_to_null(json_text('session_traffic_source_last_click', '$.manual_campaign.source')) }} as manual_source,
        {{ absent_to_null(json_text('collected_traffic_source', '$.manual_source')) }} as collected_source,
        coalesce(
            {{ absent_to_null(json_text('collected_traffic_source', '$.gclid')) }}, parameter_gclid
        ) as click_id
    from source
),

attributed as (
    select
        parsed.*,
        -- Source, medium and campaign always come from one and the same place.
        case
            when click_source is not null then 'click'
            when manual_source is not null then 'manual'
            when collected_source is not null then 'collected'
            when click_id is not null then 'gclid'
            when parameter_source is not null then 'parameters'
        end as origin,
        case
            -- Unset is no yes; null says that the site doesn't use consent mode.
            when analytics_consent in ('no', 'unset') then md5(user_pseudo_id)
            else {{ absent_to_null(replace_all("user_pseudo_id", "^GA[0-9]+[.][0-9]+[.]", "")) }}
        end as client_id
    from parsed
),

renamed as (
    select
        'ga4' as platform,
        instance,
        event_id,
        occurred_at,
        reporting_date,
        row_number() over (
            partition by instance, reporting_date, stream_id, client_id
            order by
                occurred_at asc nulls last, batch_page_id asc nulls last, batch_ordering_id asc nulls last,
                batch_event_index asc nulls last, event_bundle_sequence_id asc nulls last, event_id asc nulls last
        ) as sequence,
        event_name,
        stream_id,
        client_id,
        case
            when lower(trim(user_id)) not in (
                '', '(not set)', 'undefined', 'null', 'none', 'nan', 'unknown', 'anonymous', 'guest', '0', '-1', 'false'
            ) then coalesce({{ normal_email('user_id') }}, trim(user_id))
        end as user_id,
        coalesce(stream_id, '') || '|' || client_id || '|' || parameter_ga_session_id as web_session_id,
        try_cast(parameter_ga_session_number as bigint) as session_number,
        coalesce(lower(parameter_session_engaged) in ('1', 'true') or parameter_engaged_session_event = '1', false)
            as is_session_engaged,
        try_cast(parameter_engagement_time_msec as bigint) as engagement_msec,
        {{ without_query('parameter_page_location') }} as page_location,
        parameter_page_title as page_title,
        {{ without_query('parameter_page_referrer') }} as page_referrer,
        case origin
            when 'click' then click_source
            when 'manual' then manual_source
            when 'collected' then collected_source
            when 'gclid' then 'google'
            when 'parameters' then parameter_source
        end as source,
        case origin
            when 'click' then {{ json_text('session_traffic_source_last_click', '$.cross_channel_campaign.medium') }}
            when 'manual' then {{ json_text('session_traffic_source_last_click', '$.manual_campaign.medium') }}
            when 'collected' then {{ json_text('collected_traffic_source', '$.manual_medium') }}
            when 'gclid' then 'cpc'
            when 'parameters' then parameter_medium
        end as medium,
        {{ absent_to_null("case origin
            when 'click' then " ~ json_text('session_traffic_source_last_click', '$.cross_channel_campaign.campaign_name') ~ "
            when 'manual' then " ~ json_text('session_traffic_source_last_click', '$.manual_campaign.campaign_name') ~ "
            when 'collected' then " ~ json_text('collected_traffic_source', '$.manual_campaign_name') ~ "
            else parameter_campaign
        end") }} as campaign,
        {{ absent_to_null(json_text('device', '$.category')) }} as device,
        {{ absent_to_null(json_text('device', '$.operating_system')) }} as operating_system,
        coalesce(
            {{ absent_to_null(json_text('device', '$.web_info.browser')) }},
            {{ absent_to_null(json_text('device', '$.browser')) }}
        ) as browser,
        {{ absent_to_null(json_text('device', '$.language')) }} as language,
        {{ absent_to_null(json_text('geo', '$.country')) }} as country,
        {{ absent_to_null(json_text('geo', '$.region')) }} as region,
        {{ absent_to_null(json_text('geo', '$.city')) }} as city,
        coalesce(
            {{ absent_to_null(json_text('ecommerce', '$.transaction_id')) }}, parameter_transaction_id
        ) as transaction_id,
        case
            when event_name = 'purchase' then coalesce(
                try_cast({{ json_text('ecommerce', '$.purchase_revenue') }} as double), try_cast(parameter_value as double)
            )
            when event_name = 'refund' then -abs(coalesce(
                try_cast({{ json_text('ecommerce', '$.refund_value') }} as double), try_cast(parameter_value as double)
            ))
        end as revenue,
        upper(parameter_currency) as currency,
        parameter_conversation_id as conversation_id,
        parameter_bot_platform as bot_platform,
        parameter_intent as intent,
        analytics_consent,
        ads_consent,
        standing = 1 as is_provisional,
        coalesce(lower(parameter_debug_mode) in ('1', 'true'), false) as is_test
    from attributed
)

select * from renamed
