-- One row per entity that a recogniser found in a user message.
with traces as (
    select distinct instance, thread_id, message_id, trace_key
    from {{ ref('base_bot_framework__recognitions') }}
),

results as (
    select
        traces.instance,
        traces.thread_id,
        traces.message_id,
        traces.trace_key,
        coalesce(
            {{ json_text('activities.value', '$.recognizerResult.entities."$instance"') }},
            {{ json_text('activities.value', '$.entities."$instance"') }}
        ) as instances
    from traces
    inner join {{ ref('base_bot_framework__activities') }} as activities
        on activities.instance = traces.instance
        and activities.thread_id = traces.thread_id
        and activities.activity_key = traces.trace_key
),

-- Telemetry repeats what a trace says: it counts for messages without one.
told as (
    select
        traces.instance,
        traces.thread_id,
        traces.message_id,
        traces.trace_key,
        {{ json_text('telemetry.entities', '$."$instance"') }} as instances
    from traces
    inner join {{ ref('base_bot_framework__telemetry') }} as telemetry
        on telemetry.instance = traces.instance
        and telemetry.telemetry_key = traces.trace_key
    left join results
        on results.instance = traces.instance
        and results.thread_id = traces.thread_id
        and results.message_id = traces.message_id
        and results.instances is not null
    where results.message_id is null
),

every_result as (
    select * from results
    union all
    select * from told
),

named as (
    select * from {{ json_entries('every_result', ['instance', 'thread_id', 'message_id', 'trace_key'], 'instances') }} as entries
),

found as (
    select * from {{ json_elements('named', ['instance', 'thread_id', 'message_id', 'trace_key', 'name'], 'value') }} as elements
)

select
    'bot_framework' as platform,
    instance,
    thread_id,
    message_id,
    row_number() over (
        partition by instance, thread_id, message_id
        order by trace_key asc nulls last, name asc nulls last, position asc nulls last
    ) as rank,
    name,
    {{ json_text('element', '$.text') }} as value,
    try_cast({{ json_text('element', '$.score') }} as double) as confidence
from found
