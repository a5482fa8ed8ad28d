{{ kept_by_thread('stg_ledger__touched_threads') }}

{{ union_platforms('chat', 'identifiers') }}
