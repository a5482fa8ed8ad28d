-- Parts never exceed their whole, so that no rate passes 1.
select conversation_key
from {{ ref('fct_conversations') }}
where user_message_count + bot_message_count + agent_message_count > message_count
    or turn_count <> user_message_count
    or text_turn_count > turn_count
    or fallback_turn_count > text_turn_count
    or goals_completed > goals_entered
    or duration_seconds < 0
    or first_response_seconds < 0
    or is_chat_engaged <> (engagement = 'engaged')
    or (is_chat_engaged and user_message_count = 0 and handoff_kind is null)
    or (rating is null) <> (rated_at is null)
    or (has_identity_conflict and person_key is not null)
