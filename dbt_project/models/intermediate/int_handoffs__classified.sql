with messages as (
    select
        conversation_key,
        sent_at,
        author,
        first_value(author) over (
            partition by conversation_key
            order by position asc nulls last, sent_at asc nulls last, message_key asc nulls last
            rows between unbounded preceding and unbounded following
        ) as first_author,
        max(case when author = 'bot' then 1 else 0 end) over (partition by conversation_key) as has_bot
    from {{ ref('int_messages__affected') }}
),

signs as (
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
    from messages
    where author = 'human_agent'
        -- Whoever wrote to the customer first, and without the bot, took nothing over.
        and not (first_author = 'human_agent' and has_bot = 0)
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
