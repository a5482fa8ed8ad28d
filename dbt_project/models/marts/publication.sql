{%- set version = var('publication_version', '') -%}
with declared as (
    select distinct
        source,
        instance
    from {{ source('settings', 'sources') }}
    union
    select
        source,
        instance
    from {{ ref('int_source_cutoffs') }}
),

reached as (
    select
        declared.source,
        declared.instance,
        cutoffs.cutoff_at,
        cutoffs.loaded_at
    from declared
    left join {{ ref('int_source_cutoffs') }} as cutoffs
        on cutoffs.source = declared.source
        and cutoffs.instance = declared.instance
    union all
    select
        '' as source,
        '' as instance,
        max(cutoff_at) as cutoff_at,
        max(loaded_at) as loaded_at
    from {{ ref('int_source_cutoffs') }}
)

select
    {{ hash_key(['source', 'instance']) }} as publication_key,
    cast({{ version if version else 'null' }} as bigint) as version,
    '{{ var('run_id', '') }}' as run_id,
    source,
    instance,
    cutoff_at,
    loaded_at,
    '{{ var('settings_hash', '') }}' as settings_hash
from reached
