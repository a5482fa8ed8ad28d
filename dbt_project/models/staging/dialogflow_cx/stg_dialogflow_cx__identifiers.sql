-- One row per thread and identifier: parameters that settings name, the caller's number, the session.
with turns as (
    select * from {{ ref('base_dialogflow_cx__turns') }}
),

rules as (
    select name, identifier_type from {{ source('settings', 'identifier_rules') }}
    where (platform = 'dialogflow_cx' or platform is null)
        and kind = 'parameter'
),

shared_ids as (
    select value from {{ source('settings', 'shared_ids') }}
    where source = 'dialogflow_cx'
),

-- What site or app send along comes from a login or a cookie, not from the talk.
sent as (
    select instance, thread_id, occurred_at, name, value
    from {{ json_entries('turns', ['instance', 'thread_id', 'occurred_at'], 'request_parameters') }} as parameters
    union all
    select instance, thread_id, occurred_at, name, value
    from {{ json_entries('turns', ['instance', 'thread_id', 'occurred_at'], 'request_payload') }} as payloads
),

unioned as (
    select sent.instance, sent.thread_id, rules.identifier_type, sent.value as raw_value, sent.occurred_at as seen_at, 1 as is_verified
    from sent
    inner join rules
        on rules.name = sent.name
    union all
    select parameters.instance, parameters.thread_id, rules.identifier_type, parameters.value as raw_value, parameters.occurred_at as seen_at, 0 as is_verified
    from {{ ref('base_dialogflow_cx__parameters') }} as parameters
    inner join rules
        on rules.name = parameters.name
    union all
    select instance, thread_id, 'phone' as identifier_type, caller_id as raw_value, occurred_at as seen_at, 1 as is_verified
    from turns
    union all
    select instance, thread_id, 'thread_id' as identifier_type, thread_id as raw_value, occurred_at as seen_at, 1 as is_verified
    from turns
),

normalised as (
    select
        unioned.instance,
        unioned.thread_id,
        unioned.identifier_type,
        {{ normal_identifier('unioned.identifier_type', 'unioned.raw_value') }} as identifier_value,
        unioned.seen_at,
        unioned.is_verified
    from unioned
    left join shared_ids
        on shared_ids.value = unioned.raw_value
    where shared_ids.value is null
        or unioned.identifier_type = 'thread_id'
)

select
    'dialogflow_cx' as platform,
    instance,
    thread_id,
    identifier_type,
    identifier_value,
    min(seen_at) as seen_at,
    max(is_verified) = 1 as is_verified
from normalised
where identifier_value is not null
group by instance, thread_id, identifier_type, identifier_value
