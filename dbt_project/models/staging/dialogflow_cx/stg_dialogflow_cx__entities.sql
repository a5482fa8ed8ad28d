-- One row per parameter that a user message filled.
with turns as (
    select * from {{ ref('base_dialogflow_cx__turns') }}
    where has_user_message
),

filled as (
    select * from {{ json_entries('turns', ['instance', 'thread_id', 'user_message_id'], 'match_parameters') }} as entries
)

select
    'dialogflow_cx' as platform,
    instance,
    thread_id,
    user_message_id as message_id,
    row_number() over (
        partition by instance, thread_id, user_message_id
        order by name asc nulls last
    ) as rank,
    name,
    value,
    cast(null as double) as confidence
from filled
where value is not null
