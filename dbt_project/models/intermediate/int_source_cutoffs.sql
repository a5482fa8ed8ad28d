-- What "now" means for each source: no model reads the clock.
with loads as (
    select
        source,
        instance,
        max(newest_at) as cutoff_at
    from {{ ref('stg_ledger__loads') }}
    group by source, instance
),

deliveries as (
    select
        source,
        instance,
        max(loaded_at) as loaded_at
    from {{ source('ledger', 'files') }}
    where state = 'loaded'
        and loaded + unchanged > 0
    group by source, instance
)

select
    loads.source,
    loads.instance,
    loads.cutoff_at,
    deliveries.loaded_at
from loads
left join deliveries
    on deliveries.source = loads.source
    and deliveries.instance = loads.instance
