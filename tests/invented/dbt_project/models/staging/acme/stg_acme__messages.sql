-- One row per line of a talk.
with source as (
    select * from {{ newest_records('acme', 'talks') }} as newest
)

select
    'acme' as platform,
    instance,
    talk as thread_id,
    concat(talk, '#', cast(number as varchar)) as message_id,
    said_at as sent_at,
    number as sequence,
    case when who = 'machine' then 'bot' else 'user' end as author,
    words as text,
    'text' as content_type,
    cast(null as varchar) as language,
    cast(null as varchar) as channel,
    cast(null as varchar) as device,
    false as is_fallback,
    false as is_reverted,
    cast(null as varchar) as reply_to_id,
    cast(null as double) as sentiment_platform,
    cast(null as varchar) as bot_version,
    false as is_test
from source
