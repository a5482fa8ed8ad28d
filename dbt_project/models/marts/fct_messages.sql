{{ kept_by_thread('int_threads__affected') }}

select
    messages.message_key,
    messages.conversation_key,
    messages.platform,
    messages.instance,
    messages.thread_id,
    messages.message_id,
    messages.sent_at,
    {{ shop_date('messages.sent_at') }} as sent_date,
    messages.position as sequence,
    messages.turn_number,
    messages.author,
    messages.content_type,
    messages.text,
    messages.language,
    messages.channel,
    messages.device,
    messages.intent,
    messages.intent_group,
    messages.intent_confidence,
    acts.act,
    acts.act_name,
    coalesce(turns.is_fallback, false) as is_fallback,
    messages.is_reverted,
    case
        when messages.reply_to_id is not null
            then {{ hash_key(['messages.platform', 'messages.instance', 'messages.thread_id', 'messages.reply_to_id']) }}
    end as reply_to_key,
    messages.sentiment_platform,
    messages.bot_version,
    messages.is_test
from {{ ref('int_messages__affected') }} as messages
left join {{ ref('int_turns__judged') }} as turns
    on turns.message_key = messages.message_key
left join {{ ref('int_message_acts__told') }} as acts
    on acts.message_key = messages.message_key
