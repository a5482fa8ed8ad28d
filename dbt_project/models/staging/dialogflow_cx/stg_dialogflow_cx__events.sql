-- One row per thing that happened beside the messages.
with turns as (
    select
        *,
        -- A failed turn has no page: the one before it stays.
        last_value(page ignore nulls) over (
            partition by instance, thread_id order by turn asc nulls last rows between unbounded preceding and 1 preceding
        ) as page_before,
        last_value(flow ignore nulls) over (
            partition by instance, thread_id order by turn asc nulls last rows between unbounded preceding and 1 preceding
        ) as flow_before
    from {{ ref('base_dialogflow_cx__turns') }}
),

reasons as (
    select * from {{ json_elements('turns', ['instance', 'thread_id', 'turn_id', 'turn', 'occurred_at'], 'feedback_reasons') }} as elements
),

told as (
    select * from turns
    where message_kinds not in ('[]', '["text"]')
),

parts as (
    select * from {{ json_elements('told', ['instance', 'thread_id', 'turn_id', 'turn', 'occurred_at'], 'message_kinds') }} as elements
),

message_parts as (
    select
        *,
        {{ json_text('element', '$') }} as message_kind
    from parts
),

{%- set columns -%}
instance, thread_id, turn_id, turn, occurred_at
{%- endset %}

unioned as (
    select {{ columns }}, 'fallback' as event_type, 'event' as kind, coalesce(match_event, 'NO_MATCH') as name, cast(null as varchar) as value, 'bot' as actor, user_message_id as message_id
    from turns
    where is_no_match
    union all
    select {{ columns }}, 'no_input' as event_type, 'event' as kind, coalesce(match_event, 'NO_INPUT') as name, cast(null as varchar) as value, 'user' as actor, user_message_id as message_id
    from turns
    where is_no_input
    union all
    -- An event that site, app or telephony sent, or that the agent raised.
    select {{ columns }}, 'other' as event_type, 'event' as kind, coalesce(match_event, input_event) as name, cast(null as varchar) as value, case when input_kind = 'event' then 'user' else 'bot' end as actor, user_message_id as message_id
    from turns
    where not is_no_match
        and not is_no_input
        and coalesce(match_event, input_event) is not null
    union all
    select {{ columns }}, 'flow_step' as event_type, 'flow' as kind, flow as name, cast(null as varchar) as value, 'bot' as actor, user_message_id as message_id
    from turns
    where flow is not null
        and (flow_before is null or flow <> flow_before)
    union all
    select {{ columns }}, 'flow_step' as event_type, 'page' as kind, page as name, flow as value, 'bot' as actor, user_message_id as message_id
    from turns
    where page is not null
        and (page_before is null or page <> page_before or flow <> flow_before)
    union all
    select {{ columns }}, 'attribute' as event_type, 'parameter' as kind, name, value, 'user' as actor, user_message_id as message_id
    from {{ ref('base_dialogflow_cx__parameters') }}
    union all
    select {{ columns }}, 'handoff_requested' as event_type, 'event' as kind, 'liveAgentHandoff' as name, cast(null as varchar) as value, 'bot' as actor, turn_id as message_id
    from turns
    where message_kinds like '%"liveAgentHandoff"%'
    union all
    select {{ columns }}, 'handoff_requested' as event_type, 'event' as kind, 'telephonyTransferCall' as name, cast(null as varchar) as value, 'bot' as actor, turn_id as message_id
    from turns
    where message_kinds like '%"telephonyTransferCall"%'
    union all
    -- The log's own word, where the message that did it is not in the row.
    select {{ columns }}, 'handoff_requested' as event_type, 'event' as kind, 'agentEscalated' as name, cast(null as varchar) as value, 'bot' as actor, turn_id as message_id
    from turns
    where is_agent_escalated
        and message_kinds not like '%"liveAgentHandoff"%'
        and message_kinds not like '%"telephonyTransferCall"%'
    union all
    select {{ columns }}, 'handoff_requested' as event_type, 'event' as kind, 'userEscalated' as name, cast(null as varchar) as value, 'user' as actor, user_message_id as message_id
    from turns
    where is_user_escalated
    union all
    select {{ columns }}, 'success' as event_type, 'event' as kind, 'conversationSuccess' as name, cast(null as varchar) as value, 'bot' as actor, turn_id as message_id
    from turns
    where message_kinds like '%"conversationSuccess"%'
    union all
    select {{ columns }}, 'session_end' as event_type, 'session' as kind, case when message_kinds like '%"endInteraction"%' then 'endInteraction' else 'END_SESSION' end as name, cast(null as varchar) as value, 'bot' as actor, turn_id as message_id
    from turns
    where message_kinds like '%"endInteraction"%'
        or is_end_page
        or lower(page) in ('end_session', 'end session')
    union all
    select {{ columns }}, 'feedback' as event_type, 'event' as kind, 'thumb' as name, case feedback_rating when 'THUMBS_UP' then 'up' else 'down' end as value, 'user' as actor, turn_id as message_id
    from turns
    where feedback_rating in ('THUMBS_UP', 'THUMBS_DOWN')
    union all
    select {{ columns }}, 'other' as event_type, 'event' as kind, 'ratingReason' as name, {{ json_text('element', '$') }} as value, 'user' as actor, turn_id as message_id
    from reasons
    union all
    -- Parts of answers that did not exist when this was written.
    select {{ columns }}, 'other' as event_type, 'event' as kind, message_kind as name, cast(null as varchar) as value, 'bot' as actor, turn_id as message_id
    from message_parts
    where message_kind not in (
        'text', 'payload', 'conversationSuccess', 'outputAudioText', 'liveAgentHandoff', 'endInteraction', 'playAudio',
        'mixedAudio', 'telephonyTransferCall', 'knowledgeInfoCard', 'toolCall'
    )
    union all
    select {{ columns }}, 'error' as event_type, 'event' as kind, 'FAILED_WEBHOOK' as name, cast(null as varchar) as value, 'bot' as actor, user_message_id as message_id
    from turns
    where failure_reasons like '%"FAILED_WEBHOOK"%'
    union all
    select {{ columns }}, 'error' as event_type, 'event' as kind, 'FAILED_CALL' as name, error as value, 'bot' as actor, user_message_id as message_id
    from turns
    where not has_response
)

select
    'dialogflow_cx' as platform,
    instance,
    thread_id,
    turn_id || '|' || event_type || '|' || kind || '|' || name || case when name = 'ratingReason' then '|' || coalesce(value, '') else '' end as event_id,
    occurred_at,
    turn * 2 + case when actor = 'user' then 0 else 1 end as sequence,
    event_type,
    kind,
    name,
    value,
    actor,
    message_id
from unioned
