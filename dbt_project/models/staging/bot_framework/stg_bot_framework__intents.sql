-- One row per user message and intent that a recogniser named; what none understood has no rank 1.
with recognitions as (
    select * from {{ ref('base_bot_framework__recognitions') }}
    where name is not null
)

select
    'bot_framework' as platform,
    instance,
    thread_id,
    message_id,
    -- A dispatcher answers first, the skill or knowledge base behind it last and best.
    row_number() over (
        partition by instance, thread_id, message_id
        order by
            case when is_understood then 0 else 1 end asc nulls last,
            case when rank_in_trace = 1 then 0 else 1 end asc nulls last,
            occurred_at desc nulls last, sequence desc nulls last, rank_in_trace asc nulls last, trace_key asc nulls last
    )
    -- A winner for want of others is no intent that a signal may count.
    + case when max(is_understood) over (partition by instance, thread_id, message_id) then 0 else 1 end as rank,
    name,
    score as confidence
from recognitions
