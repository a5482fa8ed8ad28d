with signs as (
    select
        conversation_key,
        occurred_at,
        event_type
    from {{ ref('int_conversation_events__collected') }}
    where event_type in ('handoff_requested', 'handoff_accepted', 'handoff_failed', 'handoff_ended')
        and conversation_key is not null
    union all
    select
        conversation_key,
        sent_at as occurred_at,
        'handoff_accepted' as event_type
    from {{ ref('int_messages__cut') }}
    where author = 'human_agent'
)

select
    conversation_key,
    -- One kind each: what was made counts over what failed, that over what was only asked for.
    case
        when max(case when event_type in ('handoff_accepted', 'handoff_ended') then 1 else 0 end) = 1 then 'made'
        when max(case when event_type = 'handoff_failed' then 1 else 0 end) = 1 then 'failed'
        else 'requested'
    end as handoff_kind,
    min(occurred_at) as handoff_at,
    max(case when event_type = 'handoff_requested' then 1 else 0 end) = 1 as is_requested
from signs
group by conversation_key
