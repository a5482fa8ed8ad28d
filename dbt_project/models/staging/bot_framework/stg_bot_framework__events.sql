-- One row per thing that happened beside the messages: hand-overs, feedback, ends, custom events, submitted values.
with activities as (
    select * from {{ ref('base_bot_framework__activities') }}
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
