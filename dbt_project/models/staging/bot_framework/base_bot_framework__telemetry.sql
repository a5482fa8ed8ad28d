-- One row per custom event of Application Insights, with the activity that it is about.
{{ config(materialized='table') }}

with source as (
    select * from {{ newest_records('bot_framework', 'telemetry') }} as newest
),

-- While a turn is handled, telemetry carries the id of the user's activity: on an answer that is not its own.
questions as (
    select distinct instance, conversation_id, activity_id
    from source
    where name = 'BotMessageReceived'
        and activity_id is not null
),

transcribed as (
    select
        instance,
        conversation_id,
        min(channel_id) as channel_id,
        count(distinct channel_id) as channels
    from {{ newest_records('bot_framework', 'activities') }} as newest
    group by instance, conversation_id
),

named as (
    select
        source.*,
        source._record_key as telemetry_key,
        -- Answers don't name their channel; their conversation does.
        coalesce(
            source.channel_id,
            max(source.channel_id) over (partition by source.instance, source.conversation_id),
            case when transcribed.channels = 1 then transcribed.channel_id end
        ) as channel,
        case
            when source.name = 'BotMessageSend'
                and (questions.activity_id is not null or source.activity_id = source.reply_activity_id) then null
            else source.activity_id
        end as own_activity_id,
        coalesce(
            source.reply_activity_id,
            case when source.name = 'BotMessageSend' and questions.activity_id is not null then source.activity_id end
        ) as reply_to_id
    from source
    left join questions
        on questions.instance = source.instance
        and questions.conversation_id = source.conversation_id
        and questions.activity_id = source.activity_id
    left join transcribed
        on transcribed.instance = source.instance
        and transcribed.conversation_id = source.conversation_id
)

select
    instance,
    telemetry_key,
    name,
    conversation_id,
    channel,
    own_activity_id as activity_id,
    reply_to_id,
    activity_type,
    from_id,
    recipient_id,
    nullif(text, '') as text,
    nullif(speak, '') as speak,
    attachments,
    locale,
    intent,
    intent_score,
    intent2,
    intent2_score,
    entities,
    article_found,
    sentiment_score,
    dialog_id,
    dialog_instance_id,
    step_name,
    device,
    _source_row as sequence,
    occurred_at
from named
