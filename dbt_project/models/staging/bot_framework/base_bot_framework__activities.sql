-- One row per activity, with its thread and author. A table: all models of this folder read its joins.
{{ config(materialized='table') }}

with delivered as (
    select
        instance,
        _record_key,
        activity_id,
        channel_id,
        conversation_id,
        reply_to_id,
        from_id,
        from_aad_object_id,
        recipient_id,
        from_role,
        recipient_role,
        type,
        name,
        code,
        value_type,
        text,
        speak,
        locale,
        value,
        attachments,
        suggested_actions,
        members_added,
        reactions_added,
        channel_data,
        _source_row,
        occurred_at
    from {{ newest_records('bot_framework', 'activities') }} as newest
),

answers as (
    select distinct instance, conversation_id, reply_to_id
    from delivered
    where type in ('message', 'messageUpdate', 'messageDelete')
        and reply_to_id is not null
),

-- Telemetry tells of activities as well: it counts for those that no transcript has.
messages as (
    select * from {{ ref('base_bot_framework__telemetry') }}
    where name in ('BotMessageReceived', 'BotMessageSend')
        and activity_type is not null
),

untranscribed as (
    select
        messages.instance as instance,
        messages.telemetry_key as _record_key,
        messages.activity_id as activity_id,
        messages.channel as channel_id,
        messages.conversation_id as conversation_id,
        messages.reply_to_id as reply_to_id,
        messages.from_id as from_id,
        cast(null as varchar) as from_aad_object_id,
        messages.recipient_id as recipient_id,
        case when messages.activity_type <> 'message' then null when messages.name = 'BotMessageSend' then 'bot' else 'user' end as from_role,
        cast(null as varchar) as recipient_role,
        messages.activity_type as type,
        cast(null as varchar) as name,
        cast(null as varchar) as code,
        cast(null as varchar) as value_type,
        messages.text as text,
        messages.speak as speak,
        messages.locale as locale,
        cast(null as varchar) as value,
        messages.attachments as attachments,
        cast(null as varchar) as suggested_actions,
        cast(null as varchar) as members_added,
        cast(null as varchar) as reactions_added,
        cast(null as varchar) as channel_data,
        messages.sequence as _source_row,
        messages.occurred_at as occurred_at
    from messages
    left join delivered
        on delivered.instance = messages.instance
        and delivered.conversation_id = messages.conversation_id
        and delivered.activity_id = messages.activity_id
    left join answers
        on messages.name = 'BotMessageSend'
        and messages.activity_id is null
        and answers.instance = messages.instance
        and answers.conversation_id = messages.conversation_id
        and answers.reply_to_id = messages.reply_to_id
    where delivered.activity_id is null
        and answers.reply_to_id is null
),

source as (
    select * from delivered
    union all
    select * from untranscribed
),

renamed as (
    select
        instance,
        _record_key as activity_key,
        activity_id,
        channel_id,
        conversation_id,
        -- Ids hold within one channel: where two channels use the same, the channel tells them apart.
        case
            when min(channel_id) over (partition by instance, conversation_id)
                <> max(channel_id) over (partition by instance, conversation_id) then channel_id || '|' || conversation_id
            else conversation_id
        end as thread_id,
        reply_to_id,
        from_id,
        from_aad_object_id,
        recipient_id,
        case
            when lower(from_role) = 'user' then 'user'
            when lower(from_role) in ('bot', 'skill') then 'bot'
            when lower(from_role) in ('agent', 'human', 'human_agent') then 'human_agent'
        end as from_role,
        case
            when lower(recipient_role) = 'user' then 'user'
            when lower(recipient_role) in ('bot', 'skill') then 'bot'
        end as recipient_role,
        type,
        name,
        code,
        value_type,
        nullif(text, '') as text,
        nullif(speak, '') as speak,
        locale,
        value,
        attachments,
        suggested_actions,
        members_added,
        reactions_added,
        channel_data,
        _source_row as sequence,
        occurred_at
    from source
),

members as (
    select * from {{ json_elements('renamed', ['instance', 'channel_id', 'recipient_id'], 'members_added') }} as elements
),

-- What each mention of a party says of it; the surest word counts.
mentions as (
    select instance, channel_id, from_id as party_id, from_role as author, 1 as doubt
    from renamed
    where from_role is not null
    union all
    select instance, channel_id, recipient_id as party_id, recipient_role as author, 1 as doubt
    from renamed
    where recipient_role is not null
    union all
    -- The update about members goes to the bot, which is added as well.
    select instance, channel_id, recipient_id as party_id, 'bot' as author, 2 as doubt
    from renamed
    where type = 'conversationUpdate'
    union all
    select instance, channel_id, {{ json_text('element', '$.id') }} as party_id, 'user' as author, 3 as doubt
    from members
    union all
    select instance, channel_id, recipient_id as party_id, 'user' as author, 4 as doubt
    from renamed
    where from_role = 'bot'
),

parties as (
    select
        instance,
        channel_id,
        party_id,
        author
    from (
        select
            *,
            row_number() over (
                partition by instance, coalesce(channel_id, ''), party_id
                -- Whoever was ever called a bot is one.
                order by doubt asc nulls last, author asc nulls last
            ) as mention_rank
        from mentions
        where party_id is not null
            and party_id <> 'deleted'
    ) as ranked
    where mention_rank = 1
),

-- A reply never comes before what it answers, whatever the clocks say.
answered as (
    select
        instance,
        coalesce(channel_id, '') as channel_id,
        conversation_id,
        activity_id,
        max(occurred_at) as occurred_at
    from renamed
    where activity_id is not null
    group by instance, coalesce(channel_id, ''), conversation_id, activity_id
),

authored as (
    select
        renamed.instance,
        renamed.thread_id,
        renamed.conversation_id,
        renamed.activity_key,
        coalesce(renamed.activity_id, renamed.activity_key) as message_id,
        renamed.reply_to_id,
        renamed.from_id,
        renamed.from_aad_object_id,
        renamed.recipient_id,
        renamed.type,
        renamed.name,
        renamed.code,
        renamed.value_type,
        renamed.text,
        renamed.speak,
        renamed.locale,
        renamed.value,
        renamed.attachments,
        renamed.suggested_actions,
        renamed.reactions_added,
        renamed.channel_data,
        renamed.channel_id as channel,
        coalesce(
            renamed.from_role,
            sender.author,
            case recipient.author when 'bot' then 'user' when 'user' then 'bot' end,
            -- What nobody sent is said by a user, done by the platform.
            case when renamed.type in ('message', 'messageUpdate') then 'user' else 'bot' end
        ) as author,
        renamed.sequence,
        greatest(renamed.occurred_at, coalesce(answered.occurred_at, renamed.occurred_at)) as occurred_at
    from renamed
    left join parties as sender
        on sender.instance = renamed.instance
        and coalesce(sender.channel_id, '') = coalesce(renamed.channel_id, '')
        and sender.party_id = renamed.from_id
    left join parties as recipient
        on recipient.instance = renamed.instance
        and coalesce(recipient.channel_id, '') = coalesce(renamed.channel_id, '')
        and recipient.party_id = renamed.recipient_id
    left join answered
        on answered.instance = renamed.instance
        and answered.channel_id = coalesce(renamed.channel_id, '')
        and answered.conversation_id = renamed.conversation_id
        and answered.activity_id = renamed.reply_to_id
        -- Some emulators give an activity itself as the one it answers.
        and answered.activity_id <> coalesce(renamed.activity_id, '')
),

handed_over as (
    select
        *,
        max(
            case when name = 'handoff.status' and lower({{ json_text('value', '$.state') }}) = 'accepted' then occurred_at end
        ) over (
            partition by instance, thread_id
            order by occurred_at asc nulls last, sequence asc nulls last, activity_key asc nulls last
            rows between unbounded preceding and current row
        ) as accepted_at,
        max(
            case
                when type = 'endOfConversation'
                    or name = 'handoff.initiate'
                    or (name = 'handoff.status' and lower({{ json_text('value', '$.state') }}) in ('completed', 'failed'))
                    then occurred_at
            end
        ) over (
            partition by instance, thread_id
            order by occurred_at asc nulls last, sequence asc nulls last, activity_key asc nulls last
            rows between unbounded preceding and current row
        ) as handed_back_at
    from authored
)

select
    instance,
    thread_id,
    conversation_id,
    activity_key,
    message_id,
    reply_to_id,
    from_id,
    from_aad_object_id,
    recipient_id,
    type,
    name,
    code,
    value_type,
    text,
    speak,
    locale,
    value,
    attachments,
    suggested_actions,
    reactions_added,
    channel_data,
    channel,
    -- Whoever takes over speaks with the bot's identity, until they hand back or fall silent for good.
    case
        when author = 'bot'
            and type in ('message', 'messageUpdate')
            and accepted_at is not null
            and (handed_back_at is null or handed_back_at < accepted_at)
            and {{ seconds_between('accepted_at', 'occurred_at') }} <= {{ var('silence_seconds_human') }} then 'human_agent'
        else author
    end as author,
    sequence,
    occurred_at
from handed_over
