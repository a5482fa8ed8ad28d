with goals as (
    select
        conversation_key,
        count(*) as goals_entered,
        count(completed_at) as goals_completed
    from {{ ref('int_goals__reached') }}
    group by conversation_key
),

asked as (
    select distinct conversation_key
    from {{ ref('int_conversation_events__kept') }}
    where event_type = 'feedback_requested'
        and conversation_key is not null
)

select
    measured.conversation_key,
    measured.platform,
    measured.instance,
    measured.thread_id,
    threads.customer_key,
    coalesce(threads.has_identity_conflict, false) as has_identity_conflict,
    -- Who may be two persons is none in numbers per person.
    case
        when coalesce(threads.has_identity_conflict, false) then null
        when threads.customer_key is not null then threads.customer_key
        when threads.lasting_user_id is not null
            then {{ hash_key(["'platform_user'", 'measured.platform', 'measured.instance', 'threads.lasting_user_id']) }}
    end as person_key,
    measured.started_at,
    {{ shop_date('measured.started_at') }} as started_date,
    measured.ended_at,
    {{ seconds_between('measured.started_at', 'measured.ended_at') }} as duration_seconds,
    measured.is_closed,
    measured.engagement,
    measured.engagement = 'engaged' as is_chat_engaged,
    measured.channel,
    measured.device,
    measured.language,
    measured.bot_version,
    measured.is_test,
    measured.message_count,
    measured.user_message_count,
    measured.bot_message_count,
    measured.agent_message_count,
    measured.turn_count,
    measured.text_turn_count,
    measured.fallback_turn_count,
    primary_intents.primary_intent,
    primary_intents.primary_intent_group,
    measured.first_response_seconds,
    measured.handoff_kind,
    measured.handoff_at,
    ratings.rating,
    ratings.rating_scale,
    ratings.rating_source,
    ratings.satisfaction,
    ratings.is_satisfied,
    ratings.rated_at,
    asked.conversation_key is not null as is_rating_asked,
    links.web_session_key,
    links.web_link,
    coalesce(goals.goals_entered, 0) as goals_entered,
    coalesce(goals.goals_completed, 0) as goals_completed
from {{ ref('int_conversations__measured') }} as measured
left join {{ ref('int_thread_customers') }} as threads
    on threads.platform = measured.platform
    and threads.instance = measured.instance
    and threads.thread_id = measured.thread_id
left join {{ ref('int_primary_intents__chosen') }} as primary_intents
    on primary_intents.conversation_key = measured.conversation_key
left join {{ ref('int_ratings__chosen') }} as ratings
    on ratings.conversation_key = measured.conversation_key
left join asked on asked.conversation_key = measured.conversation_key
left join {{ ref('int_conversations__linked') }} as links
    on links.conversation_key = measured.conversation_key
left join goals on goals.conversation_key = measured.conversation_key
