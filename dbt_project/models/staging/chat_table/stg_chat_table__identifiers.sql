-- One row per thread and identifier that was seen in it.
with turns as (
    select * from {{ ref('base_chat_table__turns') }}
),

sources as (
    select instance, sender_id from {{ source('settings', 'sources') }}
    where source = 'chat_table'
),

shared_ids as (
    select value from {{ source('settings', 'shared_ids') }}
    where source = 'chat_table'
),

unioned as (
    select
        turns.instance,
        turns.thread_id,
        -- Settings say what the column with the user's id holds.
        coalesce(own.sender_id, general.sender_id, 'platform_user_id') as identifier_type,
        turns.user_id as raw_value,
        turns.sent_at as seen_at,
        true as is_verified
    from turns
    left join sources as own
        on own.instance = turns.instance
    left join sources as general
        on general.instance = 'default'
    left join shared_ids
        on shared_ids.value = turns.user_id
    where shared_ids.value is null
    union all
    select instance, thread_id, 'email' as identifier_type, email as raw_value, sent_at as seen_at, false as is_verified
    from turns
    union all
    select instance, thread_id, 'phone' as identifier_type, phone as raw_value, sent_at as seen_at, false as is_verified
    from turns
    union all
    select instance, thread_id, 'thread_id' as identifier_type, thread_id as raw_value, sent_at as seen_at, true as is_verified
    from turns
),

normalised as (
    select
        instance,
        thread_id,
        identifier_type,
        case identifier_type
            when 'email' then {{ normal_email('raw_value') }}
            when 'phone' then {{ normal_phone('raw_value') }}
            when 'ga_client_id' then {{ replace_all('trim(raw_value)', '^GA[0-9]+[.][0-9]+[.]', '') }}
            else nullif(trim(raw_value), '')
        end as identifier_value,
        seen_at,
        is_verified
    from unioned
)

select
    'chat_table' as platform,
    instance,
    thread_id,
    identifier_type,
    identifier_value,
    min(seen_at) as seen_at,
    max(is_verified) as is_verified
from normalised
where identifier_value is not null
group by instance, thread_id, identifier_type, identifier_value
