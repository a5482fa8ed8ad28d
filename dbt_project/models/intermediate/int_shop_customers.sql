-- One row per customer record of a shop: whose it is.
select
    platform,
    instance,
    record_id as customer_id,
    max(customer_key) as customer_key
from {{ ref('int_customers__resolved') }}
where record_kind = 'shop_customer'
group by platform, instance, record_id
