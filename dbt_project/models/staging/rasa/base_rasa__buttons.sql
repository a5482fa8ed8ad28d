-- One row per payload of the buttons that the bot showed in a turn, with the title on the button.
with events as (
    select * from {{ ref('base_rasa__events') }}
),

shown as (
    select
        instance,
        thread_id,
        turn,
        position as event_position,
        {{ json_text('data', '$.buttons') }} as buttons
    from events
    where event_name = 'bot'
),

buttons as (
    select * from {{ json_elements('shown', ['instance', 'thread_id', 'turn', 'event_position'], 'buttons') }} as elements
),

titled as (
    select
        instance,
        thread_id,
        turn,
        {{ json_text('element', '$.payload') }} as payload,
        {{ json_text('element', '$.title') }} as title,
        event_position,
        position
    from buttons
),

ranked as (
    select
        *,
        row_number() over (
            partition by instance, thread_id, turn, payload
            order by event_position desc nulls last, position asc nulls last, title asc nulls last
        ) as payload_rank
    from titled
    where payload is not null
        and title is not null
)

select
    instance,
    thread_id,
    turn,
    payload,
    title
from ranked
where payload_rank = 1
