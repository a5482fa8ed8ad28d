with chatbot as (
    select
        *,
        replace(replace(lower(trim(bot_platform)), ' ', '_'), '-', '_') as named_platform
    from {{ ref('int_web_events__keyed') }}
    where is_chatbot_event
),

-- Which goal was completed is said by a parameter, if at all.
goal_names as (
    select
        platform,
        instance,
        event_id,
        min(value) as goal_name
    from {{ ref('int_web_parameters__unioned') }}
    where name in ('goal', 'goal_name')
    group by platform, instance, event_id
),

conversations as (
    select * from {{ ref('int_conversations__spanned') }}
),

platforms as (
    select distinct platform from conversations
),

threads as (
    select distinct
        platform,
        instance,
        thread_id
    from conversations
    where thread_id in (select conversation_id from chatbot)
),

-- A name that is none of our platforms ("Shop bot v2") can't tell threads apart and is not asked to.
candidates as (
    select
        chatbot.web_event_key,
        chatbot.occurred_at,
        threads.platform,
        threads.instance,
        threads.thread_id
    from chatbot
    left join platforms on platforms.platform = chatbot.named_platform
    inner join threads
        on threads.thread_id = chatbot.conversation_id
        and threads.platform = coalesce(platforms.platform, threads.platform)
),

candidate_conversations as (
    select * from conversations
    where thread_id in (select thread_id from candidates)
),

thread_neighbours as (
    select *
    from {{ neighbouring_conversations(
        'candidates', 'candidate_conversations', ['platform', 'instance', 'thread_id'], 'web_event_key', 'occurred_at'
    ) }} as neighbours
),

-- The browser may tell of a chat some seconds before its first message: then the next one is meant,
-- not one of days ago.
thread_placed as (
    select
        web_event_key,
        moment,
        platform,
        instance,
        case
            when {{ seconds_between('previous_ended_at', 'moment') }} <= 1800 then previous_key
            when {{ seconds_between('moment', 'next_started_at') }} <= 1800 then next_key
            else coalesce(previous_key, next_key)
        end as conversation_key
    from thread_neighbours
),

-- The same thread id on two bots: the conversation that was going on then, else the first by name.
thread_ranked as (
    select
        thread_placed.web_event_key,
        thread_placed.conversation_key,
        row_number() over (
            partition by thread_placed.web_event_key
            order by
                case
                    when {{ seconds_between('conversations.ended_at', 'thread_placed.moment') }} <= 1800
                        and {{ seconds_between('thread_placed.moment', 'conversations.started_at') }} <= 1800 then 0
                    else 1
                end asc nulls last,
                thread_placed.platform asc nulls last,
                thread_placed.instance asc nulls last
        ) as place
    from thread_placed
    inner join conversations on conversations.conversation_key = thread_placed.conversation_key
),

clients as (
    select distinct
        platform,
        instance,
        thread_id,
        identifier_value as client_id
    from {{ ref('int_chat_identifiers__unioned') }}
    where identifier_type = 'ga_client_id'
        and identifier_value in (select client_id from chatbot where conversation_id is null)
),

client_conversations as (
    select
        clients.client_id,
        conversations.conversation_key,
        conversations.started_at,
        conversations.ended_at
    from conversations
    inner join clients
        on clients.platform = conversations.platform
        and clients.instance = conversations.instance
        and clients.thread_id = conversations.thread_id
),

client_events as (
    select
        client_id,
        web_event_key,
        occurred_at
    from chatbot
    where conversation_id is null
        and client_id is not null
),

client_neighbours as (
    select *
    from {{ neighbouring_conversations(
        'client_events', 'client_conversations', ['client_id'], 'web_event_key', 'occurred_at'
    ) }} as neighbours
),

client_placed as (
    select
        web_event_key,
        case
            when {{ seconds_between('previous_ended_at', 'moment') }} <= 1800 then previous_key
            when {{ seconds_between('moment', 'next_started_at') }} <= 1800 then next_key
        end as conversation_key
    from client_neighbours
),

joined as (
    select
        web_event_key,
        conversation_key,
        'conversation_id' as link
    from thread_ranked
    where place = 1
    union all
    select
        web_event_key,
        conversation_key,
        'client_time' as link
    from client_placed
    where conversation_key is not null
)

select
    joined.web_event_key,
    joined.conversation_key,
    joined.link,
    conversations.platform,
    conversations.instance,
    conversations.thread_id,
    chatbot.web_session_key,
    chatbot.occurred_at,
    chatbot.sequence,
    chatbot.event_name,
    chatbot.intent,
    goal_names.goal_name
from joined
inner join chatbot on chatbot.web_event_key = joined.web_event_key
left join goal_names
    on goal_names.platform = chatbot.platform
    and goal_names.instance = chatbot.instance
    and goal_names.event_id = chatbot.event_id
inner join conversations on conversations.conversation_key = joined.conversation_key
