with files as (
    select * from {{ source('ledger', 'files') }}
),

newest as (
    select
        source,
        path,
        max(sequence) as sequence
    from files
    group by source, path
)

select
    {{ hash_key(['files.source', 'files.path', 'files.table_name']) }} as file_key,
    files.source,
    files.instance,
    files.path,
    files.table_name,
    files.shape,
    files.state,
    files.reason,
    files.failed_checks,
    files.read as read_rows,
    files.loaded as loaded_rows,
    files.unchanged as unchanged_rows,
    files.quarantined as quarantined_rows,
    files.held as held_rows,
    files.newest_at,
    files.delivered_at,
    files.decided_by <> '' as is_accepted_by_hand
from files
inner join newest
    on newest.source = files.source
    and newest.path = files.path
    and newest.sequence = files.sequence
