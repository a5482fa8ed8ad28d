{{ kept_by_thread('int_threads__affected') }}

with turns as (
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

intents as (
    select
        conversation_key,
        platform,
        instance,
        thread_id,
        intent_group,
        intent,
        count(*) as turn_count,
        min(position) as first_position
    from turns
    group by conversation_key, platform, instance, thread_id, intent_group, intent
),

weighed as (
    select
        *,
        sum(turn_count) over (partition by conversation_key, intent_group) as group_turn_count,
        min(first_position) over (partition by conversation_key, intent_group) as group_first_position
    from intents
),

ranked as (
    select
        *,
        row_number() over (
            partition by conversation_key
            order by
                group_turn_count desc nulls last, group_first_position asc nulls last,
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
