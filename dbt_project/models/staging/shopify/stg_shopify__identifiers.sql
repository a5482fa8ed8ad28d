with orders as (
    select * from {{ ref('stg_shopify__orders') }}
),

customers as (
    select * from {{ ref('stg_shopify__customers') }}
),

found as (
    select
        instance,
        'order' as record_type,
        order_id as record_id,
        'email' as identifier_type,
        email as identifier_value,
        ordered_at as seen_at
    from orders
    union all
    select
        instance,
        'order' as record_type,
        order_id as record_id,
        'phone' as identifier_type,
        phone as identifier_value,
        ordered_at as seen_at
    from orders
    union all
    select
        instance,
        'order' as record_type,
        order_id as record_id,
        identifier_type,
        identifier_value,
        created_at as seen_at
    from {{ ref('base_shopify__identified_notes') }}
    union all
    select
        instance,
        'customer' as record_type,
        customer_id as record_id,
        'email' as identifier_type,
        email as identifier_value,
        created_at as seen_at
    from customers
    union all
    select
        instance,
        'customer' as record_type,
        customer_id as record_id,
        'phone' as identifier_type,
        phone as identifier_value,
        created_at as seen_at
    from customers
)

select
    'shopify' as platform,
    instance,
    record_type,
    record_id,
    identifier_type,
    identifier_value,
    min(seen_at) as seen_at,
    true as is_verified
from found
where identifier_value is not null
group by instance, record_type, record_id, identifier_type, identifier_value
