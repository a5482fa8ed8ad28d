-- One row per message: what the user said or pressed in a turn, and what the bot answered.
with turns as (
    select * from {{ ref('base_dialogflow_cx__turns') }}
),

excluded as (
    select value from {{ source('settings', 'excluded') }}
    where kind = 'channel'
),

said as (
    select
        instance,
        thread_id,
        user_message_id as message_id,
        occurred_at,
        turn * 2 as sequence,
        'user' as author,
        user_text as text,
        case input_kind when 'voice' then 'voice' when 'dtmf' then 'button' when 'intent' then 'button' else 'text' end as content_type,
        language_code,
        channel,
        is_no_match as is_fallback,
        cast(null as varchar) as reply_to_id,
        sentiment_score,
        environment
    from turns
    where has_user_message
),

answered as (
    select
        instance,
        thread_id,
        turn_id as message_id,
        occurred_at,
        -- The log has no time of the answer: it follows the question.
        turn * 2 + 1 as sequence,
        'bot' as author,
        coalesce(
            bot_text, {{ json_text('payloads', '$[0].richContent[0][0].title') }}, {{ json_text('payloads', '$[0].richContent[0][0].text') }}
        ) as text,
        case
            when payloads is not null or message_kinds like '%"knowledgeInfoCard"%' then 'rich'
            when bot_text is null and message_kinds not like '%"text"%' then 'audio'
            else 'text'
        end as content_type,
        language_code,
        channel,
        false as is_fallback,
        user_message_id as reply_to_id,
        cast(null as double) as sentiment_score,
        environment
    from turns
    where has_bot_message
),

unioned as (
    select * from said
    union all
    select * from answered
)

select
    'dialogflow_cx' as platform,
    unioned.instance,
    unioned.thread_id,
    unioned.message_id,
    unioned.occurred_at as sent_at,
    unioned.sequence,
    unioned.author,
    unioned.text,
    unioned.content_type,
    unioned.language_code as language,
    unioned.channel,
    cast(null as varchar) as device,
    unioned.is_fallback,
    false as is_reverted,
    unioned.reply_to_id,
    unioned.sentiment_score as sentiment_platform,
    unioned.environment as bot_version,
    excluded.value is not null as is_test
from unioned
left join excluded
    on lower(excluded.value) = lower(unioned.channel)
