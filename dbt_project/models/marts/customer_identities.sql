with entries as (
    select
        -- A strong key is its owner's wherever it was seen, a weak one belongs to who used it.
        case when strength = 'strong' then identifier_customer_key else customer_key end as customer_key,
        platform,
        instance,
        identifier_type,
        identifier_scope,
        identifier_value,
        strength as rule,
        is_verified,
        is_owned,
        score,
        seen_at
    from {{ ref('int_customers__resolved') }}
    where strength in ('strong', 'weak')
        and identifier_type <> 'order_id'
)

select
    {{ hash_key(['customer_key', 'platform', 'instance', 'identifier_type', 'identifier_scope', 'identifier_value']) }} as identity_key,
    customer_key,
    platform,
    instance,
    identifier_type,
    identifier_value,
    {{ hash_key(['identifier_type', 'identifier_scope', 'identifier_value']) }} as identifier_hash,
    case when max(score) is not null then 'probable' else min(rule) end as rule,
    max(score) as score,
    max(is_verified) as is_verified,
    max(is_owned) as is_owned,
    min(seen_at) as since_at
from entries
where customer_key is not null
group by customer_key, platform, instance, identifier_type, identifier_scope, identifier_value
