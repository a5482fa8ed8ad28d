-- One row per user message whose intent the export names.
with turns as (
    select * from {{ ref('base_chat_table__turns') }}
)

select
    'chat_table' as platform,
    instance,
    thread_id,
    case when user_text is not null then turn_key || '|user' else turn_key end as message_id,
    1 as rank,
    intent as name,
    cast(null as double) as confidence
from turns
where intent is not null
    and (user_text is not null or (text is not null and author = 'user'))
