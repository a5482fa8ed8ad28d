select * from {{ rows_of_threads('int_messages__kept', 'int_threads__affected') }} as kept
