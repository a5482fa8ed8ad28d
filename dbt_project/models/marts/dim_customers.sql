with customers as (
    select
        customer_key,
        min(seen_at) as first_seen_at,
        max(seen_at) as last_seen_at,
        max(case when record_kind = 'thread' then 1 else 0 end) = 1 as is_in_chat,
        max(case when record_kind = 'crm_person' then 1 else 0 end) = 1 as is_in_crm,
        max(case when record_kind in ('shop_customer', 'order') then 1 else 0 end) = 1 as is_in_shop,
        max(case when strength = 'strong' and identifier_customer_key = customer_key then 1 else 0 end) = 1 as has_strong_key
    from {{ ref('int_customers__resolved') }}
    where customer_key is not null
    group by customer_key
),

activity as (
    select
        customer_key,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at
    from {{ ref('customer_timeline') }}
    group by customer_key
),

attributes as (
    select
        customer_key,
        {%- for attribute in ['email', 'phone', 'first_name', 'last_name', 'country', 'city', 'age', 'birth_date', 'gender', 'language'] %}
        max(case when attribute = '{{ attribute }}' then value end) as {{ attribute }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref('int_customer_attributes__chosen') }}
    group by customer_key
),

consents as (
    select
        customers.customer_key,
        people.accepts_email,
        cast(null as {{ engine_type('boolean') }}) as accepts_sms,
        people.order_count as crm_order_count,
        cast(null as {{ engine_type('bigint') }}) as shop_order_count
    from {{ ref('int_crm_people__unioned') }} as people
    inner join {{ ref('int_person_customers') }} as customers
        on customers.platform = people.platform
        and customers.instance = people.instance
        and customers.person_id = people.person_id
    union all
    select
        customers.customer_key,
        records.accepts_email,
        records.accepts_sms,
        cast(null as {{ engine_type('bigint') }}) as crm_order_count,
        records.order_count as shop_order_count
    from {{ ref('int_shop_customers__unioned') }} as records
    inner join {{ ref('int_shop_customers') }} as customers
        on customers.platform = records.platform
        and customers.instance = records.instance
        and customers.customer_id = records.customer_id
),

-- Consent given in one system and refused in another is refused. The CRM's merged records repeat an
-- order count, the shop's accounts add up.
records as (
    select
        customer_key,
        min(case accepts_email when true then 1 when false then 0 end) = 1 as accepts_email,
        min(case accepts_sms when true then 1 when false then 0 end) = 1 as accepts_sms,
        max(crm_order_count) as crm_order_count,
        cast(sum(shop_order_count) as {{ engine_type('bigint') }}) as shop_order_count
    from consents
    group by customer_key
)

select
    customers.customer_key,
    coalesce(least(customers.first_seen_at, activity.first_seen_at), customers.first_seen_at, activity.first_seen_at) as first_seen_at,
    coalesce(greatest(customers.last_seen_at, activity.last_seen_at), customers.last_seen_at, activity.last_seen_at) as last_seen_at,
    customers.is_in_chat,
    customers.is_in_crm,
    customers.is_in_shop,
    not (customers.has_strong_key or customers.is_in_crm or customers.is_in_shop) as is_anonymous,
    attributes.email,
    attributes.phone,
    attributes.first_name,
    attributes.last_name,
    attributes.country,
    attributes.city,
    cast(attributes.age as {{ engine_type('bigint') }}) as age,
    cast(attributes.birth_date as {{ engine_type('date') }}) as birth_date,
    attributes.gender,
    attributes.language,
    records.accepts_email,
    records.accepts_sms,
    records.crm_order_count,
    records.shop_order_count
from customers
left join activity on activity.customer_key = customers.customer_key
left join attributes on attributes.customer_key = customers.customer_key
left join records on records.customer_key = customers.customer_key
