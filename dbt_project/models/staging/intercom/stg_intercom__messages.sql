-- One row per message that the contact could see, of contact, bot or teammate.
with parts as (
    select * from {{ ref('base_intercom__parts') }}
    where is_message
),

conversations as (
    select instance, thread_id, channel from {{ ref('base_intercom__conversations') }}
),

excluded as (
    select value from {{ source('settings', 'excluded') }}
    where kind = 'channel'
)

select
    'intercom' as platform,
    parts.instance,
    parts.thread_id,
    parts.part_id as message_id,
    parts.occurred_at as sent_at,
    parts.position as sequence,
    parts.author,
    parts.text,
    case
        when parts.part_type = 'quick_reply' and parts.author = 'user' then 'button'
        when parts.has_quick_replies then 'rich'
        when parts.text is not null then 'text'
        when parts.has_image or parts.attachment_type like 'image/%' then 'image'
        when parts.attachment_type like 'audio/%' then 'audio'
        when parts.attachment_type like 'video/%' then 'video'
        when parts.has_attachment then 'file'
        else 'text'
    end as content_type,
    cast(null as varchar) as language,
    conversations.channel,
    cast(null as varchar) as device,
    false as is_fallback,
    false as is_reverted,
    case when parts.author <> 'user' then parts.last_asked_id end as reply_to_id,
    cast(null as double) as sentiment_platform,
    cast(null as varchar) as bot_version,
    excluded.value is not null as is_test
from parts
left join conversations
    on conversations.instance = parts.instance
    and conversations.thread_id = parts.thread_id
left join excluded
    on lower(excluded.value) = lower(conversations.channel)
