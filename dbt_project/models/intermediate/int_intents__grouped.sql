with ranked as (
    select
        platform,
        instance,
        thread_id,
        message_id,
        name as intent,
        confidence,
        row_number() over (
            partition by platform, instance, thread_id, message_id
            order by confidence desc nulls last, name asc nulls last
        ) as place
    from {{ ref('int_chat_intents__unioned') }}
    where rank = 1
        and name is not null
),

top_intents as (
    select * from ranked where place = 1
),

names as (
    select distinct intent from top_intents
),

-- Patterns meet the few distinct names, never the messages.
grouped as (
    select
        names.intent,
        min(intent_groups.intent_group) as intent_group
    from names
    inner join {{ source('settings', 'intent_groups') }} as intent_groups
        on names.intent like intent_groups.pattern escape '!'
    group by names.intent
),

roles as (
    select distinct name as intent
    from {{ source('settings', 'intent_roles') }}
    where role in ('greeting', 'courtesy')
)

select
    top_intents.platform,
    top_intents.instance,
    top_intents.thread_id,
    top_intents.message_id,
    top_intents.intent,
    -- An intent in no configured group is a group of its own.
    coalesce(grouped.intent_group, top_intents.intent) as intent_group,
    top_intents.confidence,
    roles.intent is not null as is_courtesy
from top_intents
left join grouped on grouped.intent = top_intents.intent
left join roles on roles.intent = top_intents.intent
