{%- set kept = [
    'instance', '_source_file', 'report', 'section', 'property', 'start_date', 'end_date', 'table_number',
    'table_row', 'is_total', 'dimensions',
] -%}

with source as (
    select * from {{ newest_files('ga4', 'reports') }} as newest
),

measured as (
    select * from {{ json_entries('source', kept, 'metrics') }} as entries
),

renamed as (
    select
        'ga4' as platform,
        instance,
        _source_file as file,
        report,
        section,
        property,
        start_date,
        end_date,
        table_number,
        table_row,
        is_total,
        dimensions,
        name as metric,
        try_cast(replace(value, ',', '') as double) as value
    from measured
)

select * from renamed
