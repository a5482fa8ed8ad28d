{{ config(materialized='table') }}

-- The days of web data that the loads since the last complete build brought or changed.
{%- set changed_loads = ref('stg_ledger__changed_loads') %}
{%- set parts = [] %}
{%- for source_name, tables in var('days', {}).items() %}
    {%- for table in tables %}
        {%- set raw = source(source_name, table) %}
        {%- set plan = var('recompute', {}).get(source_name, {}) %}
        {%- if plan.get('mode') == 'touched' %}
            {%- do parts.append((source_name, table, raw, plan['since'])) %}
        {%- endif %}
    {%- endfor %}
{%- endfor %}

select distinct
    platform,
    instance,
    partition_name,
    cast(
        substr(partition_name, 1, 4) || '-' || substr(partition_name, 5, 2) || '-' || substr(partition_name, 7, 2) as date
    ) as reporting_date
from (
    {%- for source_name, table, raw, since in parts %}
    select
        '{{ source_name }}' as platform,
        instance,
        _partition as partition_name
    from {{ raw }} as raw
    where _load > {{ since }}
    union all
    select
        '{{ source_name }}' as platform,
        raw.instance,
        raw._partition as partition_name
    from {{ raw }} as raw
    inner join {{ changed_loads }} as changed_loads
        on changed_loads.source = '{{ source_name }}'
        and changed_loads.table_name = '{{ table }}'
        and changed_loads.path = raw._source_file
        and changed_loads.load = raw._load
    union all
    {%- endfor %}
    select
        cast(null as {{ engine_type('text') }}) as platform,
        cast(null as {{ engine_type('text') }}) as instance,
        cast(null as {{ engine_type('text') }}) as partition_name
) as touched
where partition_name is not null
