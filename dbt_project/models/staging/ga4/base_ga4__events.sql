{{ config(materialized='table') }}

{%- set read_parameters = [
    'ga_session_id', 'ga_session_number', 'session_engaged', 'engaged_session_event', 'engagement_time_msec',
    'page_location', 'page_title', 'page_referrer', 'source', 'medium', 'campaign', 'gclid',
    'transaction_id', 'value', 'currency', 'conversation_id', 'bot_platform', 'intent', 'debug_mode',
] %}

-- Each event of the deliveries that stand, with the parameters that models read as columns of their own.
with source as (
    select * from {{ newest_partitions('ga4', 'events') }} as newest
),

parameters as (
    select
        instance,
        event_id,
        {%- for name in read_parameters %}
        max(case when name = '{{ name }}' then {{ absent_to_null('value') }} end) as parameter_{{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref('base_ga4__parameters') }}
    where name in ('{{ read_parameters | join("', '") }}')
    group by instance, event_id
)

select
    source.instance,
    source._record_key as event_id,
    source._standing as standing,
    source.event_date,
    source.occurred_at,
    source.event_name,
    source.user_id,
    source.user_pseudo_id,
    source.stream_id,
    source.batch_page_id,
    source.batch_ordering_id,
    source.batch_event_index,
    source.event_bundle_sequence_id,
    source.privacy_info,
    source.device,
    source.geo,
    source.collected_traffic_source,
    source.session_traffic_source_last_click,
    source.ecommerce,
    source.items,
    {%- for name in read_parameters %}
    parameters.parameter_{{ name }}{{ "," if not loop.last }}
    {%- endfor %}
from source
left join parameters
    on parameters.instance = source.instance
    and parameters.event_id = source._record_key
