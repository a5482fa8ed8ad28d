-- An event lies in the last conversation of its thread that began at or before it, else in the first. What comes
-- shortly before the next conversation and long after the last one (a session's start, the slots it sets) lies in the
-- next: messages so far apart would have been cut there. A late rating is about what has been.
-- Starts and events are ordered in one stream per thread, so no range join is needed.
with stream as (
    select
        platform,
        instance,
        thread_id,
        started_at as moment,
        0 as is_event,
        conversation_key,
        started_at,
        ended_at,
        null as event_key,
        null as event_type
    from {{ rows_of_threads('int_conversations__spanned', 'stg_ledger__touched_threads') }} as spans
    union all
    select
        platform,
        instance,
        thread_id,
        occurred_at as moment,
        1 as is_event,
        null as conversation_key,
        null as started_at,
        null as ended_at,
        event_key,
        event_type
    from {{ ref('int_chat_events__keyed') }}
),

between_conversations as (
    select
        event_key,
        is_event,
        event_type,
        moment,
        last_value(conversation_key ignore nulls) over so_far as last_key,
        last_value(ended_at ignore nulls) over so_far as last_ended_at,
        first_value(conversation_key ignore nulls) over from_here as next_key,
        first_value(started_at ignore nulls) over from_here as next_started_at
    from stream
    window
        so_far as (
            partition by platform, instance, thread_id
            order by moment asc nulls last, is_event asc nulls last, conversation_key asc nulls last, event_key asc nulls last
            rows between unbounded preceding and current row
        ),
        from_here as (
            partition by platform, instance, thread_id
            order by moment asc nulls last, is_event asc nulls last, conversation_key asc nulls last, event_key asc nulls last
            rows between current row and unbounded following
        )
),

placed as (
    select
        event_key,
        is_event,
        case
            when last_key is null then next_key
            when next_key is not null
                and event_type <> 'feedback'
                and {{ seconds_between('last_ended_at', 'moment') }} > {{ var('silence_seconds', 1800) }}
                and {{ seconds_between('moment', 'next_started_at') }} <= {{ var('silence_seconds', 1800) }}
                then next_key
            else last_key
        end as conversation_key
    from between_conversations
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
from {{ ref('int_chat_events__keyed') }} as events
inner join placed
    on placed.event_key = events.event_key
    and placed.is_event = 1
