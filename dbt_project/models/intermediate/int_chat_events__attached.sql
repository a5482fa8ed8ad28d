-- An event lies in the last conversation of its thread that began at or before it, else in the first. What comes
-- shortly before the next conversation and long after the last one (a session's start, the slots it sets) lies in the
-- next: messages so far apart would have been cut there. A late rating is about what has been.
with events as (
    select * from {{ ref('int_chat_events__keyed') }}
),

spans as (
    select * from {{ rows_of_threads('int_conversations__spanned', 'stg_ledger__touched_threads') }} as spans
),

neighbours as (
    select *
    from {{ neighbouring_conversations(
        'events', 'spans', ['platform', 'instance', 'thread_id'], 'event_key', 'occurred_at', ['event_type']
    ) }} as neighbours
),

placed as (
    select
        event_key,
        case
            when previous_key is null then next_key
            when next_key is not null
                and event_type <> 'feedback'
                and {{ seconds_between('previous_ended_at', 'moment') }} > {{ var('silence_seconds', 1800) }}
                and {{ seconds_between('moment', 'next_started_at') }} <= {{ var('silence_seconds', 1800) }}
                then next_key
            else previous_key
        end as conversation_key
    from neighbours
)

select
    events.event_key,
    placed.conversation_key,
    events.platform,
    events.instance,
    events.thread_id,
    events.event_id,
    events.occurred_at,
    events.sequence,
    events.event_type,
    events.kind,
    events.name,
    events.value,
    events.actor,
    events.message_id
from events
inner join placed on placed.event_key = events.event_key
