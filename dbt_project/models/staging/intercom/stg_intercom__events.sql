-- One row per thing that happened beside the messages: assignments, closes, quick replies, ratings, tags, attributes.
with parts as (
    select * from {{ ref('base_intercom__parts') }}
),

conversations as (
    select * from {{ ref('base_intercom__conversations') }}
),

-- When the contact rated, and when the AI agent last spoke: the conversation itself does not say.
moments as (
    select
        instance,
        thread_id,
        max(case when part_type = 'conversation_rating_changed' then occurred_at end) as rated_at,
        max(case when is_message and author = 'bot' then occurred_at end) as bot_spoke_at,
        max(case when part_type like '%assign%' and assigned_to_type in ('admin', 'team') then 1 else 0 end) as is_assigned
    from parts
    group by instance, thread_id
),

known as (
    select
        conversations.*,
        coalesce(moments.rated_at, conversations.rating_asked_at, conversations.updated_at) as rated_at,
        coalesce(moments.bot_spoke_at, conversations.updated_at) as bot_spoke_at,
        coalesce(moments.is_assigned, 0) as is_assigned
    from conversations
    left join moments
        on moments.instance = conversations.instance
        and moments.thread_id = conversations.thread_id
),

tags as (
    select * from {{ json_elements('known', ['instance', 'thread_id', 'updated_at'], 'tags') }} as elements
),

topics as (
    select * from {{ json_elements('known', ['instance', 'thread_id', 'updated_at'], 'topics') }} as elements
),

attributes as (
    select * from {{ json_entries('known', ['instance', 'thread_id', 'updated_at'], 'custom_attributes') }} as entries
),

unioned as (
    select
        instance,
        thread_id,
        part_id as event_id,
        occurred_at,
        position as sequence,
        case
            -- Whoever is given a talk that the bot led is asked to take over.
            when part_type like '%assign%' and assigned_to_type in ('admin', 'team') and last_answered_by = 'bot'
                then 'handoff_requested'
            else 'other'
        end as event_type,
        case when part_type = 'quick_reply' then 'button' else 'event' end as kind,
        case when part_type = 'quick_reply' then text else part_type end as name,
        case when part_type like '%assign%' then assigned_to_type end as value,
        author as actor,
        case when is_message then part_id end as message_id
    from parts
    where part_type not in ('source', 'comment')
        and not (part_type = 'quick_reply' and (author <> 'user' or text is null))
    union all
    -- A contact who writes to a closed conversation begins another one.
    select
        instance,
        thread_id,
        part_id || '|session' as event_id,
        occurred_at,
        position as sequence,
        'session_start' as event_type,
        'session' as kind,
        'reopened' as name,
        cast(null as varchar) as value,
        'user' as actor,
        part_id as message_id
    from parts
    where is_message
        and author = 'user'
        and closed_position > coalesce(asked_position, 0)
    union all
    select
        instance,
        thread_id,
        'rating_asked' as event_id,
        rating_asked_at as occurred_at,
        0 as sequence,
        'feedback_requested' as event_type,
        'event' as kind,
        'conversation_rating' as name,
        cast(null as varchar) as value,
        'bot' as actor,
        cast(null as varchar) as message_id
    from known
    where rating_asked_at is not null
    union all
    select
        instance,
        thread_id,
        'rating' as event_id,
        rated_at as occurred_at,
        1 as sequence,
        'feedback' as event_type,
        'value' as kind,
        '1-5' as name,
        cast(rating as varchar) as value,
        'user' as actor,
        cast(null as varchar) as message_id
    from known
    where rating is not null
    union all
    -- What the contact thought of the AI agent stands where nobody asked about the whole.
    select
        instance,
        thread_id,
        'ai_rating' as event_id,
        bot_spoke_at as occurred_at,
        1 as sequence,
        'feedback' as event_type,
        'value' as kind,
        '1-5' as name,
        cast(ai_rating as varchar) as value,
        'user' as actor,
        cast(null as varchar) as message_id
    from known
    where rating is null
        and ai_rating is not null
    union all
    select
        instance,
        thread_id,
        'ai_resolution' as event_id,
        bot_spoke_at as occurred_at,
        0 as sequence,
        case
            when ai_resolution = 'confirmed_resolution' then 'success'
            when ai_resolution in ('routed_to_team', 'escalated') and is_assigned = 0 then 'handoff_requested'
            else 'other'
        end as event_type,
        'event' as kind,
        'ai_agent_resolution' as name,
        ai_resolution as value,
        'bot' as actor,
        cast(null as varchar) as message_id
    from known
    where ai_resolution is not null
    union all
    select
        instance,
        thread_id,
        'tag|' || cast(position as varchar) as event_id,
        coalesce(
            {{ add_seconds("cast('1970-01-01' as timestamp)", "try_cast(" ~ json_text('element', '$.applied_at') ~ " as bigint)") }},
            updated_at
        ) as occurred_at,
        0 as sequence,
        'other' as event_type,
        'tag' as kind,
        {{ json_text('element', '$.name') }} as name,
        cast(null as varchar) as value,
        case when {{ json_text('element', '$.applied_by.type') }} = 'admin' then 'human_agent' else 'bot' end as actor,
        cast(null as varchar) as message_id
    from tags
    union all
    select
        instance,
        thread_id,
        'topic|' || cast(position as varchar) as event_id,
        updated_at as occurred_at,
        0 as sequence,
        'other' as event_type,
        'topic' as kind,
        {{ json_text('element', '$.name') }} as name,
        cast(null as varchar) as value,
        'bot' as actor,
        cast(null as varchar) as message_id
    from topics
    union all
    select
        instance,
        thread_id,
        'attribute|' || name as event_id,
        updated_at as occurred_at,
        0 as sequence,
        'attribute' as event_type,
        'property' as kind,
        name,
        value,
        'bot' as actor,
        cast(null as varchar) as message_id
    from attributes
    where value is not null
)

select
    'intercom' as platform,
    instance,
    thread_id,
    event_id,
    occurred_at,
    sequence,
    event_type,
    kind,
    name,
    value,
    actor,
    message_id
from unioned
where name is not null
