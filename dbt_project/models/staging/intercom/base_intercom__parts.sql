-- One row per part in its order, with author, plain text and what came before it. A table: all models of
-- this folder read its windows.
{{ config(materialized='table') }}

{#- Tags become spaces where a line ends and nothing elsewhere; & comes last, else &amp;lt; would become <. -#}
{%- set entities = [
    ('&nbsp;', ' '), ('&lt;', '<'), ('&gt;', '>'), ('&quot;', '"'), ('&#34;', '"'), ('&#39;', "''"), ('&#x27;', "''"),
    ('&apos;', "''"), ('&ndash;', '–'), ('&mdash;', '—'), ('&hellip;', '…'), ('&lsquo;', '‘'), ('&rsquo;', '’'),
    ('&ldquo;', '“'), ('&rdquo;', '”'), ('&euro;', '€'), ('&amp;', '&'),
] -%}
{%- set plain = namespace(text=replace_all(replace_all('body', '<(br|/p|/div|/li|/h[1-6]|/tr|/pre)[^>]*>', ' '), '<[a-zA-Z/!][^>]*>', '')) -%}
{%- for entity, character in entities -%}
{%- set plain.text = "replace(" ~ plain.text ~ ", '" ~ entity ~ "', '" ~ character ~ "')" -%}
{%- endfor -%}
{%- for code in (9, 10, 13, 160) -%}
{%- set plain.text = "replace(" ~ plain.text ~ ", chr(" ~ code ~ "), ' ')" -%}
{%- endfor %}

with source as (
    select * from {{ newest_records('intercom', 'parts') }} as newest
),

bot_agents as (
    select distinct instance, value from {{ source('settings', 'source_options') }}
    where source = 'intercom'
        and name = 'bot_agents'
),

renamed as (
    select
        source.instance,
        source.conversation_id as thread_id,
        source.part_id,
        source.part_type,
        source.created_at as occurred_at,
        case
            when source.author_type in ('user', 'lead', 'contact', 'visitor') then 'user'
            when coalesce(source.from_ai_agent, false) or coalesce(source.is_ai_answer, false) then 'bot'
            when ids.value is not null or names.value is not null then 'bot'
            -- Bots and campaigns write in a teammate's name.
            when source.author_type = 'admin'
                and coalesce(source.delivered_as, '') not in ('automated', 'operator_initiated', 'campaigns_initiated')
                then 'human_agent'
            when source.author_type is null and source.delivered_as = 'customer_initiated' then 'user'
            else 'bot'
        end as author,
        source.author_id,
        source.author_type,
        source.author_email,
        -- What was taken out stays out, whatever text a delivery still has.
        case when not coalesce(source.redacted, false) then nullif(trim({{ replace_all(plain.text, '  +', ' ') }}), '') end as text,
        coalesce(source.redacted, false) as is_redacted,
        coalesce(source.body, '') like '%<img %' as has_image,
        {{ json_text('source.attachments', '$[0].content_type') }} as attachment_type,
        {{ json_text('source.attachments', '$[0]') }} is not null as has_attachment,
        {{ json_text('source.metadata', '$.quick_reply_options[0]') }} is not null as has_quick_replies,
        source.assigned_to_type
    from source
    left join bot_agents as ids
        on ids.instance = source.instance
        and ids.value = source.author_id
    left join bot_agents as names
        on names.instance = source.instance
        and names.value = source.author_name
),

-- Parts of one second are common: their ids count up. Notes are the team's own, events say nothing.
numbered as (
    select
        *,
        part_type in (
            'source', 'comment', 'quick_reply', 'open', 'close', 'assignment', 'assign_and_reopen', 'assign_and_unsnooze',
            'default_assignment', 'snoozed', 'unsnoozed', 'timer_unsnooze'
        )
        and (text is not null or has_image or has_attachment or is_redacted) as is_message,
        row_number() over (
            partition by instance, thread_id
            order by
                case when part_type = 'source' then 0 else 1 end asc nulls last, occurred_at asc nulls last,
                try_cast(part_id as bigint) asc nulls last, part_id asc nulls last
        ) as position
    from renamed
)

select
    instance,
    thread_id,
    part_id,
    part_type,
    occurred_at,
    position,
    author,
    author_id,
    author_type,
    author_email,
    is_message,
    text,
    has_image,
    has_attachment,
    attachment_type,
    has_quick_replies,
    assigned_to_type,
    last_value(case when is_message and author <> 'user' then author end ignore nulls) over before_it as last_answered_by,
    last_value(case when is_message and author = 'user' then part_id end ignore nulls) over before_it as last_asked_id,
    max(case when part_type = 'close' then position end) over before_it as closed_position,
    max(case when is_message and author = 'user' then position end) over before_it as asked_position
from numbered
window
    before_it as (
        partition by instance, thread_id
        order by position asc nulls last
        rows between unbounded preceding and 1 preceding
    )
