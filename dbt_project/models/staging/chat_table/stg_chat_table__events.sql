-- One row per rating or resolution time that a conversation got.
with turns as (
    select * from {{ ref('base_chat_table__turns') }}
),

unioned as (
    select
        instance,
        thread_id,
        turn_key || '|rating' as event_id,
        sent_at as occurred_at,
        2 * sequence + 1 as sequence,
        'feedback' as event_type,
        case
            when try_cast(rating as double) is null then 'thumb'
            when highest_rating > 5 then '0-10'
            else '1-5'
        end as name,
        case
            when lower(rating) in ('up', 'yes', 'good', 'positive', 'satisfied', 'true') then 'up'
            when lower(rating) in ('down', 'no', 'bad', 'negative', 'dissatisfied', 'unsatisfied', 'false') then 'down'
            else rating
        end as value,
        'user' as actor
    from turns
    where rating is not null
        and (previous_rating is null or previous_rating <> rating)
    union all
    select
        instance,
        thread_id,
        turn_key || '|resolution' as event_id,
        sent_at as occurred_at,
        2 * sequence + 1 as sequence,
        'attribute' as event_type,
        'resolution_seconds' as name,
        cast(resolution_seconds as varchar) as value,
        'bot' as actor
    from turns
    where resolution_seconds is not null
        and (previous_resolution_seconds is null or previous_resolution_seconds <> resolution_seconds)
)

select
    'chat_table' as platform,
    instance,
    thread_id,
    event_id,
    occurred_at,
    sequence,
    event_type,
    'value' as kind,
    name,
    value,
    actor,
    cast(null as varchar) as message_id
from unioned
