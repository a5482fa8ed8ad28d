-- An event lies in the last conversation of its thread that began at or before it, else in the first.
-- Starts and events are ordered in one stream per thread, so no range join is needed.
with stream as (
    select
        platform,
        instance,
        thread_id,
        started_at as moment,
        0 as is_event,
        conversation_key,
        null as event_key
    from {{ ref('int_conversations__spanned') }}
    union all
    select
        platform,
        instance,
        thread_id,
        occurred_at as moment,
        1 as is_event,
        null as conversation_key,
        event_key
    from {{ ref('int_chat_events__keyed') }}
),

placed as (
    select
        event_key,
        is_event,
        coalesce(
            last_value(conversation_key ignore nulls) over (
                partition by platform, instance, thread_id
                order by moment asc nulls last, is_event asc nulls last, conversation_key asc nulls last, event_key asc nulls last
                rows between unbounded preceding and current row
            ),
            first_value(conversation_key ignore nulls) over (
                partition by platform, instance, thread_id
                order by moment asc nulls last, is_event asc nulls last, conversation_key asc nulls last, event_key asc nulls last
                rows between current row and unbounded following
            )
        ) as conversation_key
    from stream
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
