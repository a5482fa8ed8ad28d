{{ config(materialized='table') }}

-- The parameters of all events, parsed once for everything below.
with source as (
    select * from {{ newest_partitions('ga4', 'events') }} as newest
),

numbered as (
    select
        instance,
        _partition,
        _record_key,
        name,
        value,
        row_number() over (
            partition by instance, _partition, _record_key, name
            order by position asc nulls last
        ) as name_rank
    from {{ parameter_rows('source', ['instance', '_partition', '_record_key'], 'event_params') }} as elements
    where name is not null
)

select
    instance,
    {{ ga4_date('_partition') }} as reporting_date,
    _record_key as event_id,
    name,
    value
from numbered
where name_rank = 1
