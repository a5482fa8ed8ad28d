-- One row per message of user, bot or human agent that was not deleted.
with activities as (
    select * from {{ ref('base_bot_framework__activities') }}
    where type in ('message', 'messageUpdate')
),

recognised as (
    select
        instance,
        thread_id,
        message_id,
        max(is_understood) as is_understood
    from {{ ref('base_bot_framework__recognitions') }}
    group by instance, thread_id, message_id
),

-- Of several recognisers' views the lowest counts; theirs run from 0 to 1.
feelings as (
    select
        instance,
        conversation_id,
        activity_id,
        min(sentiment_score) * 2 - 1 as sentiment
    from {{ ref('base_bot_framework__telemetry') }}
    where sentiment_score is not null
    group by instance, conversation_id, activity_id
),

excluded as (
    select value from {{ source('settings', 'excluded') }}
    where kind = 'channel'
),

described as (
    select
        *,
        {{ json_text('attachments', '$[0].contentType') }} as attachment_type,
        coalesce(
            {{ json_text('attachments', '$[0].content.title') }}, {{ json_text('attachments', '$[0].content.text') }}, speak
        ) as card_text,
        coalesce({{ json_text('channel_data', '$.postBack') }}, 'false') = 'true'
        or (author = 'user' and text is null and value is not null) as is_button
    from activities
)

select
    'bot_framework' as platform,
    described.instance,
    described.thread_id,
    described.message_id,
    described.occurred_at as sent_at,
    described.sequence,
    described.author,
    coalesce(described.text, described.card_text) as text,
    case
        when described.author = 'user' and described.is_button then 'button'
        when described.attachment_type like 'image/%' then 'image'
        when described.attachment_type like 'audio/%' then 'audio'
        when described.attachment_type like 'video/%' then 'video'
        when described.attachment_type like 'application/vnd.microsoft.%' then 'rich'
        when described.attachment_type is not null and described.attachment_type not like 'text/%' then 'file'
        when coalesce({{ json_text('described.suggested_actions', '$.actions[0]') }}, '') <> '' then 'rich'
        else 'text'
    end as content_type,
    described.locale as language,
    described.channel,
    cast(null as varchar) as device,
    described.author = 'user' and coalesce(not recognised.is_understood, false) as is_fallback,
    false as is_reverted,
    described.reply_to_id,
    case when described.author = 'user' then feelings.sentiment end as sentiment_platform,
    cast(null as varchar) as bot_version,
    excluded.value is not null as is_test
from described
left join recognised
    on recognised.instance = described.instance
    and recognised.thread_id = described.thread_id
    and recognised.message_id = described.message_id
left join feelings
    on feelings.instance = described.instance
    and feelings.conversation_id = described.conversation_id
    and feelings.activity_id = described.message_id
left join excluded
    on lower(excluded.value) = lower(described.channel)
