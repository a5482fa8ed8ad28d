select
    {{ hash_key(['platform', 'instance', 'thread_id', 'event_id', 'event_type', 'kind', 'name']) }} as event_key,
    platform,
    instance,
    thread_id,
    event_id,
    occurred_at,
    sequence,
    event_type,
    kind,
    name,
    value,
    actor,
    message_id
from {{ ref('int_chat_events__unioned') }}
