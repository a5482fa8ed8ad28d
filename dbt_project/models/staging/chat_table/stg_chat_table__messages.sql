-- One row per message: a turn has the user's and the bot's.
with turns as (
    select * from {{ ref('base_chat_table__turns') }}
),

excluded as (
    select value from {{ source('settings', 'excluded') }}
    where kind = 'channel'
),

-- Both sides of a turn share its time: the query comes first.
unioned as (
    select
        instance,
        thread_id,
        turn_key || '|user' as message_id,
        sent_at,
        2 * sequence as sequence,
        'user' as author,
        user_text as text,
        language,
        channel,
        coalesce(is_fallback, false) as is_fallback,
        cast(null as varchar) as reply_to_id
    from turns
    where user_text is not null
    union all
    select
        instance,
        thread_id,
        turn_key || '|bot' as message_id,
        sent_at,
        2 * sequence + 1 as sequence,
        'bot' as author,
        bot_text as text,
        language,
        channel,
        false as is_fallback,
        case when user_text is not null then turn_key || '|user' end as reply_to_id
    from turns
    where bot_text is not null
    union all
    select
        instance,
        thread_id,
        turn_key as message_id,
        sent_at,
        2 * sequence as sequence,
        author,
        text,
        language,
        channel,
        author = 'user' and coalesce(is_fallback, false) as is_fallback,
        cast(null as varchar) as reply_to_id
    from turns
    where text is not null
)

select
    'chat_table' as platform,
    unioned.instance,
    unioned.thread_id,
    unioned.message_id,
    unioned.sent_at,
    unioned.sequence,
    unioned.author,
    unioned.text,
    'text' as content_type,
    unioned.language,
    unioned.channel,
    cast(null as varchar) as device,
    unioned.is_fallback,
    false as is_reverted,
    unioned.reply_to_id,
    cast(null as double) as sentiment_platform,
    cast(null as varchar) as bot_version,
    excluded.value is not null as is_test
from unioned
left join excluded
    on lower(excluded.value) = lower(unioned.channel)
