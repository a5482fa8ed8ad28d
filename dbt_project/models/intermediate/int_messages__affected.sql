select * from {{ rows_affected('int_messages__cut', 'int_messages__kept') }} as rows_affected
