-- Platform first: GA4's copy of a signal stands only where the chat's own data have none.
with own_events as (
    select
        event_key,
        conversation_key,
        platform,
        instance,
        thread_id,
        occurred_at,
        sequence,
        event_type,
        kind,
        name,
        value,
        actor,
        cast(null as {{ engine_type('text') }}) as goal,
        case when event_type = 'feedback' then name end as scale,
        'platform' as signal_source
    from {{ ref('int_chat_events__affected') }}
    union all
    select
        event_key,
        conversation_key,
        platform,
        instance,
        thread_id,
        occurred_at,
        sequence,
        event_type,
        kind,
        name,
        value,
        actor,
        goal,
        scale,
        'settings' as signal_source
    from {{ ref('int_signals__mapped') }}
),

goals as (
    select distinct goal from {{ source('settings', 'goals') }}
),

-- GA4's completion may name a goal of settings, or an intent that a goal's rule knows.
goals_of_intents as (
    select
        names.intent,
        min(rules.goal) as goal
    from (select distinct intent from {{ ref('int_chatbot_events__joined') }}) as names
    inner join {{ source('settings', 'signal_rules') }} as rules
        on rules.kind = 'intent'
        and rules.goal is not null
        and names.intent like rules.name escape '!'
    group by names.intent
),

ga4_events as (
    select
        {{ hash_key(["'ga4'", 'joined.web_event_key']) }} as event_key,
        joined.conversation_key,
        joined.platform,
        joined.instance,
        joined.thread_id,
        joined.occurred_at,
        joined.sequence,
        case joined.event_name
            when 'chatbot_goal_completion' then 'goal_completed'
            when 'chatbot_fallback' then 'fallback'
            else 'feedback'
        end as event_type,
        'ga4' as kind,
        joined.event_name as name,
        case joined.event_name
            when 'chatbot_satisfaction_yes' then 'up'
            when 'chatbot_satisfaction_no' then 'down'
        end as value,
        case when joined.event_name = 'chatbot_fallback' then 'bot' else 'user' end as actor,
        case
            when joined.event_name = 'chatbot_goal_completion'
                then coalesce(goals.goal, goals_of_intents.goal, 'chatbot_goal')
        end as goal,
        case when joined.event_name like 'chatbot!_satisfaction!_%' escape '!' then 'thumb' end as scale,
        'ga4' as signal_source
    from {{ rows_of_threads('int_chatbot_events__joined', 'int_threads__affected') }} as joined
    left join goals on goals.goal = joined.goal_name
    left join goals_of_intents on goals_of_intents.intent = joined.intent
    where joined.event_name <> 'chatbot_interaction'
),

all_events as (
    select * from own_events
    union all
    select * from ga4_events
),

-- Which turn an event falls into: user messages and events in one stream per conversation.
stream as (
    select
        conversation_key,
        sent_at as moment,
        0 as is_event,
        position as sequence,
        message_key as row_key,
        turn_number,
        is_fallback
    from {{ ref('int_messages__affected') }}
    union all
    select
        conversation_key,
        occurred_at as moment,
        1 as is_event,
        sequence,
        event_key as row_key,
        null as turn_number,
        signal_source <> 'ga4' and event_type = 'fallback' as is_fallback
    from all_events
    where conversation_key is not null
),

placed as (
    select
        conversation_key,
        row_key,
        is_event,
        is_fallback,
        coalesce(
            last_value(turn_number ignore nulls) over (
                partition by conversation_key
                order by moment asc nulls last, is_event asc nulls last, sequence asc nulls last, row_key asc nulls last
                rows between unbounded preceding and current row
            ),
            0
        ) as turn_number
    from stream
),

turns_known_to_fail as (
    select distinct
        conversation_key,
        turn_number
    from placed
    where is_fallback
),

known as (
    select
        conversation_key,
        max(case when event_type = 'feedback' then 1 else 0 end) as has_feedback,
        max(case when event_type = 'goal_completed' and goal is not null then 1 else 0 end) as has_goal
    from own_events
    where conversation_key is not null
    group by conversation_key
),

known_goals as (
    select distinct
        conversation_key,
        goal
    from own_events
    where conversation_key is not null
        and event_type = 'goal_completed'
        and goal is not null
),

standing as (
    select
        all_events.*,
        placed.turn_number
    from all_events
    left join placed
        on placed.row_key = all_events.event_key
        and placed.is_event = 1
    left join known on known.conversation_key = all_events.conversation_key
    left join known_goals
        on known_goals.conversation_key = all_events.conversation_key
        and known_goals.goal = all_events.goal
    left join turns_known_to_fail
        on turns_known_to_fail.conversation_key = placed.conversation_key
        and turns_known_to_fail.turn_number = placed.turn_number
    where all_events.signal_source <> 'ga4'
        or (all_events.event_type = 'feedback' and coalesce(known.has_feedback, 0) = 0)
        or (all_events.event_type = 'fallback' and turns_known_to_fail.conversation_key is null)
        or (
            all_events.event_type = 'goal_completed'
            and known_goals.goal is null
            and (all_events.goal <> 'chatbot_goal' or coalesce(known.has_goal, 0) = 0)
        )
)

select
    event_key,
    conversation_key,
    platform,
    instance,
    thread_id,
    occurred_at,
    row_number() over (
        partition by platform, instance, thread_id, conversation_key
        order by occurred_at asc nulls last, sequence asc nulls last, signal_source asc nulls last, event_key asc nulls last
    ) as sequence,
    turn_number,
    event_type,
    kind,
    name,
    value,
    actor,
    goal,
    scale,
    signal_source
from standing
