-- One row per CRM person, merged-away ones too: whose record it is.
select
    platform,
    instance,
    record_id as person_id,
    max(customer_key) as customer_key
from {{ ref('int_customers__resolved') }}
where record_kind = 'crm_person'
group by platform, instance, record_id
