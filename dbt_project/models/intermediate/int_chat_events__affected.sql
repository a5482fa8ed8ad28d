select * from {{ rows_affected('int_chat_events__attached', 'int_chat_events__kept') }} as rows_affected
