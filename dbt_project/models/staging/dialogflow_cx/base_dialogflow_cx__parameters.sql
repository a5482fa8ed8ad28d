-- One row per parameter that a turn set: the session's parameters come whole with every turn, so only what changed counts.
with turns as (
    select * from {{ ref('base_dialogflow_cx__turns') }}
),

given as (
    select * from {{ json_entries('turns', ['instance', 'thread_id', 'turn_id', 'turn', 'occurred_at', 'user_message_id'], 'parameters') }} as entries
),

compared as (
    select
        *,
        lag(value) over (partition by instance, thread_id, name order by turn asc nulls last) as value_before
    from given
)

select
    instance,
    thread_id,
    turn_id,
    turn,
    occurred_at,
    user_message_id,
    name,
    value
from compared
where value is not null
    and (value_before is null or value <> value_before)
