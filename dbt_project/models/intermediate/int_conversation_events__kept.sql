{{ kept_by_thread('int_threads__affected') }}

select * from {{ ref('int_conversation_events__collected') }}
