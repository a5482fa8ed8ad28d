-- Of the aggregated reports what can be compared: totals, and rows of a single dimension.
with reports as (
    select * from {{ ref('stg_ga4__reports') }}
),

parts as (
    select
        instance,
        file,
        table_number,
        table_row,
        metric,
        count(*) as dimension_count,
        min(lower({{ replace_all('name', '[^A-Za-z]', '') }})) as dimension,
        min(value) as dimension_value
    from {{ json_entries('reports', ['instance', 'file', 'table_number', 'table_row', 'metric'], 'dimensions') }} as entries
    where name is not null
    group by instance, file, table_number, table_row, metric
),

joined as (
    select
        reports.platform,
        reports.instance,
        reports.file,
        reports.table_number,
        reports.table_row,
        reports.value,
        reports.start_date,
        reports.end_date,
        lower({{ replace_all('reports.metric', '[^A-Za-z]', '') }}) as metric,
        case when reports.is_total or parts.dimension_count is null then '' else parts.dimension end as dimension,
        case when reports.is_total or parts.dimension_count is null then '' else parts.dimension_value end as dimension_value,
        case when reports.is_total then 0 else coalesce(parts.dimension_count, 0) end as dimension_count
    from reports
    left join parts
        on parts.instance = reports.instance
        and parts.file = reports.file
        and parts.table_number = reports.table_number
        and parts.table_row = reports.table_row
        and parts.metric = reports.metric
),

-- A row of a single day is a total of that day. "Nth day" counts from the first day of the report.
dated as (
    select
        joined.*,
        case
            when dimension = 'date' and length(dimension_value) = 8 then try_cast(
                substr(dimension_value, 1, 4) || '-' || substr(dimension_value, 5, 2) || '-' || substr(dimension_value, 7, 2)
                as date
            )
            when dimension = 'nthday' then cast({{ add_seconds('start_date', "86400 * try_cast(dimension_value as bigint)") }} as date)
        end as day
    from joined
    where dimension_count <= 1
        and value is not null
),

spanned as (
    select
        platform,
        instance,
        metric,
        case when day is null then dimension else '' end as dimension,
        case when day is null then dimension_value else '' end as dimension_value,
        coalesce(day, start_date) as from_date,
        coalesce(day, end_date) as to_date,
        value,
        file,
        table_number,
        table_row
    from dated
),

-- One report may tell a figure in several tables: once is enough.
ranked as (
    select
        spanned.*,
        row_number() over (
            partition by platform, instance, metric, dimension, dimension_value, from_date, to_date
            order by file desc nulls last, table_number asc nulls last, table_row asc nulls last
        ) as place
    from spanned
    where from_date is not null
        and to_date is not null
)

select
    platform,
    instance,
    metric,
    dimension,
    dimension_value,
    from_date,
    to_date,
    value,
    file
from ranked
where place = 1
