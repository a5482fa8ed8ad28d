with source as (
    select * from {{ ref('base_shopify__order_rows') }}
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
    where lineitem_name is not null
        or lineitem_quantity is not null
)

select * from renamed
