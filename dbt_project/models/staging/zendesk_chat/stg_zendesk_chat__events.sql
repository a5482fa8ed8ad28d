-- One row per thing that happened beside the messages: joins, transfers, ratings, tags, pages, the ticket.
with chats as (
    select * from {{ ref('base_zendesk_chat__chats') }}
),

entries as (
    select * from {{ ref('base_zendesk_chat__entries') }}
),

spans as (
    select
        instance,
        thread_id,
        max(occurred_at) as last_at,
        max(sequence) as last_sequence
    from entries
    group by instance, thread_id
),

ratings as (
    select
        instance,
        thread_id,
        new_rating,
        row_number() over (partition by instance, thread_id order by sequence desc nulls last) as place
    from entries
    where type = 'chat.rating'
),

known as (
    select
        chats.*,
        -- The end that the vendor gives may lie before the last message.
        greatest(coalesce(chats.ended_at, spans.last_at, chats.started_at), coalesce(spans.last_at, chats.started_at)) as closed_at,
        coalesce(spans.last_sequence, 0) as last_sequence,
        coalesce(ratings.new_rating, '') as history_rating
    from chats
    left join spans
        on spans.instance = chats.instance
        and spans.thread_id = chats.thread_id
    left join ratings
        on ratings.instance = chats.instance
        and ratings.thread_id = chats.thread_id
        and ratings.place = 1
),

tags as (
    select * from {{ json_elements('known', ['instance', 'thread_id', 'closed_at'], 'tags') }} as elements
),

tag_names as (
    select distinct instance, thread_id, closed_at, {{ json_text('element', '$') }} as name
    from tags
),

pages as (
    select * from {{ json_elements('known', ['instance', 'thread_id', 'started_at'], 'webpath') }} as elements
),

goals as (
    select * from {{ json_elements('known', ['instance', 'thread_id', 'closed_at'], 'conversions') }} as elements
),

unioned as (
    select
        instance,
        thread_id,
        entry_id as event_id,
        occurred_at,
        sequence,
        case
            when type = 'chat.request.rating' then 'feedback_requested'
            when type = 'chat.rating' and new_rating in ('good', 'bad') then 'feedback'
            when author = 'human_agent' and type = 'chat.memberjoin' and last_answered_by = 'bot' then 'handoff_accepted'
            when type like '%transfer%' and last_answered_by = 'bot' then 'handoff_requested'
            else 'other'
        end as event_type,
        case when type = 'chat.rating' and new_rating in ('good', 'bad') then 'value' else 'event' end as kind,
        case when type = 'chat.rating' and new_rating in ('good', 'bad') then 'thumb' else type end as name,
        case
            when type = 'chat.rating' and new_rating = 'good' then 'up'
            when type = 'chat.rating' and new_rating = 'bad' then 'down'
        end as value,
        author as actor,
        cast(null as varchar) as message_id
    from entries
    where not is_message
        and type is not null
        and type <> 'chat.msg'
    union all
    -- A rating given or changed after the chat stands only at the chat itself.
    select
        instance,
        thread_id,
        'rating' as event_id,
        closed_at as occurred_at,
        last_sequence + 1 as sequence,
        'feedback' as event_type,
        'value' as kind,
        'thumb' as name,
        case rating when 'good' then 'up' else 'down' end as value,
        'user' as actor,
        cast(null as varchar) as message_id
    from known
    where rating in ('good', 'bad')
        and rating <> history_rating
    union all
    select
        instance,
        thread_id,
        'end' as event_id,
        closed_at as occurred_at,
        last_sequence + 2 as sequence,
        'session_end' as event_type,
        'session' as kind,
        'chat' as name,
        cast(null as varchar) as value,
        'bot' as actor,
        cast(null as varchar) as message_id
    from known
    where type = 'chat'
        and ended_at is not null
    union all
    select
        instance,
        thread_id,
        'missed' as event_id,
        closed_at as occurred_at,
        last_sequence + 1 as sequence,
        'handoff_failed' as event_type,
        'event' as kind,
        'missed' as name,
        cast(null as varchar) as value,
        'bot' as actor,
        cast(null as varchar) as message_id
    from known
    where type = 'chat'
        and is_missed
    union all
    select
        instance,
        thread_id,
        'offline_msg' as event_id,
        started_at as occurred_at,
        0 as sequence,
        'other' as event_type,
        'event' as kind,
        'offline_msg' as name,
        cast(null as varchar) as value,
        'user' as actor,
        cast(null as varchar) as message_id
    from known
    where type = 'offline_msg'
    union all
    select
        instance,
        thread_id,
        'tag|' || name as event_id,
        closed_at as occurred_at,
        0 as sequence,
        'other' as event_type,
        'tag' as kind,
        name,
        cast(null as varchar) as value,
        'human_agent' as actor,
        cast(null as varchar) as message_id
    from tag_names
    union all
    -- A page without its query, which may hold personal data.
    select
        instance,
        thread_id,
        'page|' || cast(position as varchar) as event_id,
        coalesce(
            try_cast(replace(replace({{ json_text('element', '$.timestamp') }}, 'T', ' '), 'Z', '') as timestamp), started_at
        ) as occurred_at,
        0 as sequence,
        'other' as event_type,
        'page' as kind,
        nullif(split_part(split_part({{ json_text('element', '$.to') }}, '?', 1), '#', 1), '') as name,
        cast(null as varchar) as value,
        'user' as actor,
        cast(null as varchar) as message_id
    from pages
    union all
    select
        instance,
        thread_id,
        'conversion|' || cast(position as varchar) as event_id,
        coalesce(
            try_cast(replace(replace({{ json_text('element', '$.timestamp') }}, 'T', ' '), 'Z', '') as timestamp), closed_at
        ) as occurred_at,
        0 as sequence,
        'goal_completed' as event_type,
        'event' as kind,
        {{ json_text('element', '$.goal_name') }} as name,
        cast(null as varchar) as value,
        'user' as actor,
        cast(null as varchar) as message_id
    from goals
    union all
    select instance, thread_id, 'department' as event_id, started_at as occurred_at, 0 as sequence, 'attribute' as event_type, 'value' as kind, 'department' as name, department_name as value, 'bot' as actor, cast(null as varchar) as message_id
    from known
    where department_name is not null
    union all
    select instance, thread_id, 'ticket' as event_id, closed_at as occurred_at, 0 as sequence, 'attribute' as event_type, 'value' as kind, 'zendesk_ticket_id' as name, zendesk_ticket_id as value, 'bot' as actor, cast(null as varchar) as message_id
    from known
    where zendesk_ticket_id is not null
)

select
    'zendesk_chat' as platform,
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
