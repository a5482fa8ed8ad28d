with conversations as (
    select * from {{ ref('int_conversations__spanned') }}
),

clients as (
    select distinct
        platform,
        instance,
        thread_id,
        identifier_value as client_id
    from {{ ref('int_chat_identifiers__unioned') }}
    where identifier_type = 'ga_client_id'
),

-- Per client, sessions and conversations in one stream by start: a conversation's session is the last
-- one begun before it, else the next one. A range join would multiply on shared clients.
stream as (
    select
        clients.client_id,
        conversations.started_at as moment,
        1 as is_conversation,
        conversations.conversation_key,
        conversations.ended_at as conversation_ended_at,
        null as web_session_key,
        null as session_started_at,
        null as session_ended_at
    from conversations
    inner join clients
        on clients.platform = conversations.platform
        and clients.instance = conversations.instance
        and clients.thread_id = conversations.thread_id
    union all
    select
        client_id,
        started_at as moment,
        0 as is_conversation,
        null as conversation_key,
        null as conversation_ended_at,
        web_session_key,
        started_at as session_started_at,
        ended_at as session_ended_at
    from {{ ref('int_web_sessions__grouped') }}
    where client_id is not null
),

neighbours as (
    select
        conversation_key,
        is_conversation,
        moment,
        conversation_ended_at,
        last_value(web_session_key ignore nulls) over before_it as previous_key,
        last_value(session_ended_at ignore nulls) over before_it as previous_ended_at,
        first_value(web_session_key ignore nulls) over after_it as next_key,
        first_value(session_started_at ignore nulls) over after_it as next_started_at
    from stream
    window
        before_it as (
            partition by client_id
            order by
                moment asc nulls last, is_conversation asc nulls last,
                web_session_key asc nulls last, conversation_key asc nulls last
            rows between unbounded preceding and current row
        ),
        after_it as (
            partition by client_id
            order by
                moment asc nulls last, is_conversation asc nulls last,
                web_session_key asc nulls last, conversation_key asc nulls last
            rows between current row and unbounded following
        )
),

candidates as (
    select
        conversation_key,
        web_session_key,
        link as web_link,
        case when link = 'conversation_id' then 1 else 2 end as preference,
        occurred_at as linked_at
    from {{ ref('int_chatbot_events__joined') }}
    where web_session_key is not null
    union all
    select
        conversation_key,
        case
            when {{ seconds_between('previous_ended_at', 'moment') }} <= 1800 then previous_key
            when {{ seconds_between('conversation_ended_at', 'next_started_at') }} <= 1800 then next_key
        end as web_session_key,
        'client_time' as web_link,
        3 as preference,
        moment as linked_at
    from neighbours
    where is_conversation = 1
),

ranked as (
    select
        *,
        row_number() over (
            partition by conversation_key
            order by preference asc nulls last, linked_at asc nulls last, web_session_key asc nulls last
        ) as place
    from candidates
    where web_session_key is not null
)

select
    ranked.conversation_key,
    ranked.web_session_key,
    ranked.web_link,
    conversations.started_at
from ranked
inner join conversations on conversations.conversation_key = ranked.conversation_key
where ranked.place = 1
