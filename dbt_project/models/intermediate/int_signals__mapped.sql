-- What settings say a name in the data means, on every platform alike. Patterns meet distinct names
-- only; events and messages then join by equality.
with rules as (
    select * from {{ source('settings', 'signal_rules') }}
),

events as (
    select
        *,
        -- A flow is named by its start and by its end: completing rules mean the end.
        case when kind = 'flow' and event_type = 'goal_completed' then 1 else 0 end as is_flow_end
    from {{ ref('int_chat_events__attached') }}
    where name is not null
        and kind is not null
),

event_names as (
    select distinct
        platform,
        kind,
        name,
        is_flow_end
    from events
),

event_rules as (
    select distinct
        event_names.platform,
        event_names.kind,
        event_names.name,
        event_names.is_flow_end,
        rules.signal,
        rules.goal,
        rules.scale_low,
        rules.scale_high
    from event_names
    inner join rules
        on rules.kind = event_names.kind
        and event_names.name like rules.name escape '!'
        and event_names.platform = coalesce(rules.platform, event_names.platform)
        and (
            rules.kind <> 'flow'
            or event_names.is_flow_end = case when rules.signal = 'goal_completed' then 1 else 0 end
        )
    where rules.kind in ('action', 'flow', 'page', 'button', 'tag', 'topic', 'slot', 'parameter', 'event', 'value')
),

event_signals as (
    select
        events.event_key as source_key,
        events.conversation_key,
        events.platform,
        events.instance,
        events.thread_id,
        events.occurred_at,
        events.sequence,
        event_rules.signal,
        events.kind,
        events.name,
        events.value,
        events.actor,
        event_rules.goal,
        event_rules.scale_low,
        event_rules.scale_high
    from events
    inner join event_rules
        on event_rules.platform = events.platform
        and event_rules.kind = events.kind
        and event_rules.name = events.name
        and event_rules.is_flow_end = events.is_flow_end
    -- What the platform already says in so many words needs no second telling.
    where not (events.event_type = event_rules.signal and event_rules.goal is null)
        -- A slot set to nothing, or to no, tells of no hand-over and no goal.
        and not (
            events.kind in ('slot', 'parameter')
            and event_rules.signal <> 'feedback'
            and lower(coalesce(events.value, 'null')) in ('', 'null', 'none', 'false')
        )
),

messages as (
    select * from {{ ref('int_messages__cut') }}
    where author = 'user'
        and intent is not null
        and not is_reverted
),

intent_names as (
    select distinct
        platform,
        intent,
        intent_group
    from messages
),

intent_rules as (
    select distinct
        intent_names.platform,
        intent_names.intent,
        rules.kind,
        rules.signal,
        rules.goal
    from intent_names
    inner join rules
        on case when rules.kind = 'group' then intent_names.intent_group else intent_names.intent end
            like rules.name escape '!'
        and intent_names.platform = coalesce(rules.platform, intent_names.platform)
    where rules.kind in ('intent', 'group')
        -- An intent holds no rating.
        and rules.signal <> 'feedback'
),

intent_signals as (
    select
        messages.message_key as source_key,
        messages.conversation_key,
        messages.platform,
        messages.instance,
        messages.thread_id,
        messages.sent_at as occurred_at,
        messages.position as sequence,
        intent_rules.signal,
        intent_rules.kind,
        messages.intent as name,
        cast(null as {{ engine_type('text') }}) as value,
        'user' as actor,
        intent_rules.goal,
        cast(null as double) as scale_low,
        cast(null as double) as scale_high
    from messages
    inner join intent_rules
        on intent_rules.platform = messages.platform
        and intent_rules.intent = messages.intent
),

-- Web events named by a rule count for the last conversation that the session holds by then.
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
),

web_signals as (
    select
        web_placed.web_event_key as source_key,
        web_placed.conversation_key,
        conversations.platform,
        conversations.instance,
        conversations.thread_id,
        web_placed.occurred_at,
        web_placed.sequence,
        web_placed.signal,
        'ga4' as kind,
        web_placed.event_name as name,
        cast(null as {{ engine_type('text') }}) as value,
        'user' as actor,
        web_placed.goal,
        cast(null as double) as scale_low,
        cast(null as double) as scale_high
    from web_placed
    inner join {{ ref('int_conversations__spanned') }} as conversations
        on conversations.conversation_key = web_placed.conversation_key
),

signals as (
    select * from event_signals
    union all
    select * from intent_signals
    union all
    select * from web_signals
),

read_values as (
    select
        *,
        try_cast(trim(replace(value, '"', '')) as double) as number,
        case
            when lower(trim(replace(value, '"', ''))) in ('up', 'yes', 'true', 'positive', 'thumbs_up') then 'up'
            when lower(trim(replace(value, '"', ''))) in ('down', 'no', 'false', 'negative', 'thumbs_down') then 'down'
        end as thumb
    from signals
),

scaled as (
    select
        *,
        case
            when signal <> 'feedback' then value
            when scale_low is null then thumb
            when number < scale_low or number > scale_high then null
            when number = floor(number) then cast(cast(number as bigint) as {{ engine_type('text') }})
            else cast(number as {{ engine_type('text') }})
        end as signal_value,
        case
            when signal <> 'feedback' then null
            when scale_low is null then 'thumb'
            else cast(cast(scale_low as bigint) as {{ engine_type('text') }})
                || '-' || cast(cast(scale_high as bigint) as {{ engine_type('text') }})
        end as scale
    from read_values
)

select
    {{ hash_key(["'settings'", 'source_key', 'signal', 'kind', 'goal', 'scale']) }} as event_key,
    conversation_key,
    platform,
    instance,
    thread_id,
    occurred_at,
    sequence,
    signal as event_type,
    kind,
    name,
    signal_value as value,
    actor,
    goal,
    scale
from scaled
where signal <> 'feedback'
    or signal_value is not null
