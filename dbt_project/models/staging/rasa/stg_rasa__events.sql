-- One row per thing that happened beside the messages: actions, slots, flows and forms, session marks, buttons.
with base as (
    select * from {{ ref('base_rasa__events') }}
),

-- A form's end does not name the form, and says nothing of why it ended.
loops as (
    select
        *,
        case
            when event_name in ('active_loop', 'form')
                then lag(name) over (
                    partition by instance, thread_id, event_name in ('active_loop', 'form')
                    order by position asc nulls last
                )
        end as loop_before,
        max(case when event_name = 'action' and name in ('action_deactivate_loop', 'action_deactivate_form') then 1 else 0 end) over (
            partition by instance, thread_id, turn
        ) as is_deactivated
    from base
    where not is_carried_over
),

classified as (
    select
        *,
        case
            when event_name = 'session_started' then 'session_start'
            when event_name = 'session_ended' then 'session_end'
            when event_name = 'error' then 'error'
            when event_name = 'action' then 'flow_step'
            when event_name = 'slot' then 'attribute'
            when event_name = 'flow_started' and flow_id not like 'pattern!_%' escape '!' then 'goal_started'
            when event_name = 'flow_completed' and flow_id not like 'pattern!_%' escape '!' then 'goal_completed'
            when event_name = 'flow_started' then 'flow_step'
            when event_name in ('active_loop', 'form') and name is not null then 'goal_started'
            when event_name in ('active_loop', 'form') and is_deactivated = 0 then 'goal_completed'
            else 'other'
        end as event_type,
        case
            when event_name in ('session_started', 'session_ended') then 'session'
            when event_name in ('action', 'slot') then event_name
            when event_name in ('flow_started', 'active_loop', 'form') then 'flow'
            when event_name = 'flow_completed' and flow_id not like 'pattern!_%' escape '!' then 'flow'
            when event_name = 'user' then 'button'
            else 'event'
        end as kind,
        case
            when event_name in ('action', 'slot') then name
            when event_name in ('active_loop', 'form') then coalesce(name, loop_before)
            when event_name = 'flow_started' then flow_id
            when event_name = 'flow_completed' and flow_id not like 'pattern!_%' escape '!' then flow_id
            when event_name = 'user' then split_part(text, '{', 1)
            else event_name
        end as event_label,
        case
            when event_name = 'slot' then value
            when event_name in ('active_loop', 'form') and name is null and is_deactivated = 1 then 'deactivated'
            when event_name in ('flow_completed', 'flow_cancelled', 'flow_interrupted', 'flow_resumed') then flow_id
        end as event_value
    from loops
    where
        -- Bookkeeping of the engine that says nothing about the talk.
        event_name not in ('bot', 'agent', 'user_featurization', 'entities', 'followup', 'stack')
        and not (event_name = 'action' and (name is null or name in ('action_listen', 'action_session_start')))
        and not (event_name = 'user' and (text is null or text not like '/%'))
        -- An emptied slot is no answer; a form that never began does not end.
        and not (event_name = 'slot' and (value is null or name in ('requested_slot', 'session_started_metadata')))
        and not (event_name in ('active_loop', 'form') and name is null and loop_before is null)
        -- A running form is named again after each restart of the dialogue engine.
        and not (event_name in ('active_loop', 'form') and coalesce(name = loop_before, false))
)

select
    'rasa' as platform,
    instance,
    thread_id,
    event_id,
    occurred_at,
    sequence,
    event_type,
    kind,
    event_label as name,
    event_value as value,
    case when event_name = 'user' then 'user' else 'bot' end as actor,
    turn_message_id as message_id
from classified
