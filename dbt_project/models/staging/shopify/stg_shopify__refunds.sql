with source as (
    select * from {{ ref('base_shopify__orders') }}
),

listed as (
    select * from {{ json_elements('source', ['instance', 'order_id', 'currency'], 'refunds') }} as elements
),

renamed as (
    select
        'shopify' as platform,
        instance,
        order_id,
        position as refund_number,
        {{ json_text('element', '$.id') }} as refund_id,
        cast({{ json_text('element', '$.created_at') }} as {{ engine_type('timestamp') }}) as refunded_at,
        try_cast({{ json_text('element', '$.amount') }} as double) as amount,
        upper(currency) as currency
    from listed
)

select * from renamed
