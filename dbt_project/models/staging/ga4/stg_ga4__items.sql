with source as (
    select
        instance,
        event_id,
        {{ ga4_date('event_date') }} as reporting_date,
        items
    from {{ ref('base_ga4__events') }}
),

elements as (
    select * from {{ json_elements('source', ['instance', 'event_id', 'reporting_date'], 'items') }} as elements
),

renamed as (
    select
        'ga4' as platform,
        instance,
        event_id,
        reporting_date,
        position as item_number,
        {{ absent_to_null(json_text('element', '$.item_id')) }} as item_id,
        {{ absent_to_null(json_text('element', '$.item_name')) }} as item_name,
        {{ absent_to_null(json_text('element', '$.item_category')) }} as category,
        try_cast({{ json_text('element', '$.price') }} as double) as price,
        try_cast({{ json_text('element', '$.quantity') }} as double) as quantity
    from elements
)

select * from renamed
