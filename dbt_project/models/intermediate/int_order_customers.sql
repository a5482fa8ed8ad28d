-- One row per order of a shop: whose it is.
select
    platform,
    instance,
    record_id as order_id,
    max(customer_key) as customer_key
from {{ ref('int_customers__resolved') }}
where record_kind = 'order'
group by platform, instance, record_id
