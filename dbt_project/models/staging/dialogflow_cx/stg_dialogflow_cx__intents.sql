-- One row per user message and intent that it matched; that of a message nothing matched has no rank 1.
select
    'dialogflow_cx' as platform,
    instance,
    thread_id,
    user_message_id as message_id,
    case when is_no_match then 2 else 1 end as rank,
    intent as name,
    intent_confidence as confidence
from {{ ref('base_dialogflow_cx__turns') }}
where has_user_message
    and intent is not null
