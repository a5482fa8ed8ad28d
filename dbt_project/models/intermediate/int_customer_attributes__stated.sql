-- One row per customer, attribute and statement about it.
with people as (
    select
        customers.customer_key,
        -- A merged-away record may be out of date; the shop's own is better.
        case when merges.merged_person_id is null then 1 else 3 end as source_rank,
        coalesce(people.updated_at, people.created_at) as stated_at,
        people.platform || '|' || people.instance || '|' || people.person_id as record,
        people.email,
        people.phone,
        people.first_name,
        people.last_name,
        people.country,
        people.city,
        people.age,
        people.birth_date,
        people.gender,
        people.language
    from {{ ref('int_crm_people__unioned') }} as people
    inner join {{ ref('int_person_customers') }} as customers
        on customers.platform = people.platform
        and customers.instance = people.instance
        and customers.person_id = people.person_id
    left join (
        select distinct platform, instance, merged_person_id
        from {{ ref('int_crm_merges__unioned') }}
        where merged_person_id <> person_id
    ) as merges
        on merges.platform = people.platform
        and merges.instance = people.instance
        and merges.merged_person_id = people.person_id
),

shop_customers as (
    select
        customers.customer_key,
        2 as source_rank,
        coalesce(records.updated_at, records.created_at) as stated_at,
        records.platform || '|' || records.instance || '|' || records.customer_id as record,
        records.email,
        records.phone,
        records.first_name,
        records.last_name,
        records.country,
        records.city
    from {{ ref('int_shop_customers__unioned') }} as records
    inner join {{ ref('int_shop_customers') }} as customers
        on customers.platform = records.platform
        and customers.instance = records.instance
        and customers.customer_id = records.customer_id
),

orders as (
    select
        customers.customer_key,
        4 as source_rank,
        records.ordered_at as stated_at,
        records.platform || '|' || records.instance || '|' || records.order_id as record,
        records.email,
        records.phone,
        records.country,
        records.city
    from {{ ref('int_shop_orders__unioned') }} as records
    inner join {{ ref('int_order_customers') }} as customers
        on customers.platform = records.platform
        and customers.instance = records.instance
        and customers.order_id = records.order_id
),

threads as (
    select
        platform,
        instance,
        thread_id,
        customer_key
    from {{ ref('int_thread_customers') }}
    where customer_key is not null
        and not has_identity_conflict
),

answers as (
    select
        threads.customer_key,
        rules.attribute,
        5 as source_rank,
        events.occurred_at as stated_at,
        events.platform || '|' || events.instance || '|' || events.thread_id || '|' || events.event_id as record,
        events.value
    from {{ ref('int_chat_events__kept') }} as events
    inner join {{ source('settings', 'attribute_rules') }} as rules
        on rules.name = events.name
        and rules.kind = events.kind
        and coalesce(rules.platform, events.platform) = events.platform
    inner join threads
        on threads.platform = events.platform
        and threads.instance = events.instance
        and threads.thread_id = events.thread_id
),

spoken as (
    select
        threads.customer_key,
        'language' as attribute,
        6 as source_rank,
        messages.sent_at as stated_at,
        messages.platform || '|' || messages.instance || '|' || messages.thread_id || '|' || messages.message_id as record,
        messages.language as value
    from {{ ref('int_messages__kept') }} as messages
    inner join threads
        on threads.platform = messages.platform
        and threads.instance = messages.instance
        and threads.thread_id = messages.thread_id
    where messages.author = 'user'
),

-- What was typed in a chat, the verified values of other records before it.
contacts as (
    select
        customer_key,
        identifier_type as attribute,
        case when is_verified then 7 else 8 end as source_rank,
        seen_at as stated_at,
        record_kind || '|' || platform || '|' || instance || '|' || record_id as record,
        identifier_value as value
    from {{ ref('int_customers__resolved') }}
    where identifier_type in ('email', 'phone')
        and not has_identity_conflict
        and strength <> 'shared'
),

stated as (
    {%- for column in ['email', 'phone', 'first_name', 'last_name', 'country', 'city', 'age', 'birth_date', 'gender', 'language'] %}
    select customer_key, '{{ column }}' as attribute, source_rank, stated_at, record, cast({{ column }} as {{ engine_type('text') }}) as value
    from people
    union all
    {%- endfor %}
    {%- for column in ['email', 'phone', 'first_name', 'last_name', 'country', 'city'] %}
    select customer_key, '{{ column }}' as attribute, source_rank, stated_at, record, {{ column }} as value
    from shop_customers
    union all
    {%- endfor %}
    {%- for column in ['email', 'phone', 'country', 'city'] %}
    select customer_key, '{{ column }}' as attribute, source_rank, stated_at, record, {{ column }} as value
    from orders
    union all
    {%- endfor %}
    {%- for step in ['answers', 'spoken', 'contacts'] %}
    select customer_key, attribute, source_rank, stated_at, record, value
    from {{ step }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- A value that its column can't hold is none: age and birth date are typed in chats too.
readable as (
    select
        customer_key,
        attribute,
        source_rank,
        stated_at,
        record,
        case attribute
            when 'email' then {{ normal_email('value') }}
            when 'phone' then {{ normal_phone('value') }}
            when 'gender' then lower(trim(value))
            when 'country' then coalesce(countries.country_code, trim(value))
            when 'language' then lower({{ replace_all('trim(value)', '[-_].*$', '') }})
            when 'birth_date' then cast(try_cast(trim(value) as date) as {{ engine_type('text') }})
            when 'age' then case when try_cast(trim(value) as bigint) between 0 and 130 then trim(value) end
            else trim(value)
        end as value
    from stated
    left join {{ ref('int_countries__named') }} as countries
        on stated.attribute = 'country'
        and countries.name = lower(trim(stated.value))
)

select
    customer_key,
    attribute,
    value,
    source_rank,
    stated_at,
    record
from readable
where customer_key is not null
    and value <> ''
