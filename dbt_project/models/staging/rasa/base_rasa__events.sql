-- One row per Rasa event, with its turn and whether it was taken back. A table: five models read its windows.
{{ config(materialized='table') }}

-- What the windows look at, without the texts: to sort whole rows would cost more than all else.
with narrow as (
    select
        instance,
        sender_id as thread_id,
        _record_key as event_id,
        event as event_name,
        name,
        message_id as vendor_message_id,
        input_channel,
        case when event = 'slot' then {{ json_text('value', '$') }} end as slot_value,
        row_number() over (
            partition by instance, sender_id
            order by occurred_at asc nulls last, sequence asc nulls last, _record_key asc nulls last
        ) as position
    from {{ newest_records('rasa', 'events') }} as newest
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
        ) as other_position
    from narrow
),

-- Rasa writes old slots again when a session begins (carry_over_slots): nobody said them anew.
carried_over as (
    select instance, event_id
    from (
        select
            *,
            lag(slot_value) over (
                partition by instance, thread_id, name order by position asc nulls last
            ) as previous_value
        from numbered
        where event_name = 'slot'
    ) as slots
    where session_position = other_position
        and slot_value = previous_value
),

-- User turns and actions as stacks: a user message puts one on the first, a rewind takes one off; an
-- action puts one on the second, an undo takes one off. Only where something is taken off anything can be taken back.
stacked as (
    select
        numbered.*,
        sum(case event_name when 'user' then 1 when 'rewind' then -1 else 0 end) over (
            partition by instance, thread_id, part order by position asc nulls last rows between unbounded preceding and current row
        ) as turns_standing,
        sum(case event_name when 'action' then 1 when 'undo' then -1 else 0 end) over (
            partition by instance, thread_id, part order by position asc nulls last rows between unbounded preceding and current row
        ) as actions_standing
    from numbered
    where exists (
        select 1
        from narrow as taking
        where taking.event_name in ('rewind', 'undo')
            and taking.instance = numbered.instance
            and taking.thread_id = numbered.thread_id
    )
),

-- Taken back is what lies on a stack that later gets lower than it was there.
reverted as (
    select instance, event_id
    from (
        select
            *,
            min(turns_standing) over (
                partition by instance, thread_id, part
                order by position asc nulls last rows between 1 following and unbounded following
            ) as turns_later,
            min(actions_standing) over (
                partition by instance, thread_id, part
                order by position asc nulls last rows between 1 following and unbounded following
            ) as actions_later
        from stacked
    ) as standing
    where turns_standing > turns_later
        or actions_standing > actions_later
),

vendor_ids as (
    select
        instance,
        thread_id,
        vendor_message_id,
        count(*) as uses
    from narrow
    where event_name = 'user'
        and vendor_message_id is not null
    group by instance, thread_id, vendor_message_id
),

-- What a whole turn shares. Its first action is what the bot made of the message: of those that always
-- run or only watch, none says that. Of its position twice, one more unless it is a fallback, the least is the first action's.
turns as (
    select
        numbered.instance,
        numbered.thread_id,
        numbered.turn,
        min(
            case
                when numbered.event_name = 'action' and numbered.turn > 0 and numbered.name not in (
                    'action_listen', 'action_session_start', 'action_extract_slots',
                    'action_validate_slot_mappings', 'action_unlikely_intent'
                ) then 2 * numbered.position + case
                    when numbered.name in (
                        'action_default_fallback', 'action_two_stage_fallback', 'action_default_ask_affirmation',
                        'action_default_ask_rephrase', 'action_revert_fallback_events'
                    ) then 0
                    else 1
                end
            end
        ) % 2 = 0 as is_fallback,
        max(case when numbered.event_name = 'user' then numbered.input_channel end) as channel,
        max(
            case
                when numbered.event_name = 'user' and vendor_ids.uses = 1 then numbered.vendor_message_id
                when numbered.event_name = 'user' then numbered.event_id
            end
        ) as message_id
    from numbered
    left join vendor_ids
        on vendor_ids.instance = numbered.instance
        and vendor_ids.thread_id = numbered.thread_id
        and vendor_ids.vendor_message_id = numbered.vendor_message_id
    where numbered.event_name in ('user', 'action')
    group by numbered.instance, numbered.thread_id, numbered.turn
),

threads as (
    select
        instance,
        thread_id,
        max(input_channel) as channel
    from narrow
    where event_name = 'user'
    group by instance, thread_id
),

placed as (
    select
        numbered.instance,
        numbered.event_id,
        numbered.position,
        numbered.turn,
        coalesce(numbered.input_channel, turns.channel, threads.channel) as channel,
        turns.message_id as turn_message_id,
        coalesce(turns.is_fallback, false) as is_fallback,
        reverted.event_id is not null as is_reverted,
        carried_over.event_id is not null as is_carried_over
    from numbered
    left join turns
        on turns.instance = numbered.instance
        and turns.thread_id = numbered.thread_id
        and turns.turn = numbered.turn
    left join threads
        on threads.instance = numbered.instance
        and threads.thread_id = numbered.thread_id
    left join reverted
        on reverted.instance = numbered.instance
        and reverted.event_id = numbered.event_id
    left join carried_over
        on carried_over.instance = numbered.instance
        and carried_over.event_id = numbered.event_id
)

select
    source.instance,
    source.sender_id as thread_id,
    source._record_key as event_id,
    source.event as event_name,
    source.name,
    {{ json_text('source.value', '$') }} as value,
    source.flow_id,
    nullif(source.text, '') as text,
    source.parse_data,
    source.data,
    source.metadata,
    source.intent_name,
    source.intent_confidence,
    placed.turn,
    placed.position,
    source.sequence,
    coalesce({{ json_text('source.metadata', '$.language') }}, {{ json_text('source.parse_data', '$.language') }}) as language,
    {{ json_text('source.metadata', '$.device') }} as device,
    coalesce({{ json_text('source.metadata', '$.model_id') }}, {{ json_text('source.metadata', '$.assistant_id') }}) as bot_version,
    placed.channel,
    placed.turn_message_id,
    case when source.event = 'user' then placed.turn_message_id else source._record_key end as message_id,
    source.occurred_at,
    coalesce({{ json_text('source.data', '$.buttons') }}, '[]') <> '[]'
    or coalesce({{ json_text('source.data', '$.quick_replies') }}, '[]') <> '[]'
    or coalesce({{ json_text('source.data', '$.elements') }}, '[]') <> '[]'
    or {{ json_text('source.data', '$.attachment') }} is not null
    or {{ json_text('source.data', '$.custom') }} is not null as is_rich,
    {{ json_text('source.data', '$.image') }} is not null as has_image,
    placed.is_reverted,
    placed.is_carried_over,
    source.event = 'user' and (coalesce(source.intent_name = 'nlu_fallback', false) or placed.is_fallback) as is_fallback
from {{ newest_records('rasa', 'events') }} as source
inner join placed
    on placed.instance = source.instance
    and placed.event_id = source._record_key
