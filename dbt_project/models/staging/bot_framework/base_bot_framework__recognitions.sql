-- One row per user message, recogniser's trace and intent in it; a trace without any intent has one row without name.
with activities as (
    select * from {{ ref('base_bot_framework__activities') }}
),

users as (
    select instance, thread_id, message_id
    from activities
    where type in ('message', 'messageUpdate')
        and author = 'user'
),

traces as (
    select
        activities.instance,
        activities.thread_id,
        users.message_id,
        activities.activity_key as trace_key,
        activities.occurred_at,
        activities.sequence,
        coalesce(
            {{ json_text('activities.value', '$.recognizerResult.intents') }}, {{ json_text('activities.value', '$.intents') }}
        ) as intents,
        {{ json_text('activities.value', '$.queryResults') }} as answers
    from activities
    inner join users
        on users.instance = activities.instance
        and users.thread_id = activities.thread_id
        and users.message_id
        = coalesce(activities.reply_to_id, {{ json_text('activities.value', '$.message.id') }})
    where activities.type = 'trace'
),

recognisers as (
    select * from traces
    where intents is not null
        or answers is not null
),

named as (
    select
        trace_key,
        name,
        try_cast({{ json_text('value', '$.score') }} as double) as score
    from {{ json_entries('recognisers', ['trace_key'], 'intents') }} as entries
),

-- Knowledge bases score 0 to 1 or 0 to 100; what they know is the question that matched.
matched as (
    select
        trace_key,
        {{ json_text('element', '$.questions[0]') }} as name,
        case
            when try_cast({{ json_text('element', '$.score') }} as double) > 1
                then try_cast({{ json_text('element', '$.score') }} as double) / 100
            else try_cast({{ json_text('element', '$.score') }} as double)
        end as score
    from {{ json_elements('recognisers', ['trace_key'], 'answers') }} as elements
),

found as (
    select * from named
    union all
    select * from matched
),

traced as (
    select
        recognisers.instance,
        recognisers.thread_id,
        recognisers.message_id,
        recognisers.trace_key,
        recognisers.occurred_at,
        recognisers.sequence,
        found.name,
        found.score,
        row_number() over (
            partition by recognisers.trace_key
            order by found.score desc nulls last, found.name asc nulls last
        ) as rank_in_trace
    from recognisers
    left join found
        on found.trace_key = recognisers.trace_key
),

-- The same results as telemetry has them; a knowledge base's score may be of 100 here too.
told as (
    select
        users.instance,
        users.thread_id,
        users.message_id,
        telemetry.telemetry_key as trace_key,
        telemetry.occurred_at,
        telemetry.sequence,
        case when coalesce(telemetry.article_found, true) then telemetry.intent end as name,
        case
            when telemetry.name = 'QnaMessage' and telemetry.intent_score > 1 then telemetry.intent_score / 100
            else telemetry.intent_score
        end as score,
        telemetry.intent2,
        telemetry.intent2_score
    from {{ ref('base_bot_framework__telemetry') }} as telemetry
    inner join activities as users
        on users.instance = telemetry.instance
        and users.conversation_id = telemetry.conversation_id
        and users.message_id = telemetry.activity_id
    where (telemetry.name in ('LuisResult', 'QnaMessage') or telemetry.name like '%RecognizerResult')
        and users.type in ('message', 'messageUpdate')
        and users.author = 'user'
),

told_ranked as (
    select instance, thread_id, message_id, trace_key, occurred_at, sequence, name, score, 1 as rank_in_trace
    from told
    union all
    select instance, thread_id, message_id, trace_key, occurred_at, sequence, intent2 as name, intent2_score as score, 2 as rank_in_trace
    from told
    where intent2 is not null
),

told_names as (
    select distinct instance, thread_id, message_id, coalesce(name, '') as name
    from told_ranked
),

-- What trace and telemetry both tell counts once, with telemetry's score.
ranked as (
    select traced.*
    from traced
    left join told_names
        on told_names.instance = traced.instance
        and told_names.thread_id = traced.thread_id
        and told_names.message_id = traced.message_id
        and told_names.name = coalesce(traced.name, '')
    where told_names.name is null
    union all
    select instance, thread_id, message_id, trace_key, occurred_at, sequence, name, score, rank_in_trace
    from told_ranked
)

select
    instance,
    thread_id,
    message_id,
    trace_key,
    name,
    score,
    rank_in_trace,
    sequence,
    occurred_at,
    -- Understood: the best of its trace, none of the names for "nothing", and not a winner for want of others. A
    -- dispatcher's q_ only hands on to a knowledge base, which may know no answer: its own result counts.
    coalesce(
        rank_in_trace = 1
        and name is not null
        and lower(name) not in ('none', 'noneintent', 'l_none')
        and lower(name) not like 'q!_%' escape '!'
        and score >= 0.3, false
    ) as is_understood
from ranked
