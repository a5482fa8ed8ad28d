select * from {{ rows_of_threads('int_chat_events__kept', 'int_threads__affected') }} as kept
