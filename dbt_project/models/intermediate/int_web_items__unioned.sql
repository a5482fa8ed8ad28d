{{ kept_by_day('stg_ledger__touched_days') }}

{{ union_platforms('web', 'items') }}
