{{ kept_by_thread('int_threads__affected') }}

with replies as (
    select distinct name as intent
    from {{ source('settings', 'intent_roles') }}
    where role = 'reply'
),

turns as (
    select
        conversation_key,
        platform,
        instance,
        thread_id,
        intent,
        intent_group,
        position
    from {{ ref('int_messages__affected') }}
    where author = 'user'
        and intent is not null
        and not is_courtesy
        and not is_opening_payload
        and not is_fallback
        and not is_reverted
),

-- An order number or a yes tells nothing of what a conversation is about, if the question before it does.
intents as (
    select
        turns.conversation_key,
        turns.platform,
        turns.instance,
        turns.thread_id,
        turns.intent_group,
        turns.intent,
        replies.intent is not null as is_reply,
        count(*) as turn_count,
        min(turns.position) as first_position
    from turns
    left join replies on replies.intent = turns.intent
    group by
        turns.conversation_key,
        turns.platform,
        turns.instance,
        turns.thread_id,
        turns.intent_group,
        turns.intent,
        replies.intent is not null
),

weighed as (
    select
        *,
        sum(turn_count) over (partition by conversation_key, intent_group, is_reply) as group_turn_count,
        min(first_position) over (partition by conversation_key, intent_group, is_reply) as group_first_position
    from intents
),

ranked as (
    select
        *,
        row_number() over (
            partition by conversation_key
            order by
                is_reply asc nulls last, group_turn_count desc nulls last, group_first_position asc nulls last,
                turn_count desc nulls last, first_position asc nulls last
        ) as place
    from weighed
)

select
    conversation_key,
    platform,
    instance,
    thread_id,
    intent as primary_intent,
    intent_group as primary_intent_group
from ranked
where place = 1
