-- One row per thread: whose it is, and the platform's lasting id of its user.
with lasting_ids as (
    select
        platform,
        instance,
        record_id,
        identifier_value,
        row_number() over (
            partition by platform, instance, record_id
            order by seen_at asc nulls last, identifier_value asc nulls last
        ) as place
    from {{ ref('int_customers__resolved') }}
    where record_kind = 'thread'
        and identifier_type = 'platform_user_id'
),

threads as (
    select
        platform,
        instance,
        record_id,
        max(customer_key) as customer_key,
        max(has_identity_conflict) as has_identity_conflict
    from {{ ref('int_customers__resolved') }}
    where record_kind = 'thread'
    group by platform, instance, record_id
)

select
    threads.platform,
    threads.instance,
    threads.record_id as thread_id,
    threads.customer_key,
    threads.has_identity_conflict,
    lasting_ids.identifier_value as lasting_user_id
from threads
left join lasting_ids
    on lasting_ids.platform = threads.platform
    and lasting_ids.instance = threads.instance
    and lasting_ids.record_id = threads.record_id
    and lasting_ids.place = 1
