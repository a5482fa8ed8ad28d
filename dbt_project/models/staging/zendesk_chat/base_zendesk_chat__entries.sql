-- One row per entry of a chat's history, in order, with its author. A table: three models of this folder read it.
{{ config(materialized='table') }}

with chats as (
    select * from {{ ref('base_zendesk_chat__chats') }}
    where type = 'chat'
),

bot_agents as (
    select distinct instance, value from {{ source('settings', 'source_options') }}
    where source = 'zendesk_chat'
        and name = 'bot_agents'
),

entries as (
    select * from {{ json_elements('chats', ['instance', 'thread_id', 'started_at'], 'history') }} as elements
),

renamed as (
    select
        instance,
        thread_id,
        started_at,
        position,
        {{ json_text('element', '$.type') }} as type,
        coalesce(
            try_cast(replace(replace({{ json_text('element', '$.timestamp') }}, 'T', ' '), 'Z', '') as timestamp), started_at
        ) as occurred_at,
        {{ json_text('element', '$.nick') }} as nick,
        {{ json_text('element', '$.name') }} as speaker,
        lower({{ json_text('element', '$.sender_type') }}) as sender_type,
        nullif({{ json_text('element', '$.msg_id') }}, '') as msg_id,
        nullif({{ json_text('element', '$.msg') }}, '') as text,
        coalesce({{ json_text('element', '$.options') }}, '') <> ''
        or {{ json_text('element', '$.structured_msg') }} is not null as is_rich,
        {{ json_text('element', '$.attachment.mime_type') }} as attachment_type,
        {{ json_text('element', '$.new_rating') }} as new_rating
    from entries
),

-- A reconnecting visitor leaves a message twice, under one id.
ranked as (
    select
        *,
        case
            when msg_id is not null
                then row_number() over (partition by instance, thread_id, type, msg_id order by position asc nulls last)
            else 1
        end as copy_number
    from renamed
),

authored as (
    select
        ranked.*,
        coalesce(ranked.msg_id || '|' || ranked.type, 'entry|' || cast(ranked.position as varchar)) as entry_id,
        case
            when ranked.sender_type = 'visitor' then 'user'
            when ranked.sender_type in ('trigger', 'bot', 'system') then 'bot'
            when ranked.nick like 'visitor%' then 'user'
            -- A trigger speaks under a name like an agent's, the bot of Zendesk under an agent's id.
            when lower(ranked.nick) like '%trigger%' or lower(ranked.nick) like '%answerbot%' or ranked.nick like '!_!_%' escape '!' then 'bot'
            when nicks.value is not null or names.value is not null then 'bot'
            when ranked.nick like 'agent%' then 'human_agent'
            else 'bot'
        end as author
    from ranked
    left join bot_agents as nicks
        on nicks.instance = ranked.instance
        and nicks.value = replace(ranked.nick, 'agent:', '')
    left join bot_agents as names
        on names.instance = ranked.instance
        and names.value = ranked.speaker
    where ranked.copy_number = 1
),

told as (
    select
        *,
        type = 'chat.file' or (type in ('chat.msg', 'chat.triggered') and (text is not null or is_rich)) as is_message,
        row_number() over (
            partition by instance, thread_id order by occurred_at asc nulls last, position asc nulls last
        ) as sequence
    from authored
)

select
    instance,
    thread_id,
    entry_id,
    type,
    occurred_at,
    sequence,
    author,
    is_message,
    text,
    is_rich,
    attachment_type,
    new_rating,
    last_value(case when is_message and author <> 'user' then author end ignore nulls) over before_it as last_answered_by,
    last_value(case when is_message and author = 'user' then entry_id end ignore nulls) over before_it as last_asked_id
from told
window
    before_it as (
        partition by instance, thread_id
        order by sequence asc nulls last
        rows between unbounded preceding and 1 preceding
    )
