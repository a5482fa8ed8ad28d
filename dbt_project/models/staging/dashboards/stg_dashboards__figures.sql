with source as (
    select * from {{ newest_records('dashboards', 'figures') }} as newest
),

renamed as (
    select
        platform,
        instance,
        metric,
        coalesce(dimension, '') as dimension,
        coalesce(dimension_value, '') as dimension_value,
        from_date,
        to_date,
        value,
        _source_file as file
    from source
)

select * from renamed
