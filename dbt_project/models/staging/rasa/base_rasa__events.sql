-- One row per Rasa event, with its turn and whether it was taken back. A table: five models read its windows.
{{ config(materialized='table') }}

with source as (
    select * from {{ newest_records('rasa', 'events') }} as newest
),

renamed as (
    select
        instance,
        sender_id as thread_id,
        _record_key as event_id,
        message_id as vendor_message_id,
        event as event_name,
        name,
        nullif(text, '') as text,
        input_channel,
        intent_name,
        parse_data,
        data,
        {{ json_text('value', '$') }} as value,
        metadata,
        flow_id,
        coalesce({{ json_text('metadata', '$.language') }}, {{ json_text('parse_data', '$.language') }}) as language,
        {{ json_text('metadata', '$.device') }} as device,
        coalesce({{ json_text('metadata', '$.model_id') }}, {{ json_text('metadata', '$.assistant_id') }}) as bot_version,
        coalesce({{ json_text('data', '$.buttons') }}, '[]') <> '[]'
        or coalesce({{ json_text('data', '$.quick_replies') }}, '[]') <> '[]'
        or coalesce({{ json_text('data', '$.elements') }}, '[]') <> '[]'
        or {{ json_text('data', '$.attachment') }} is not null
        or {{ json_text('data', '$.custom') }} is not null as is_rich,
        {{ json_text('data', '$.image') }} is not null as has_image,
        sequence,
        intent_confidence,
        occurred_at,
        row_number() over (
            partition by instance, sender_id
            order by occurred_at asc nulls last, sequence asc nulls last, _record_key asc nulls last
        ) as position
    from source
),

-- A turn begins with a user message. Restarts and new sessions end what a rewind can reach.
numbered as (
    select
        *,
        sum(case when event_name = 'user' then 1 else 0 end) over (
            partition by instance, thread_id order by position asc nulls last rows between unbounded preceding and current row
        ) as turn,
        sum(case when event_name in ('session_started', 'restart') then 1 else 0 end) over (
            partition by instance, thread_id order by position asc nulls last rows between unbounded preceding and current row
        ) as part,
        max(case when event_name = 'session_started' then position end) over (
            partition by instance, thread_id order by position asc nulls last rows between unbounded preceding and current row
        ) as session_position,
        max(case when event_name <> 'slot' then position end) over (
            partition by instance, thread_id order by position asc nulls last rows between unbounded preceding and current row
        ) as other_position,
        case
            when event_name = 'slot'
                then lag(value) over (partition by instance, thread_id, event_name, name order by position asc nulls last)
        end as previous_value,
        case
            when event_name = 'user' and vendor_message_id is not null
                then count(*) over (partition by instance, thread_id, event_name, vendor_message_id)
        end as message_id_uses
    from renamed
),

-- User turns and actions as stacks: a user message puts one on the first, a rewind takes one off; an
-- action puts one on the second, an undo takes one off.
stacked as (
    select
        *,
        sum(case event_name when 'user' then 1 when 'rewind' then -1 else 0 end) over (
            partition by instance, thread_id, part order by position asc nulls last rows between unbounded preceding and current row
        ) as turns_standing,
        sum(case event_name when 'action' then 1 when 'undo' then -1 else 0 end) over (
            partition by instance, thread_id, part order by position asc nulls last rows between unbounded preceding and current row
        ) as actions_standing
    from numbered
),

-- Taken back is what lies on a stack that later gets lower than it was there.
reverted as (
    select
        *,
        coalesce(
            turns_standing > min(turns_standing) over (
                partition by instance, thread_id, part
                order by position asc nulls last rows between 1 following and unbounded following
            ), false
        )
        or coalesce(
            actions_standing > min(actions_standing) over (
                partition by instance, thread_id, part
                order by position asc nulls last rows between 1 following and unbounded following
            ), false
        ) as is_reverted
    from stacked
),

-- What a whole turn shares. Its first action is what the bot made of the message: of those that always
-- run or only watch, none says that.
described as (
    select
        *,
        min(
            case
                when event_name = 'action' and turn > 0 and name not in (
                    'action_listen', 'action_session_start', 'action_extract_slots',
                    'action_validate_slot_mappings', 'action_unlikely_intent'
                ) then position
            end
        ) over (partition by instance, thread_id, turn) as first_action_position,
        max(case when event_name = 'user' then input_channel end) over (
            partition by instance, thread_id, turn
        ) as turn_channel,
        max(case when event_name = 'user' then input_channel end) over (
            partition by instance, thread_id
        ) as thread_channel,
        max(
            case
                when event_name = 'user' and message_id_uses = 1 then vendor_message_id
                when event_name = 'user' then event_id
            end
        ) over (partition by instance, thread_id, turn) as turn_message_id
    from reverted
)

select
    instance,
    thread_id,
    event_id,
    event_name,
    name,
    value,
    flow_id,
    text,
    parse_data,
    data,
    metadata,
    intent_name,
    intent_confidence,
    turn,
    position,
    sequence,
    language,
    device,
    bot_version,
    coalesce(input_channel, turn_channel, thread_channel) as channel,
    turn_message_id,
    case when event_name = 'user' then turn_message_id else event_id end as message_id,
    occurred_at,
    is_rich,
    has_image,
    is_reverted,
    -- Rasa writes old slots again when a session begins (carry_over_slots): nobody said them anew.
    coalesce(
        event_name = 'slot' and session_position = other_position and value = previous_value, false
    ) as is_carried_over,
    event_name = 'user' and (
        coalesce(intent_name = 'nlu_fallback', false)
        or coalesce(
            max(
                case
                    when position = first_action_position and name in (
                        'action_default_fallback', 'action_two_stage_fallback', 'action_default_ask_affirmation',
                        'action_default_ask_rephrase', 'action_revert_fallback_events'
                    ) then 1
                    else 0
                end
            ) over (partition by instance, thread_id, turn) = 1, false
        )
    ) as is_fallback
from described
