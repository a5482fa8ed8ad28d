-- Of the aggregated reports what can be compared: totals, and rows of a day, of one dimension, or of both.
with reports as (
    select * from {{ ref('stg_ga4__reports') }}
),

entries as (
    select
        instance,
        file,
        table_number,
        table_row,
        metric,
        lower({{ replace_all('name', '[^A-Za-z]', '') }}) as dimension,
        value as dimension_value
    from {{ json_entries('reports', ['instance', 'file', 'table_number', 'table_row', 'metric'], 'dimensions') }} as entries
    where name is not null
),

-- A row of a day is a figure of that day, whatever else it is a part by. "Nth day" counts from the first of the report.
parts as (
    select
        instance,
        file,
        table_number,
        table_row,
        metric,
        max(case when dimension = 'date' then dimension_value end) as date_text,
        max(case when dimension = 'nthday' then try_cast(dimension_value as bigint) end) as nth_day,
        sum(case when dimension in ('date', 'nthday') then 0 else 1 end) as dimension_count,
        min(case when dimension not in ('date', 'nthday') then dimension end) as dimension,
        min(case when dimension not in ('date', 'nthday') then dimension_value end) as dimension_value
    from entries
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
        case when reports.is_total then '' else coalesce(parts.dimension, '') end as dimension,
        case when reports.is_total then '' else coalesce(parts.dimension_value, '') end as dimension_value,
        case when reports.is_total then 0 else coalesce(parts.dimension_count, 0) end as dimension_count,
        case
            when reports.is_total then null
            when length(parts.date_text) = 8 then try_cast(
                substr(parts.date_text, 1, 4) || '-' || substr(parts.date_text, 5, 2) || '-' || substr(parts.date_text, 7, 2)
                as date
            )
            when parts.nth_day is not null
                then cast({{ add_seconds('reports.start_date', '86400 * parts.nth_day') }} as date)
        end as day
    from reports
    left join parts
        on parts.instance = reports.instance
        and parts.file = reports.file
        and parts.table_number = reports.table_number
        and parts.table_row = reports.table_row
        and parts.metric = reports.metric
    where reports.value is not null
),

spanned as (
    select
        platform,
        instance,
        metric,
        dimension,
        dimension_value,
        coalesce(day, start_date) as from_date,
        coalesce(day, end_date) as to_date,
        value,
        file,
        table_number,
        table_row
    from joined
    where dimension_count <= 1
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
