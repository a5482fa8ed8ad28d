with owners as (
    select
        identifier_hash,
        min(customer_key) as customer_key
    from {{ ref('customer_identities') }}
    where is_owned
    group by identifier_hash
),

known as (
    select
        identity_hash,
        customer_key,
        since_at
    from {{ source('state', 'customers') }}
),

this_load as (
    select loaded_at
    from {{ ref('publication') }}
    where source = ''
),

-- Each identifier that was published under a key that no customer has any more.
moved as (
    select
        known.customer_key as old_customer_key,
        owners.customer_key as new_customer_key,
        coalesce(arrived.since_at, this_load.loaded_at) as merged_at
    from known
    inner join owners
        on owners.identifier_hash = known.identity_hash
    left join known as arrived
        on arrived.identity_hash = known.identity_hash
        and arrived.customer_key = owners.customer_key
    cross join this_load
    where not exists (
        select 1
        from {{ ref('dim_customers') }} as customers
        where customers.customer_key = known.customer_key
    )
),

heirs as (
    select
        old_customer_key,
        new_customer_key,
        min(merged_at) as merged_at,
        count(*) as identifier_count
    from moved
    group by old_customer_key, new_customer_key
),

ranked as (
    select
        old_customer_key,
        new_customer_key,
        merged_at,
        count(*) over (partition by old_customer_key) > 1 as is_split,
        row_number() over (
            partition by old_customer_key
            order by identifier_count desc nulls last, new_customer_key asc nulls last
        ) as place
    from heirs
)

select
    old_customer_key,
    new_customer_key,
    merged_at,
    is_split
from ranked
where place = 1
