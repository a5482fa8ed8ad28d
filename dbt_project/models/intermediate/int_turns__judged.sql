with message_turns as (
    select
        conversation_key,
        turn_number,
        min(case when author = 'user' then message_key end) as message_key,
        max(
            case when author = 'user' and content_type in ('text', 'voice') and not is_opening_payload then 1 else 0 end
        ) as is_text,
        max(case when is_fallback then 1 else 0 end) as is_fallback
    from {{ ref('int_messages__affected') }}
    group by conversation_key, turn_number
),

fallback_turns as (
    select distinct
        conversation_key,
        turn_number
    from {{ ref('int_conversation_events__collected') }}
    where event_type = 'fallback'
        and conversation_key is not null
),

-- Who has the word: a human from the hand-over on, until the platform says that it ended. A bot's
-- message does not end it: some platforms send the human's words under the bot's name.
speakers as (
    select
        conversation_key,
        turn_number,
        sent_at as moment,
        1 as is_human
    from {{ ref('int_messages__affected') }}
    where author = 'human_agent'
    union all
    select
        conversation_key,
        turn_number,
        occurred_at as moment,
        case when event_type = 'handoff_accepted' then 1 else 0 end as is_human
    from {{ ref('int_conversation_events__collected') }}
    where event_type in ('handoff_accepted', 'handoff_ended', 'handoff_failed')
        and conversation_key is not null
),

last_speakers as (
    select
        conversation_key,
        turn_number,
        is_human,
        row_number() over (
            partition by conversation_key, turn_number
            order by moment desc nulls last, is_human asc nulls last
        ) as place
    from speakers
),

known as (
    select
        message_turns.*,
        last_value(last_speakers.is_human ignore nulls) over (
            partition by message_turns.conversation_key
            order by message_turns.turn_number asc nulls last
            rows between unbounded preceding and 1 preceding
        ) as is_human_before
    from message_turns
    left join last_speakers
        on last_speakers.conversation_key = message_turns.conversation_key
        and last_speakers.turn_number = message_turns.turn_number
        and last_speakers.place = 1
)

select
    known.conversation_key,
    known.turn_number,
    known.message_key,
    coalesce(known.is_human_before, 0) = 0 as is_to_bot,
    known.is_text = 1 as is_text,
    known.is_fallback = 1 or fallback_turns.conversation_key is not null as is_fallback
from known
left join fallback_turns
    on fallback_turns.conversation_key = known.conversation_key
    and fallback_turns.turn_number = known.turn_number
where known.turn_number > 0
