with orders as (
    select * from {{ ref('int_orders__selected') }}
),

shop_lines as (
    select
        orders.order_key,
        lines.line_number,
        lines.sku,
        lines.product_name,
        lines.quantity,
        lines.unit_price,
        lines.discount,
        orders.currency
    from {{ ref('int_shop_order_lines__unioned') }} as lines
    inner join orders
        on orders.order_source = 'shop'
        and orders.platform = lines.platform
        and orders.instance = lines.instance
        and orders.order_id = lines.order_id
),

web_lines as (
    select
        orders.order_key,
        items.item_number as line_number,
        items.item_id as sku,
        items.item_name as product_name,
        items.quantity,
        items.price as unit_price,
        cast(null as double) as discount,
        orders.currency
    from {{ ref('int_web_items__unioned') }} as items
    inner join {{ ref('int_web_events__keyed') }} as events
        on events.platform = items.platform
        and events.instance = items.instance
        and events.event_id = items.event_id
    inner join orders
        on orders.order_source = 'web'
        and orders.web_event_key = events.web_event_key
),

all_lines as (
    select * from shop_lines
    union all
    select * from web_lines
)

select
    {{ hash_key(['order_key', 'line_number']) }} as order_line_key,
    order_key,
    line_number,
    sku,
    product_name,
    case when trim(coalesce(product_name, '')) <> '' then {{ hash_key([product_words('product_name')]) }} end as product_key,
    quantity,
    unit_price,
    discount,
    currency
from all_lines
