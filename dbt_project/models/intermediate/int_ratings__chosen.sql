with feedback as (
    select
        events.conversation_key,
        events.occurred_at,
        events.value,
        events.scale,
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
        and {{ seconds_between('conversations.ended_at', 'events.occurred_at') }} <= 7 * 86400
)

select
    conversation_key,
    value as rating,
    scale as rating_scale,
    rating_source,
    -- A recommendation score (0-10) is no satisfaction; scales without a map are left unjudged.
    case
        when scale = 'thumb' and value = 'up' then true
        when scale = 'thumb' and value = 'down' then false
        when scale = '1-5' and try_cast(value as double) between 1 and 5 then try_cast(value as double) >= 4
    end as is_satisfied,
    occurred_at as rated_at
from feedback
where place = 1
