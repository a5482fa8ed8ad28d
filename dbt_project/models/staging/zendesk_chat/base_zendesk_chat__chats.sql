{{ config(materialized='table') }}

-- One row per chat or offline message that was not deleted.
with source as (
    select * from {{ newest_records('zendesk_chat', 'chats') }} as newest
)

select
    instance,
    chat_id as thread_id,
    type,
    started_at,
    ended_at,
    updated_at,
    history,
    visitor_id,
    visitor_email,
    visitor_phone,
    {{ json_text('session', '$.platform') }} as device,
    webpath,
    department_name,
    tags,
    rating,
    coalesce(missed, false) as is_missed,
    conversions,
    zendesk_ticket_id
from source
where not coalesce(deleted, false)
