-- One row per thread and identifier that was seen in it.
with base as (
    select * from {{ ref('base_rasa__events') }}
),

sources as (
    select instance, sender_id from {{ source('settings', 'sources') }}
    where source = 'rasa'
),

shared_ids as (
    select value from {{ source('settings', 'shared_ids') }}
    where source = 'rasa'
),

rules as (
    select name, identifier_type from {{ source('settings', 'identifier_rules') }}
    where (platform = 'rasa' or platform is null)
        and kind = 'slot'
),

threads as (
    select instance, thread_id, min(occurred_at) as seen_at
    from base
    group by instance, thread_id
),

-- Settings say what the sender is; by itself it names a user of the channel.
senders as (
    select
        threads.instance,
        threads.thread_id,
        coalesce(own.sender_id, general.sender_id, 'platform_user_id') as identifier_type,
        threads.thread_id as raw_value,
        threads.seen_at,
        -- The channel or the login gave it, nobody typed it.
        true as is_verified
    from threads
    left join sources as own
        on own.instance = threads.instance
    left join sources as general
        on general.instance = 'default'
    left join shared_ids
        on shared_ids.value = threads.thread_id
    where shared_ids.value is null
),

slots as (
    select
        base.instance,
        base.thread_id,
        rules.identifier_type,
        base.value as raw_value,
        min(base.occurred_at) as seen_at,
        false as is_verified
    from base
    inner join rules
        on rules.name = base.name
    where base.event_name = 'slot'
        and base.value is not null
    group by base.instance, base.thread_id, rules.identifier_type, base.value
),

unioned as (
    select * from senders
    union all
    select * from slots
    union all
    select
        instance,
        thread_id,
        'thread_id' as identifier_type,
        thread_id as raw_value,
        seen_at,
        true as is_verified
    from threads
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
    'rasa' as platform,
    instance,
    thread_id,
    identifier_type,
    identifier_value,
    min(seen_at) as seen_at,
    max(is_verified) as is_verified
from normalised
where identifier_value is not null
group by instance, thread_id, identifier_type, identifier_value
