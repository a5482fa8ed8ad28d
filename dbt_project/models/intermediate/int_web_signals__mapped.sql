-- Web events named by a rule of settings count for the last conversation that the session holds by then.
with rules as (
    select * from {{ source('settings', 'signal_rules') }}
),

web_names as (
    select distinct event_name from {{ ref('int_web_events__keyed') }}
),

web_rules as (
    select distinct
        web_names.event_name,
        rules.signal,
        rules.goal
    from web_names
    inner join rules on web_names.event_name like rules.name escape '!'
    where rules.kind = 'ga4'
        and rules.signal <> 'feedback'
),

web_events as (
    select
        web_events.web_event_key,
        web_events.web_session_key,
        web_events.occurred_at,
        web_events.sequence,
        web_rules.event_name,
        web_rules.signal,
        web_rules.goal
    from {{ ref('int_web_events__keyed') }} as web_events
    inner join web_rules on web_rules.event_name = web_events.event_name
),

session_stream as (
    select
        web_session_key,
        started_at as moment,
        0 as is_event,
        conversation_key,
        null as web_event_key
    from {{ ref('int_conversations__linked') }}
    union all
    select distinct
        web_session_key,
        occurred_at as moment,
        1 as is_event,
        null as conversation_key,
        web_event_key
    from web_events
    where web_session_key is not null
),

session_placed as (
    select
        web_event_key,
        is_event,
        last_value(conversation_key ignore nulls) over (
            partition by web_session_key
            order by moment asc nulls last, is_event asc nulls last, conversation_key asc nulls last, web_event_key asc nulls last
            rows between unbounded preceding and current row
        ) as conversation_key
    from session_stream
),

web_placed as (
    select
        web_events.*,
        coalesce(joined.conversation_key, session_placed.conversation_key) as conversation_key
    from web_events
    left join session_placed
        on session_placed.web_event_key = web_events.web_event_key
        and session_placed.is_event = 1
    left join {{ ref('int_chatbot_events__joined') }} as joined
        on joined.web_event_key = web_events.web_event_key
)

select
    {{ hash_key(["'settings'", 'web_placed.web_event_key', 'web_placed.signal', "'ga4'", 'web_placed.goal', "cast(null as varchar)"]) }} as event_key,
    web_placed.conversation_key,
    conversations.platform,
    conversations.instance,
    conversations.thread_id,
    web_placed.occurred_at,
    web_placed.sequence,
    web_placed.signal as event_type,
    'ga4' as kind,
    web_placed.event_name as name,
    cast(null as {{ engine_type('text') }}) as value,
    'user' as actor,
    web_placed.goal,
    cast(null as {{ engine_type('text') }}) as scale
from web_placed
inner join {{ ref('int_conversations__spanned') }} as conversations
    on conversations.conversation_key = web_placed.conversation_key
