-- Threads are cut by windows over one stream of messages and session marks per thread: the cost
-- grows with the number of rows, not with the length of threads times marks.
with opening_payloads as (
    select distinct payload from {{ source('settings', 'opening_payloads') }}
),

test_channels as (
    select distinct lower(value) as channel
    from {{ source('settings', 'excluded') }}
    where kind = 'channel'
),

test_threads as (
    select distinct
        identifiers.platform,
        identifiers.instance,
        identifiers.thread_id
    from {{ ref('int_chat_identifiers__unioned') }} as identifiers
    inner join {{ source('settings', 'excluded') }} as excluded
        on excluded.kind = 'email_domain'
        and lower(excluded.value) = split_part(identifiers.identifier_value, '@', 2)
    where identifiers.identifier_type = 'email'
),

messages as (
    select
        {{ hash_key(['unioned.platform', 'unioned.instance', 'unioned.thread_id', 'unioned.message_id']) }} as message_key,
        unioned.platform,
        unioned.instance,
        unioned.thread_id,
        unioned.message_id,
        unioned.sent_at,
        unioned.sequence,
        unioned.author,
        unioned.text,
        coalesce(unioned.content_type, 'text') as content_type,
        unioned.language,
        unioned.channel,
        unioned.device,
        coalesce(unioned.is_fallback, false) as is_fallback,
        coalesce(unioned.is_reverted, false) as is_reverted,
        unioned.reply_to_id,
        unioned.sentiment_platform,
        unioned.bot_version,
        intents.intent,
        intents.intent_group,
        intents.confidence as intent_confidence,
        coalesce(intents.is_courtesy, false) as is_courtesy,
        opening_payloads.payload is not null as is_opening_payload,
        opening_payloads.payload is not null
        or coalesce(unioned.text, '') like '/%'
        or coalesce(unioned.content_type, 'text') = 'button' as is_payload,
        {% if var('include_test_traffic', false) -%}
        false as is_test
        {%- else -%}
        coalesce(unioned.is_test, false)
        or test_channels.channel is not null
        or test_threads.thread_id is not null as is_test
        {%- endif %}
    from {{ ref('int_chat_messages__unioned') }} as unioned
    left join {{ ref('int_intents__grouped') }} as intents
        on intents.platform = unioned.platform
        and intents.instance = unioned.instance
        and intents.thread_id = unioned.thread_id
        and intents.message_id = unioned.message_id
    -- A payload may carry entities: /greet{"name": "Ann"}.
    left join opening_payloads
        on opening_payloads.payload = case when unioned.author = 'user' then trim(split_part(unioned.text, '{', 1)) end
    left join test_channels
        on test_channels.channel = lower(unioned.channel)
    left join test_threads
        on test_threads.platform = unioned.platform
        and test_threads.instance = unioned.instance
        and test_threads.thread_id = unioned.thread_id
),

stream as (
    select
        platform,
        instance,
        thread_id,
        sent_at as moment,
        sequence,
        1 as is_message,
        message_id as row_id,
        message_key,
        author,
        is_payload
    from messages
    union all
    select
        platform,
        instance,
        thread_id,
        occurred_at as moment,
        sequence,
        0 as is_message,
        event_key as row_id,
        null as message_key,
        null as author,
        null as is_payload
    from {{ ref('int_chat_events__keyed') }}
    where event_type in ('session_start', 'session_end')
),

neighbours as (
    select
        *,
        last_value(case when is_message = 1 then moment end ignore nulls) over before_it as previous_sent_at,
        last_value(author ignore nulls) over before_it as previous_author,
        first_value(case when author = 'user' then is_payload end ignore nulls) over after_it as is_next_payload
    from stream
    window
        before_it as (
            partition by platform, instance, thread_id
            order by moment asc nulls last, sequence asc nulls last, is_message asc nulls last, row_id asc nulls last
            rows between unbounded preceding and 1 preceding
        ),
        after_it as (
            partition by platform, instance, thread_id
            order by moment asc nulls last, sequence asc nulls last, is_message asc nulls last, row_id asc nulls last
            rows between 1 following and unbounded following
        )
),

-- A widget marks a session on every page it is opened on: such a mark comes soon after a message and
-- is answered by a payload, never by words.
judged as (
    select
        *,
        case
            when is_message = 1 then 0
            when {{ seconds_between('previous_sent_at', 'moment') }} > 120 then 1
            when not is_next_payload then 1
        end as cutting_mark
    from neighbours
),

marked as (
    select
        *,
        last_value(cutting_mark ignore nulls) over (
            partition by platform, instance, thread_id
            order by moment asc nulls last, sequence asc nulls last, is_message asc nulls last, row_id asc nulls last
            rows between unbounded preceding and 1 preceding
        ) as follows_mark
    from judged
),

-- Marks are dropped only here, after they have told the message behind them.
flagged as (
    select
        *,
        previous_author is null
        or coalesce(follows_mark, 0) = 1
        or coalesce(
            {{ seconds_between('previous_sent_at', 'moment') }} > case
                when author = 'human_agent' or previous_author = 'human_agent' then {{ var('silence_seconds_human', 86400) }}
                else {{ var('silence_seconds', 1800) }}
            end,
            false
        ) as is_first
    from marked
    where is_message = 1
),

conversations as (
    select
        *,
        last_value(
            case
                when is_first then {{ hash_key(['platform', 'instance', 'thread_id', 'moment', 'row_id']) }}
            end ignore nulls
        ) over (
            partition by platform, instance, thread_id
            order by moment asc nulls last, sequence asc nulls last, row_id asc nulls last
            rows between unbounded preceding and current row
        ) as conversation_key
    from flagged
),

numbered as (
    select
        message_key,
        conversation_key,
        row_number() over (
            partition by conversation_key
            order by moment asc nulls last, sequence asc nulls last, row_id asc nulls last
        ) as position,
        sum(case when author = 'user' then 1 else 0 end) over (
            partition by conversation_key
            order by moment asc nulls last, sequence asc nulls last, row_id asc nulls last
            rows between unbounded preceding and current row
        ) as turn_number
    from conversations
)

select
    messages.message_key,
    numbered.conversation_key,
    messages.platform,
    messages.instance,
    messages.thread_id,
    messages.message_id,
    messages.sent_at,
    numbered.position,
    cast(numbered.turn_number as bigint) as turn_number,
    messages.author,
    messages.text,
    messages.content_type,
    messages.language,
    messages.channel,
    messages.device,
    messages.intent,
    messages.intent_group,
    messages.intent_confidence,
    messages.is_courtesy,
    messages.is_opening_payload,
    messages.is_fallback,
    messages.is_reverted,
    messages.reply_to_id,
    messages.sentiment_platform,
    messages.bot_version,
    messages.is_test
from messages
inner join numbered on numbered.message_key = messages.message_key
