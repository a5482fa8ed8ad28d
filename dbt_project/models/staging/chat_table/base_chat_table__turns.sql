{{ config(materialized='table') }}

-- One row per turn or message of the export, with what repeats on every row of a conversation told apart.
with source as (
    select * from {{ newest_records('chat_table', 'turns') }} as newest
),

renamed as (
    select
        instance,
        thread_id,
        _record_key as turn_key,
        message_id as vendor_message_id,
        nullif(trim(user_text), '') as user_text,
        nullif(trim(bot_text), '') as bot_text,
        author,
        nullif(trim(text), '') as text,
        intent,
        trim(rating) as rating,
        user_id,
        email,
        phone,
        language,
        channel,
        is_fallback,
        resolution_seconds,
        _source_row as sequence,
        sent_at
    from source
)

select
    *,
    -- Exports repeat a conversation's rating and duration on each of its rows: only a new one counts.
    lag(rating) over (
        partition by instance, thread_id, rating is null
        order by sent_at asc nulls last, sequence asc nulls last, turn_key asc nulls last
    ) as previous_rating,
    lag(resolution_seconds) over (
        partition by instance, thread_id, resolution_seconds is null
        order by sent_at asc nulls last, sequence asc nulls last, turn_key asc nulls last
    ) as previous_resolution_seconds,
    max(try_cast(rating as double)) over (partition by instance) as highest_rating
from renamed
