-- One row per thing that happened beside the messages: hand-overs, feedback, ends, custom events, submitted values.
with activities as (
    select * from {{ ref('base_bot_framework__activities') }}
),

threads as (
    select
        instance,
        conversation_id,
        coalesce(channel, '') as channel,
        min(thread_id) as thread_id
    from activities
    group by instance, conversation_id, coalesce(channel, '')
),

reactions as (
    select
        instance,
        thread_id,
        activity_key || '|' || cast(position as varchar) as event_id,
        occurred_at,
        sequence,
        author,
        reply_to_id,
        lower({{ json_text('element', '$.type') }}) as reaction
    from {{ json_elements(
        'activities', ['instance', 'thread_id', 'activity_key', 'occurred_at', 'sequence', 'author', 'reply_to_id'],
        'reactions_added'
    ) }} as elements
    union all
    -- The buttons under a message in Teams.
    select
        instance,
        thread_id,
        activity_key as event_id,
        occurred_at,
        sequence,
        author,
        reply_to_id,
        lower({{ json_text('value', '$.actionValue.reaction') }}) as reaction
    from activities
    where type = 'invoke'
        and name = 'message/submitAction'
        and {{ json_text('value', '$.actionName') }} = 'feedback'
),

submitted as (
    select
        instance,
        thread_id,
        activity_key,
        occurred_at,
        sequence,
        author,
        message_id,
        value as form
    from activities
    where type in ('message', 'messageUpdate')
        and author = 'user'
        and value is not null
),

-- A card's form: each field is an answer of its own.
answers as (
    select
        instance,
        thread_id,
        activity_key || '|' || name as event_id,
        occurred_at,
        sequence,
        'attribute' as event_type,
        'value' as kind,
        name,
        value,
        author as actor,
        message_id
    from {{ json_entries(
        'submitted', ['instance', 'thread_id', 'activity_key', 'occurred_at', 'sequence', 'author', 'message_id'], 'form'
    ) }} as entries
    where value is not null
),

unioned as (
    select
        instance,
        thread_id,
        activity_key as event_id,
        occurred_at,
        sequence,
        case
            when type = 'endOfConversation' then 'session_end'
            when name = 'handoff.initiate' then 'handoff_requested'
            when name = 'handoff.status' then
                case lower({{ json_text('value', '$.state') }})
                    when 'accepted' then 'handoff_accepted'
                    when 'failed' then 'handoff_failed'
                    when 'completed' then 'handoff_ended'
                    else 'other'
                end
            else 'other'
        end as event_type,
        case when type = 'endOfConversation' then 'session' else 'event' end as kind,
        case when type in ('event', 'invoke') then coalesce(name, type) else type end as name,
        -- Values of events may hold login tokens and whole talks: only a known, harmless word is kept.
        case
            when type = 'endOfConversation' then code
            when name = 'handoff.status' then {{ json_text('value', '$.state') }}
        end as value,
        author as actor,
        reply_to_id as message_id
    from activities
    where
        -- Activities of type handoff pass the talk between a bot and its skills: no people.
        type not in ('message', 'messageUpdate', 'messageDelete', 'messageReaction', 'typing', 'trace', 'handoff')
        and not (
            type = 'invoke'
            and coalesce(name, '') = 'message/submitAction'
            and coalesce({{ json_text('value', '$.actionName') }}, '') = 'feedback'
        )
    union all
    select
        instance,
        thread_id,
        event_id,
        occurred_at,
        sequence,
        case
            when reaction in ('like', 'plusone', 'heart', 'laugh', 'dislike', 'sad', 'angry') then 'feedback'
            else 'other'
        end as event_type,
        'event' as kind,
        case
            when reaction in ('like', 'plusone', 'heart', 'laugh', 'dislike', 'sad', 'angry') then 'thumb'
            else 'messageReaction'
        end as name,
        case
            when reaction in ('like', 'plusone', 'heart', 'laugh') then 'up'
            when reaction in ('dislike', 'sad', 'angry') then 'down'
            else reaction
        end as value,
        author as actor,
        reply_to_id as message_id
    from reactions
    union all
    select * from answers
    union all
    -- Dialogs: a flow begins, goes on step by step, ends or is left.
    select
        telemetry.instance,
        threads.thread_id,
        telemetry.telemetry_key as event_id,
        telemetry.occurred_at,
        telemetry.sequence,
        case
            when telemetry.name in ('WaterfallStart', 'AdaptiveDialogStart') then 'goal_started'
            when telemetry.name in ('WaterfallComplete', 'AdaptiveDialogComplete') then 'goal_completed'
            when telemetry.name in ('WaterfallStep', 'AdaptiveDialogAction') then 'flow_step'
            else 'other'
        end as event_type,
        case
            when telemetry.name in ('WaterfallStart', 'AdaptiveDialogStart', 'WaterfallComplete', 'AdaptiveDialogComplete') then 'flow'
            when telemetry.name in ('WaterfallStep', 'AdaptiveDialogAction') then 'page'
            else 'event'
        end as kind,
        case
            when telemetry.name in ('WaterfallStart', 'AdaptiveDialogStart', 'WaterfallComplete', 'AdaptiveDialogComplete')
                then coalesce(telemetry.dialog_id, telemetry.name)
            when telemetry.name in ('WaterfallStep', 'AdaptiveDialogAction') then coalesce(telemetry.step_name, telemetry.dialog_id, telemetry.name)
            else telemetry.name
        end as name,
        telemetry.dialog_id as value,
        'bot' as actor,
        telemetry.activity_id as message_id
    from {{ ref('base_bot_framework__telemetry') }} as telemetry
    inner join threads
        on threads.instance = telemetry.instance
        and threads.conversation_id = telemetry.conversation_id
        and threads.channel = coalesce(telemetry.channel, threads.channel)
    -- Messages and what recognisers say stand in other models; the rest is the shop's own.
    where telemetry.name not in (
            'BotMessageReceived', 'BotMessageSend', 'BotMessageUpdate', 'BotMessageDelete', 'LuisResult', 'QnaMessage', 'Activity'
        )
        and telemetry.name not like '%RecognizerResult'
)

select
    'bot_framework' as platform,
    instance,
    thread_id,
    event_id,
    occurred_at,
    sequence,
    event_type,
    kind,
    name,
    value,
    actor,
    message_id
from unioned
