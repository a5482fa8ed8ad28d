{{ kept_by_thread('int_threads__affected') }}

with feedback as (
    select
        events.conversation_key,
        events.platform,
        events.instance,
        events.thread_id,
        events.occurred_at,
        events.value,
        events.scale,
        {{ satisfaction('events.value', 'events.scale') }} as satisfaction,
        case when events.signal_source = 'ga4' then 'ga4' else 'platform' end as rating_source,
        row_number() over (
            partition by events.conversation_key
            order by
                case when events.signal_source = 'ga4' then 1 else 0 end asc nulls last,
                events.occurred_at desc nulls last, events.sequence desc nulls last, events.event_key asc nulls last
        ) as place
    from {{ ref('int_conversation_events__collected') }} as events
    inner join {{ ref('int_conversations__spanned') }} as conversations
        on conversations.conversation_key = events.conversation_key
    where events.event_type = 'feedback'
        and events.value is not null
        and {{ seconds_between('conversations.ended_at', 'events.occurred_at') }} <= {{ var('rated_within_seconds', 604800) }}
)

select
    conversation_key,
    platform,
    instance,
    thread_id,
    value as rating,
    scale as rating_scale,
    rating_source,
    satisfaction,
    -- The middle of a scale is not satisfied.
    satisfaction = 'positive' as is_satisfied,
    occurred_at as rated_at
from feedback
where place = 1
