-- CRM people and shop customers are customers; so is whoever gave any identifier in a chat or order.
select
    record_kind,
    platform,
    instance,
    record_id
from {{ ref('int_customers__resolved') }}
where record_kind in ('thread', 'order', 'crm_person', 'shop_customer')
group by record_kind, platform, instance, record_id
having max(customer_key) is null
    and max(
        case
            when record_kind in ('crm_person', 'shop_customer') then 1
            when strength <> 'shared' and identifier_type in ('email', 'phone', 'user_id', 'crm_id', 'platform_user_id') then 1
            else 0
        end
    ) = 1
