{{ kept_by_thread('stg_ledger__touched_threads') }}

with spans as (
    select
        conversation_key,
        platform,
        instance,
        thread_id,
        min(sent_at) as started_at,
        max(sent_at) as ended_at
    from {{ ref('int_messages__cut') }}
    group by conversation_key, platform, instance, thread_id
)

select
    conversation_key,
    platform,
    instance,
    thread_id,
    started_at,
    ended_at,
    row_number() over (
        partition by platform, instance, thread_id
        order by started_at asc nulls last, conversation_key asc nulls last
    ) as number_in_thread,
    lead(conversation_key) over (
        partition by platform, instance, thread_id
        order by started_at asc nulls last, conversation_key asc nulls last
    ) is not null as is_followed
from spans
