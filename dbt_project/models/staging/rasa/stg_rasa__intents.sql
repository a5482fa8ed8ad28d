-- One row per user message and intent considered; rank 1 won.
with users as (
    select * from {{ ref('base_rasa__events') }}
    where event_name = 'user'
),

ranking as (
    select
        instance,
        thread_id,
        message_id,
        intent_name,
        {{ json_text('parse_data', '$.intent_ranking') }} as intent_ranking
    from users
),

considered as (
    select * from {{ json_elements('ranking', ['instance', 'thread_id', 'message_id', 'intent_name'], 'intent_ranking') }} as elements
),

-- The winner stands in the ranking too, most often first.
others as (
    select
        instance,
        thread_id,
        message_id,
        1 + row_number() over (
            partition by instance, thread_id, message_id order by position asc nulls last
        ) as rank,
        {{ json_text('element', '$.name') }} as name,
        try_cast({{ json_text('element', '$.confidence') }} as double) as confidence
    from considered
    where {{ json_text('element', '$.name') }} is not null
        and (intent_name is null or {{ json_text('element', '$.name') }} <> intent_name)
),

unioned as (
    select instance, thread_id, message_id, 1 as rank, intent_name as name, intent_confidence as confidence
    from users
    where intent_name is not null
    union all
    select instance, thread_id, message_id, rank, name, confidence
    from others
)

select
    'rasa' as platform,
    instance,
    thread_id,
    message_id,
    rank,
    name,
    confidence
from unioned
