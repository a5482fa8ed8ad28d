-- One row per thread and identifier that was seen in it.
with chats as (
    select * from {{ ref('base_zendesk_chat__chats') }}
),

shared_ids as (
    select value from {{ source('settings', 'shared_ids') }}
    where source = 'zendesk_chat'
),

unioned as (
    select instance, thread_id, 'platform_user_id' as identifier_type, visitor_id as raw_value, started_at as seen_at, true as is_verified
    from chats
    union all
    -- Typed into the form before the chat, or by an agent.
    select instance, thread_id, 'email' as identifier_type, visitor_email as raw_value, started_at as seen_at, false as is_verified
    from chats
    union all
    select instance, thread_id, 'phone' as identifier_type, visitor_phone as raw_value, started_at as seen_at, false as is_verified
    from chats
    union all
    select instance, thread_id, 'thread_id' as identifier_type, thread_id as raw_value, started_at as seen_at, true as is_verified
    from chats
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
        and unioned.identifier_type <> 'thread_id'
    where shared_ids.value is null
)

select
    'zendesk_chat' as platform,
    instance,
    thread_id,
    identifier_type,
    identifier_value,
    min(seen_at) as seen_at,
    max(is_verified) as is_verified
from normalised
where identifier_value is not null
group by instance, thread_id, identifier_type, identifier_value
