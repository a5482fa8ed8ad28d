-- One row per turn of a session, whichever routes brought it. A table: all models of this folder read its windows.
{{ config(materialized='table') }}

with source as (
    select * from {{ newest_records('dialogflow_cx', 'turns') }} as newest
    -- What webhooks got and gave is no turn.
    where has_request
        or has_response
        or error is not null
),

-- The log of the runtime has request and response apart: a response belongs to the request before it.
neighbours as (
    select
        *,
        has_request and not has_response and error is null as is_request_only,
        lag(has_request and not has_response and error is null) over (
            partition by instance, agent_id, session_id, route
            order by requested_at asc nulls last, has_response asc nulls last, _record_key asc nulls last
        ) as is_after_request,
        lead(has_response or error is not null) over (
            partition by instance, agent_id, session_id, route
            order by requested_at asc nulls last, has_response asc nulls last, _record_key asc nulls last
        ) as is_before_response
        {%- for column in ['requested_at', 'language_code', 'input_kind', 'user_text', 'input_event', 'request_parameters', 'request_payload', 'channel', 'caller_id'] %},
        lag({{ column }}) over (
            partition by instance, agent_id, session_id, route
            order by requested_at asc nulls last, has_response asc nulls last, _record_key asc nulls last
        ) as request_{{ column }}
        {%- endfor %}
    from source
),

paired as (
    select
        instance,
        route,
        case route when 'interaction_log' then 1 when 'conversation_history' then 2 else 3 end as route_rank,
        agent_id,
        session_id,
        environment,
        turn_position,
        response_id,
        has_response,
        case when route = 'cloud_logging' and is_after_request then request_requested_at else requested_at end as requested_at,
        {%- for column in ['language_code', 'input_kind', 'user_text', 'input_event', 'request_parameters', 'request_payload', 'channel', 'caller_id'] %}
        case
            when route = 'cloud_logging' and is_after_request then coalesce(request_{{ column }}, {{ column }})
            else {{ column }}
        end as {{ column }},
        {%- endfor %}
        bot_text,
        coalesce(message_kinds, '[]') as message_kinds,
        payloads,
        match_type,
        match_event,
        intent,
        intent_confidence,
        match_parameters,
        parameters,
        page,
        flow,
        sentiment_score,
        is_agent_escalated,
        is_user_escalated,
        is_no_match,
        is_no_input,
        is_end_page,
        coalesce(failure_reasons, '[]') as failure_reasons,
        feedback_rating,
        feedback_reasons,
        feedback_comment,
        error
    from neighbours
    where not (route = 'cloud_logging' and is_request_only and coalesce(is_before_response, false))
),

identified as (
    select
        *,
        coalesce(response_id, '@' || cast(requested_at as varchar)) as turn_id
    from paired
),

-- A turn that two routes brought counts once: the fullest route tells it, any may bring the rating.
ranked as (
    select
        *,
        min(route_rank) over (partition by instance, agent_id, session_id) as best_route_rank,
        row_number() over (
            partition by instance, agent_id, session_id, turn_id
            order by route_rank asc nulls last, requested_at desc nulls last, turn_position desc nulls last
        ) as turn_rank
        {%- for column in ['feedback_rating', 'feedback_reasons', 'feedback_comment', 'request_parameters', 'request_payload', 'caller_id', 'channel', 'sentiment_score', 'environment'] %},
        first_value({{ column }} ignore nulls) over (
            partition by instance, agent_id, session_id, turn_id
            order by route_rank asc nulls last, requested_at desc nulls last, turn_position desc nulls last
            rows between unbounded preceding and unbounded following
        ) as any_{{ column }}
        {%- endfor %}
    from identified
),

kept as (
    select
        *,
        -- Ids of sessions are made by the caller: where two agents use the same, the agent tells them apart.
        case
            when min(agent_id) over (partition by instance, session_id) <> max(agent_id) over (partition by instance, session_id)
                then agent_id || '|' || session_id
            else session_id
        end as thread_id,
        lag(requested_at) over (
            partition by instance, agent_id, session_id
            order by turn_position asc nulls last, requested_at asc nulls last, turn_id asc nulls last
        ) as time_before
    from ranked
    where turn_rank = 1
        -- Without a response a turn can't be told to be the same: only the fullest route may add such ones.
        and (response_id is not null or route_rank = best_route_rank)
),

timed as (
    select
        *,
        -- The number of the turn is surer than the clocks of several servers, but begins anew when an id is used again.
        case
            when turn_position is not null
                and time_before > requested_at
                and {{ seconds_between('requested_at', 'time_before') }} <= 60 then time_before
            else requested_at
        end as occurred_at,
        -- Silence is no misunderstanding: it is counted apart.
        coalesce(match_type = 'NO_INPUT' or match_event like 'sys.no-input%' or is_no_input, false) as is_silent
    from kept
),

judged as (
    select
        *,
        -- Events open a talk or push it on; nobody said them. A text that was redacted was said.
        coalesce(input_kind, '') in ('text', 'voice', 'dtmf', 'intent') and not (user_text is null and is_silent) as is_said
    from timed
)

select
    instance,
    thread_id,
    turn_id,
    response_id,
    has_response,
    occurred_at,
    row_number() over (
        partition by instance, thread_id
        order by occurred_at asc nulls last, turn_position asc nulls last, requested_at asc nulls last, turn_id asc nulls last
    ) as turn,
    language_code,
    -- Requests name channel and environment at times only in the first turn, or not in every route.
    coalesce(any_environment, max(any_environment) over (partition by instance, thread_id)) as environment,
    coalesce(any_channel, max(any_channel) over (partition by instance, thread_id)) as channel,
    any_caller_id as caller_id,
    input_kind,
    input_event,
    user_text,
    bot_text,
    message_kinds,
    payloads,
    match_type,
    match_event,
    intent,
    intent_confidence,
    match_parameters,
    parameters,
    any_request_parameters as request_parameters,
    any_request_payload as request_payload,
    page,
    flow,
    any_sentiment_score as sentiment_score,
    coalesce(is_agent_escalated, false) as is_agent_escalated,
    coalesce(is_user_escalated, false) as is_user_escalated,
    coalesce(is_end_page, false) as is_end_page,
    failure_reasons,
    any_feedback_rating as feedback_rating,
    any_feedback_reasons as feedback_reasons,
    any_feedback_comment as feedback_comment,
    error,
    is_silent as is_no_input,
    coalesce(match_type = 'NO_MATCH' or match_event like 'sys.no-match%' or is_no_match, false) and not is_silent as is_no_match,
    is_said as has_user_message,
    case when is_said then turn_id || '|user' end as user_message_id,
    bot_text is not null
    or message_kinds like '%"text"%'
    or message_kinds like '%"payload"%'
    or message_kinds like '%"outputAudioText"%'
    or message_kinds like '%"playAudio"%'
    or message_kinds like '%"mixedAudio"%'
    or message_kinds like '%"knowledgeInfoCard"%' as has_bot_message
from judged
