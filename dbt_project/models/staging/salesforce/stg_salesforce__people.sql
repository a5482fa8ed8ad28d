{%- set filled = [
    'first_name', 'last_name', 'email', 'phone', 'company', 'city', 'region', 'country', 'birth_date', 'gender', 'lead_source',
] -%}
with records as (
    select
        persons.person_id,
        persons.standing,
        records.instance,
        records.record_id,
        records.record_type,
        records.first_name,
        records.last_name,
        {{ normal_email('records.email') }} as email,
        coalesce(
            {{ normal_phone('records.mobile_phone') }}, {{ normal_phone('records.phone') }},
            {{ normal_phone('records.home_phone') }}, {{ normal_phone('records.other_phone') }}
        ) as phone,
        records.company,
        records.city,
        records.region,
        records.country,
        records.birth_date,
        records.gender,
        records.lead_source,
        records.has_opted_out_of_email,
        records.created_at,
        records.updated_at
    from {{ ref('base_salesforce__persons') }} as persons
    inner join {{ ref('base_salesforce__records') }} as records
        on records.instance = persons.instance
        and records.record_id = persons.record_id
    where persons.is_live
),

-- One person may be a contact, an account and a lead: the contact tells first, the others fill its gaps.
completed as (
    select
        instance,
        person_id,
        record_id,
        record_type,
        {%- for column in filled %}
        first_value({{ column }} ignore nulls) over (
            partition by instance, person_id
            order by standing asc nulls last, updated_at desc nulls last, record_id asc nulls last
            rows between unbounded preceding and unbounded following
        ) as {{ column }},
        {%- endfor %}
        max(case when has_opted_out_of_email then 1 else 0 end) over (partition by instance, person_id) = 1 as is_opted_out,
        min(created_at) over (partition by instance, person_id) as created_at,
        max(updated_at) over (partition by instance, person_id) as updated_at,
        row_number() over (
            partition by instance, person_id
            order by standing asc nulls last, updated_at desc nulls last, record_id asc nulls last
        ) as place
    from records
)

select
    'salesforce' as platform,
    instance,
    person_id,
    email,
    phone,
    first_name,
    last_name,
    company,
    city,
    region,
    country,
    birth_date,
    cast(null as {{ engine_type('bigint') }}) as age,
    lower(gender) as gender,
    cast(null as {{ engine_type('text') }}) as language,
    case when record_type = 'lead' and record_id = person_id then 'lead' else 'contact' end as lifecycle_stage,
    lower(lead_source) as acquisition_source,
    -- The box is empty until somebody ticks it: that is no consent.
    case when is_opted_out then false end as accepts_email,
    cast(null as {{ engine_type('bigint') }}) as order_count,
    created_at,
    updated_at
from completed
where place = 1
