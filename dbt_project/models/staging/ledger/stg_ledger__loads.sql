with files as (
    select * from {{ source('ledger', 'files') }}
),

forgotten as (
    select
        source,
        path,
        max(sequence) as sequence
    from files
    where state = 'forgotten'
    group by source, path
),

-- The same content read again (by a newer reader, or under another account) takes the place of what it brought before.
ranked as (
    select
        files.*,
        row_number() over (
            partition by files.source, files.path, files.table_name, files.sha256
            order by files.sequence desc nulls last
        ) as reading_rank
    from files
    left join forgotten
        on forgotten.source = files.source
        and forgotten.path = files.path
    where files.state = 'loaded'
        and (forgotten.sequence is null or files.sequence > forgotten.sequence)
)

select
    source,
    table_name,
    instance,
    path,
    load,
    loaded as row_count,
    newest_at,
    delivered_at,
    loaded_at
from ranked
where reading_rank = 1
    and loaded + unchanged > 0
