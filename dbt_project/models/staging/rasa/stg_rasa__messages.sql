-- One row per message of user, bot or human agent.
with events as (
    select * from {{ ref('base_rasa__events') }}
    where event_name = 'user'
        -- What says and shows nothing is no message.
        or (event_name in ('bot', 'agent') and (text is not null or is_rich or has_image))
),

buttons as (
    select * from {{ ref('base_rasa__buttons') }}
),

excluded as (
    select value from {{ source('settings', 'excluded') }}
    where kind = 'channel'
),

conformed as (
    select
        'rasa' as platform,
        events.instance,
        events.thread_id,
        events.message_id,
        events.occurred_at as sent_at,
        events.sequence,
        case events.event_name when 'agent' then 'human_agent' else events.event_name end as author,
        -- A pressed button shows its title, as the user saw it.
        coalesce(buttons.title, events.text) as text,
        case
            when events.event_name = 'user' and (events.text like '/%' or events.text like 'EXTERNAL: %') then 'button'
            when events.event_name = 'user' then 'text'
            when events.has_image and events.text is null then 'image'
            when events.is_rich then 'rich'
            else 'text'
        end as content_type,
        events.language,
        events.channel,
        events.device,
        events.is_fallback,
        events.is_reverted,
        case when events.event_name <> 'user' then events.turn_message_id end as reply_to_id,
        cast(null as double) as sentiment_platform,
        events.bot_version,
        excluded.value is not null as is_test
    from events
    left join buttons
        on events.event_name = 'user'
        and buttons.instance = events.instance
        and buttons.thread_id = events.thread_id
        and buttons.turn = events.turn - 1
        and buttons.payload = events.text
    left join excluded
        on lower(excluded.value) = lower(events.channel)
)

select * from conformed
