{{ config(materialized='table') }}

-- Older rows whose standing the loads since the last complete build changed: of a file taken out, and of content that
-- was read again. What such loads brought themselves is told by its own load.
{%- set files = source('ledger', 'files') %}

with files as (
    select
        files.*,
        since.load as since_load
    from {{ files }} as files
    inner join (
        {%- for source, plan in var('recompute', {}).items() %}
        select '{{ source }}' as source, {{ plan['since'] }} as load
        {{ "union all" if not loop.last }}
        {%- endfor %}
        {%- if not is_partial() %}
        select '' as source, 0 as load
        where 1 = 0
        {%- endif %}
    ) as since
        on since.source = files.source
),

forgotten as (
    select distinct source, path
    from files
    where state = 'forgotten'
        and sequence > since_load
),

read_again as (
    select distinct source, path, table_name, sha256
    from files
    where state = 'loaded'
        and load = sequence
        and sequence > since_load
)

select distinct
    files.source,
    files.table_name,
    files.path,
    files.load
from files
left join forgotten
    on forgotten.source = files.source
    and forgotten.path = files.path
left join read_again
    on read_again.source = files.source
    and read_again.path = files.path
    and read_again.table_name = files.table_name
    and read_again.sha256 = files.sha256
where files.state = 'loaded'
    and files.load <= files.since_load
    and (forgotten.path is not null or read_again.path is not null)
