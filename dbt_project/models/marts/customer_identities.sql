with entries as (
    select
        -- A strong key is its owner's wherever it was seen, a weak one belongs to who used it.
        case when strength = 'strong' then identifier_customer_key else customer_key end as customer_key,
        platform,
        instance,
        record_kind,
        record_id,
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
),

placed as (
    select
        *,
        count(*) over (
            partition by customer_key, platform, instance, record_kind, record_id
        ) as identifiers_shown
    from entries
    where customer_key is not null
),

-- What ties an identifier to the others is the first record that showed it beside another one.
ranked as (
    select
        *,
        row_number() over (
            partition by customer_key, platform, instance, identifier_type, identifier_scope, identifier_value
            order by
                case when identifiers_shown > 1 then 0 else 1 end asc nulls last, seen_at asc nulls last,
                record_kind asc nulls last, record_id asc nulls last
        ) as proof_rank
    from placed
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
    min(seen_at) as since_at,
    min(case when not is_verified then seen_at end) as unverified_at,
    max(case when proof_rank = 1 then record_kind end) as proof_kind,
    max(case when proof_rank = 1 then record_id end) as proof_record_id,
    max(case when proof_rank = 1 then seen_at end) as proof_at,
    cast(max(case when proof_rank = 1 then identifiers_shown end) as bigint) as proof_identifiers
from ranked
group by customer_key, platform, instance, identifier_type, identifier_scope, identifier_value
