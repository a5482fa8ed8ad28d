{{ kept_by_thread('stg_ledger__touched_threads') }}

select * from {{ ref('int_messages__cut') }}
