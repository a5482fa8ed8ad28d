-- Every message lies in exactly one conversation, and the conversation's counts, first and last message agree with it.
with counted as (
    select
        conversation_key,
        count(*) as message_count,
        sum(case when author = 'user' then 1 else 0 end) as user_message_count,
        min(sent_at) as started_at,
        max(sent_at) as ended_at
    from {{ ref('fct_messages') }}
    group by conversation_key
)

select
    counted.conversation_key as message_side,
    conversations.conversation_key as conversation_side
from counted
full outer join {{ ref('fct_conversations') }} as conversations
    on conversations.conversation_key = counted.conversation_key
where counted.conversation_key is null
    or conversations.conversation_key is null
    or counted.message_count <> conversations.message_count
    or counted.user_message_count <> conversations.user_message_count
    or counted.started_at <> conversations.started_at
    or counted.ended_at <> conversations.ended_at
