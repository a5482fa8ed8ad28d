{{ kept_by_thread('int_threads__affected') }}

select
    event_key,
    conversation_key,
    platform,
    instance,
    thread_id,
    occurred_at,
    {{ shop_date('occurred_at') }} as occurred_date,
    sequence,
    turn_number,
    event_type,
    kind,
    name,
    value,
    actor,
    goal,
    scale,
    case when event_type = 'feedback' then {{ satisfaction('value', 'scale') }} end as satisfaction,
    signal_source
from {{ ref('int_conversation_events__collected') }}
