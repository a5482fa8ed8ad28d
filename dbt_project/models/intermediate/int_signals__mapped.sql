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
    from {{ ref('int_chat_events__affected') }}
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
    select * from {{ ref('int_messages__affected') }}
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

signals as (
    select * from event_signals
    union all
    select * from intent_signals
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
union all
select
    web_signals.event_key,
    web_signals.conversation_key,
    web_signals.platform,
    web_signals.instance,
    web_signals.thread_id,
    web_signals.occurred_at,
    web_signals.sequence,
    web_signals.event_type,
    web_signals.kind,
    web_signals.name,
    web_signals.value,
    web_signals.actor,
    web_signals.goal,
    web_signals.scale
from {{ rows_of_threads('int_web_signals__mapped', 'int_threads__affected') }} as web_signals
