-- One row per message of visitor, bot or agent in a chat; an offline message is a form, no talk.
with entries as (
    select * from {{ ref('base_zendesk_chat__entries') }}
    where is_message
),

chats as (
    select instance, thread_id, device from {{ ref('base_zendesk_chat__chats') }}
),

excluded as (
    select value from {{ source('settings', 'excluded') }}
    where kind = 'channel'
)

select
    'zendesk_chat' as platform,
    entries.instance,
    entries.thread_id,
    entries.entry_id as message_id,
    entries.occurred_at as sent_at,
    entries.sequence,
    entries.author,
    entries.text,
    case
        when entries.type = 'chat.file' then
            case
                when entries.attachment_type like 'image/%' then 'image'
                when entries.attachment_type like 'audio/%' then 'audio'
                when entries.attachment_type like 'video/%' then 'video'
                else 'file'
            end
        when entries.is_rich then 'rich'
        else 'text'
    end as content_type,
    cast(null as varchar) as language,
    'chat' as channel,
    chats.device,
    false as is_fallback,
    false as is_reverted,
    case when entries.author <> 'user' then entries.last_asked_id end as reply_to_id,
    cast(null as double) as sentiment_platform,
    cast(null as varchar) as bot_version,
    excluded.value is not null as is_test
from entries
inner join chats
    on chats.instance = entries.instance
    and chats.thread_id = entries.thread_id
left join excluded
    on lower(excluded.value) = 'chat'
