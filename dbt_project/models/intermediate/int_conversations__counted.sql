{{ kept_by_thread('int_threads__affected') }}

with messages as (
    select
        *,
        author = 'user' and not is_opening_payload as is_said,
        min(case when author = 'user' and not is_opening_payload then position end) over (
            partition by conversation_key
        ) as first_said_position
    from {{ ref('int_messages__affected') }}
),

-- A conversation is described by the first message that says so; its language by the user's first.
described as (
    select
        *,
        first_value(author) over whole_conversation as first_author,
        last_value(author) over whole_conversation as last_author,
        first_value(channel ignore nulls) over whole_conversation as first_channel,
        first_value(device ignore nulls) over whole_conversation as first_device,
        first_value(case when author = 'user' then language end ignore nulls) over whole_conversation as user_language,
        first_value(language ignore nulls) over whole_conversation as any_language,
        first_value(bot_version ignore nulls) over whole_conversation as first_bot_version
    from messages
    window whole_conversation as (
        partition by conversation_key
        order by position asc nulls last
        rows between unbounded preceding and unbounded following
    )
),

measured as (
    select
        conversation_key,
        min(first_author) as first_author,
        min(last_author) as last_author,
        min(first_channel) as channel,
        min(first_device) as device,
        coalesce(min(user_language), min(any_language)) as language,
        min(first_bot_version) as bot_version,
        max(case when is_test then 1 else 0 end) = 1 as is_test,
        count(*) as message_count,
        sum(case when author = 'user' then 1 else 0 end) as user_message_count,
        sum(case when author = 'bot' then 1 else 0 end) as bot_message_count,
        sum(case when author = 'human_agent' then 1 else 0 end) as agent_message_count,
        max(turn_number) as turn_count,
        -- A message whose text and intent are withheld counts: nothing says that it was a greeting.
        max(case when is_said and not is_courtesy then 1 else 0 end) = 1 as has_matter,
        min(case when position = first_said_position then sent_at end) as first_said_at,
        min(case when author <> 'user' and position > first_said_position then sent_at end) as first_response_at
    from described
    group by conversation_key
),

turns as (
    select
        conversation_key,
        sum(case when is_text and is_to_bot then 1 else 0 end) as text_turn_count,
        sum(case when is_text and is_to_bot and is_fallback then 1 else 0 end) as fallback_turn_count
    from {{ ref('int_turns__judged') }}
    group by conversation_key
)

select
    spans.conversation_key,
    spans.platform,
    spans.instance,
    spans.thread_id,
    spans.started_at,
    spans.ended_at,
    spans.is_followed,
    case
        when measured.last_author = 'human_agent' then {{ var('silence_seconds_human', 86400) }}
        else {{ var('silence_seconds', 1800) }}
    end as closing_silence_seconds,
    case
        -- A human wrote first, and the bot had no part in it: nothing of it says how the bot did.
        when measured.first_author = 'human_agent' and measured.bot_message_count = 0 and not coalesce(handoffs.is_requested, false)
            then 'outbound'
        when measured.has_matter or coalesce(handoffs.is_requested, false) then 'engaged'
        when measured.first_author <> 'user' and measured.user_message_count = 0 then 'outbound'
        else 'bounced'
    end as engagement,
    measured.channel,
    measured.device,
    measured.language,
    measured.bot_version,
    measured.is_test,
    measured.message_count,
    cast(measured.user_message_count as bigint) as user_message_count,
    cast(measured.bot_message_count as bigint) as bot_message_count,
    cast(measured.agent_message_count as bigint) as agent_message_count,
    measured.turn_count,
    cast(coalesce(turns.text_turn_count, 0) as bigint) as text_turn_count,
    cast(coalesce(turns.fallback_turn_count, 0) as bigint) as fallback_turn_count,
    -- Where question and answer share one time, nobody knows how long it took.
    case
        when measured.first_response_at > measured.first_said_at
            or spans.platform not in ('' {%- for name in var('without_reply_times', []) %}, '{{ name }}'{% endfor %})
            then {{ seconds_between('measured.first_said_at', 'measured.first_response_at') }}
    end as first_response_seconds,
    handoffs.handoff_kind,
    handoffs.handoff_at
from {{ ref('int_conversations__spanned') }} as spans
inner join measured on measured.conversation_key = spans.conversation_key
left join turns on turns.conversation_key = spans.conversation_key
left join {{ ref('int_handoffs__classified') }} as handoffs
    on handoffs.conversation_key = spans.conversation_key
