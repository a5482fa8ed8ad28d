-- Only the first row of an order holds its values; the further ones repeat some and leave the rest empty.
select
    instance,
    order_id,
    max(name) as order_name,
    max(email) as email,
    coalesce(max(phone), max(billing_phone), max(shipping_phone)) as phone,
    -- Imported orders keep the time of the purchase there.
    coalesce(max(told_processed_at), min(created_at)) as created_at,
    max(told_customer_id) as customer_id,
    max(told_checkout_token) as checkout_token,
    max(cancelled_at) as cancelled_at,
    max(_version) as updated_at,
    max(financial_status) as financial_status,
    max(fulfillment_status) as fulfillment_status,
    max(case when told_is_test then 1 else 0 end) = 1 as is_test,
    max(currency) as currency,
    max(subtotal) as subtotal,
    max(shipping) as shipping,
    max(taxes) as taxes,
    max(discount_amount) as discount_amount,
    max(total) as total,
    max(refunded_amount) as refunded_amount,
    max(discount_code) as discount_code,
    max(payment_method) as payment_method,
    max(source) as channel,
    max(case when line_number = 1 then accepts_marketing end) as accepts_marketing,
    coalesce(max(shipping_city), max(billing_city)) as city,
    coalesce(max(shipping_country), max(billing_country)) as country,
    max(note_attributes) as note_attributes,
    max(tags) as tags,
    max(told_refunds) as refunds
from {{ ref('base_shopify__order_rows') }}
group by instance, order_id
