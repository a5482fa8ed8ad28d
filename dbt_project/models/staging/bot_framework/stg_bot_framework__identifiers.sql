-- One row per thread and identifier that was seen in it.
with activities as (
    select * from {{ ref('base_bot_framework__activities') }}
),

shared_ids as (
    select value from {{ source('settings', 'shared_ids') }}
    where source = 'bot_framework'
),

rules as (
    select name, identifier_type from {{ source('settings', 'identifier_rules') }}
    where platform = 'bot_framework' or platform is null
),

senders as (
    select
        instance,
        thread_id,
        from_id,
        from_aad_object_id,
        min(occurred_at) as seen_at
    from activities
    where author = 'user'
        and type in ('message', 'messageUpdate', 'event', 'invoke', 'messageReaction')
    group by instance, thread_id, from_id, from_aad_object_id
),

unioned as (
    select senders.instance, senders.thread_id, 'platform_user_id' as identifier_type, senders.from_id as raw_value, senders.seen_at, true as is_verified
    from senders
    left join shared_ids
        on shared_ids.value = senders.from_id
    where shared_ids.value is null
    union all
    -- Signed in to Microsoft: an account, not only a user of the channel.
    select instance, thread_id, 'user_id' as identifier_type, from_aad_object_id as raw_value, seen_at, true as is_verified
    from senders
    union all
    select instance, thread_id, 'email' as identifier_type, from_id as raw_value, seen_at, true as is_verified
    from senders
    where from_id like '%@%'
    union all
    select answers.instance, answers.thread_id, rules.identifier_type, answers.value as raw_value, answers.occurred_at as seen_at, false as is_verified
    from {{ ref('stg_bot_framework__events') }} as answers
    inner join rules
        on rules.name = answers.name
    where answers.kind = 'value'
    union all
    select instance, thread_id, 'thread_id' as identifier_type, thread_id as raw_value, min(occurred_at) as seen_at, true as is_verified
    from activities
    group by instance, thread_id
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
    'bot_framework' as platform,
    instance,
    thread_id,
    identifier_type,
    identifier_value,
    min(seen_at) as seen_at,
    max(is_verified) as is_verified
from normalised
where identifier_value is not null
group by instance, thread_id, identifier_type, identifier_value
