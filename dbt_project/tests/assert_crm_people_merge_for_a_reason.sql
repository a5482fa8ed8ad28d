-- Two people of one CRM are one customer only where the CRM merged them or each shares a strong key with
-- another record of the customer.
with entries as (
    select
        customer_key,
        record_kind,
        platform,
        instance,
        record_id,
        identifier_type,
        identifier_scope,
        identifier_value
    from {{ ref('int_customers__resolved') }}
    where strength = 'strong'
        and identifier_customer_key = customer_key
),

people as (
    select distinct customer_key, platform, instance, record_id
    from entries
    where record_kind = 'crm_person'
),

crowded as (
    select customer_key, platform, instance
    from people
    group by customer_key, platform, instance
    having count(*) > 1
),

merged as (
    select platform, instance, person_id from {{ ref('int_crm_merges__unioned') }}
    union
    select platform, instance, merged_person_id as person_id from {{ ref('int_crm_merges__unioned') }}
),

bound as (
    select distinct mine.platform, mine.instance, mine.record_id
    from entries as mine
    inner join entries as theirs
        on theirs.customer_key = mine.customer_key
        and theirs.identifier_type = mine.identifier_type
        and theirs.identifier_scope = mine.identifier_scope
        and theirs.identifier_value = mine.identifier_value
        and (theirs.record_kind <> mine.record_kind or theirs.record_id <> mine.record_id)
    where mine.record_kind = 'crm_person'
)

select people.customer_key, people.platform, people.instance, people.record_id
from people
inner join crowded
    on crowded.customer_key = people.customer_key
    and crowded.platform = people.platform
    and crowded.instance = people.instance
left join merged
    on merged.platform = people.platform
    and merged.instance = people.instance
    and merged.person_id = people.record_id
left join bound
    on bound.platform = people.platform
    and bound.instance = people.instance
    and bound.record_id = people.record_id
where merged.person_id is null
    and bound.record_id is null
