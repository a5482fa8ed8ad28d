-- One row per conversation, with its first contact. A table: three models of this folder join it.
{{ config(materialized='table') }}

with source as (
    select * from {{ newest_records('intercom', 'conversations') }} as newest
)

select
    instance,
    conversation_id as thread_id,
    -- Before version 2.0 there was no channel; the Messenger was meant.
    coalesce(channel, 'conversation') as channel,
    contacts,
    tags,
    topics,
    custom_attributes,
    try_cast({{ json_text('conversation_rating', '$.rating') }} as bigint) as rating,
    -- This is the time at which the rating was asked for, not given.
    {{ add_seconds("cast('1970-01-01' as timestamp)", "try_cast(" ~ json_text('conversation_rating', '$.created_at') ~ " as bigint)") }}
        as rating_asked_at,
    try_cast({{ json_text('ai_agent', '$.rating') }} as bigint) as ai_rating,
    {{ json_text('ai_agent', '$.resolution_state') }} as ai_resolution,
    coalesce(updated_at, created_at) as updated_at
from source
