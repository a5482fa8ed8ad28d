with assigned as (
    select
        experiment,
        place,
        person,
        {{ normal_email('person') }} as email,
        arm,
        assigned_at,
        problem
    from {{ source('settings', 'experiment_assignments') }}
),

identities as (
    select distinct
        customer_key,
        identifier_value
    from {{ ref('customer_identities') }}
    where customer_key is not null
        and identifier_value is not null
),

-- An e-mail is compared in its one form, everything else as it stands.
found as (
    select
        assigned.experiment,
        assigned.place,
        min(identities.customer_key) as customer_key,
        count(distinct identities.customer_key) as customer_count
    from assigned
    inner join identities
        on identities.identifier_value = coalesce(assigned.email, assigned.person)
    group by assigned.experiment, assigned.place
)

select
    {{ hash_key(['assigned.experiment', 'assigned.place']) }} as assignment_key,
    assigned.experiment,
    assigned.arm,
    case when found.customer_count = 1 then found.customer_key end as customer_key,
    assigned.assigned_at,
    case when assigned.assigned_at is not null then {{ shop_date('assigned.assigned_at') }} end as assigned_date,
    case
        when assigned.problem is not null then assigned.problem
        when found.customer_count is null then 'unknown_person'
        when found.customer_count > 1 then 'ambiguous_person'
    end as problem
from assigned
left join found
    on found.experiment = assigned.experiment
    and found.place = assigned.place
