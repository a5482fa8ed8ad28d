{{ config(materialized='table') }}

-- The threads of which the loads since the last complete build say anything, under every id that staging may give them.
{%- set changed_loads = ref('stg_ledger__changed_loads') %}
{%- set parts = [] %}
{%- for source_name, tables in var('threads', {}).items() %}
    {%- for table, ids in tables.items() %}
        {%- set raw = source(source_name, table) %}
        {%- set plan = var('recompute', {}).get(source_name, {}) %}
        {%- if plan.get('mode') == 'touched' %}
            {%- for id in ids %}
                {%- do parts.append((source_name, table, raw, id, plan['since'])) %}
            {%- endfor %}
        {%- endif %}
    {%- endfor %}
{%- endfor %}

select distinct
    platform,
    instance,
    thread_id
from (
    {%- for source_name, table, raw, id, since in parts %}
    select
        '{{ source_name }}' as platform,
        instance,
        {{ id }} as thread_id
    from {{ raw }} as raw
    where _load > {{ since }}
    union all
    select
        '{{ source_name }}' as platform,
        instance,
        {{ id }} as thread_id
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
        cast(null as {{ engine_type('text') }}) as thread_id
) as touched
where thread_id is not null
