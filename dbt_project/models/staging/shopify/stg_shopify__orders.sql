with source as (
    select * from {{ ref('base_shopify__orders') }}
),

threads as (
    select
        instance,
        order_id,
        identifier_value as thread_id,
        row_number() over (
            partition by instance, order_id
            order by attribute_number asc nulls last, identifier_value asc nulls last
        ) as thread_rank
    from {{ ref('base_shopify__identified_notes') }}
    where identifier_type = 'thread_id'
        and identifier_value is not null
),

renamed as (
    select
        'shopify' as platform,
        source.instance,
        source.order_id,
        source.order_name,
        source.checkout_token,
        source.customer_id,
        {{ normal_email('source.email') }} as email,
        {{ normal_phone('source.phone') }} as phone,
        source.created_at as ordered_at,
        source.cancelled_at,
        source.updated_at,
        lower(source.financial_status) as financial_status,
        -- GraphQL's longer word for the CSV's and REST's.
        case
            when lower(source.fulfillment_status) = 'partially_fulfilled' then 'partial'
            else lower(source.fulfillment_status)
        end as fulfillment_status,
        source.is_test,
        upper(source.currency) as currency,
        source.subtotal,
        source.shipping,
        source.taxes as tax,
        source.discount_amount as discount,
        source.total,
        coalesce(source.refunded_amount, 0) as refunded,
        source.discount_code,
        source.payment_method,
        lower(source.channel) as channel,
        source.accepts_marketing as accepts_email,
        source.city,
        source.country,
        threads.thread_id
    from source
    left join threads
        on threads.instance = source.instance
        and threads.order_id = source.order_id
        and threads.thread_rank = 1
)

select * from renamed
