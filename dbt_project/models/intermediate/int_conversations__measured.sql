{{ config(materialized='view') }}

-- What "now" means moves with every load, so it is joined here and kept nowhere. A platform whose loads tell no newest event is as new as its newest message.
with cutoffs as (
    select
        newest.platform,
        newest.instance,
        coalesce(loaded.cutoff_at, newest.newest_at) as cutoff_at
    from (
        select
            platform,
            instance,
            max(ended_at) as newest_at
        from {{ ref('int_conversations__spanned') }}
        group by platform, instance
    ) as newest
    left join {{ ref('int_source_cutoffs') }} as loaded
        on loaded.source = newest.platform
        and loaded.instance = newest.instance
)

select
    counted.conversation_key,
    counted.platform,
    counted.instance,
    counted.thread_id,
    counted.started_at,
    counted.ended_at,
    counted.is_followed
    or coalesce(
        {{ seconds_between('counted.ended_at', 'cutoffs.cutoff_at') }} > counted.closing_silence_seconds,
        false
    ) as is_closed,
    counted.engagement,
    counted.channel,
    counted.device,
    counted.language,
    counted.bot_version,
    counted.is_test,
    counted.message_count,
    counted.user_message_count,
    counted.bot_message_count,
    counted.agent_message_count,
    counted.turn_count,
    counted.text_turn_count,
    counted.fallback_turn_count,
    counted.first_response_seconds,
    counted.handoff_kind,
    counted.handoff_at
from {{ ref('int_conversations__counted') }} as counted
left join cutoffs
    on cutoffs.platform = counted.platform
    and cutoffs.instance = counted.instance
