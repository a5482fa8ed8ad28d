-- One row per entity that was found in a user message.
with users as (
    select
        instance,
        thread_id,
        message_id,
        {{ json_text('parse_data', '$.entities') }} as entities
    from {{ ref('base_rasa__events') }}
    where event_name = 'user'
),

found as (
    select * from {{ json_elements('users', ['instance', 'thread_id', 'message_id'], 'entities') }} as elements
)

select
    'rasa' as platform,
    instance,
    thread_id,
    message_id,
    position as rank,
    {{ json_text('element', '$.entity') }} as name,
    {{ json_text('element', '$.value') }} as value,
    coalesce(
        try_cast({{ json_text('element', '$.confidence_entity') }} as double), try_cast({{ json_text('element', '$.confidence') }} as double)
    ) as confidence
from found
where {{ json_text('element', '$.entity') }} is not null
