with source as (
    select * from {{ ref('base_shopify__order_rows') }}
),

-- A CSV has a row per line, the API all lines of an order in one list.
listed as (
    select * from {{ json_elements('source', ['instance', 'order_id'], 'line_items') }} as elements
),

renamed as (
    select
        'shopify' as platform,
        instance,
        order_id,
        line_number,
        lineitem_sku as sku,
        lineitem_name as product_name,
        lineitem_quantity as quantity,
        lineitem_price as unit_price,
        lineitem_discount as discount
    from source
    where line_items is null
        and (lineitem_name is not null or lineitem_quantity is not null)
    union all
    select
        'shopify' as platform,
        instance,
        order_id,
        position as line_number,
        nullif({{ json_text('element', '$.sku') }}, '') as sku,
        coalesce({{ json_text('element', '$.name') }}, {{ json_text('element', '$.title') }}) as product_name,
        try_cast({{ json_text('element', '$.quantity') }} as double) as quantity,
        try_cast({{ json_text('element', '$.price') }} as double) as unit_price,
        try_cast({{ json_text('element', '$.total_discount') }} as double) as discount
    from listed
)

select * from renamed
