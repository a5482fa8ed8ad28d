-- One row per statement of a record about an identifier of its person. The scope is the system in which the
-- identifier counts: empty for those that count everywhere, null where the record doesn't say which system.
with chat_identifiers as (
    select
        'thread' as record_kind,
        platform,
        instance,
        thread_id as record_id,
        identifier_type,
        identifier_value,
        seen_at,
        is_verified
    from {{ ref('int_chat_identifiers__unioned') }}
),

threads as (
    select
        thread_id,
        min(platform) as platform,
        min(instance) as instance
    from (
        select distinct platform, instance, record_id as thread_id
        from chat_identifiers
    ) as ids
    group by thread_id
    having count(*) = 1
),

-- The device on which a chat was held, where the web events name the chat; a name that many devices
-- send (a shared sender) says nothing.
chat_devices as (
    select
        'thread' as record_kind,
        threads.platform,
        threads.instance,
        threads.thread_id as record_id,
        'ga_client_id' as identifier_type,
        min(events.client_id) as identifier_value,
        min(events.occurred_at) as seen_at,
        false as is_verified
    from {{ ref('int_web_events__keyed') }} as events
    inner join threads
        on threads.thread_id = events.conversation_id
    where events.client_id is not null
    group by threads.platform, threads.instance, threads.thread_id
    having count(distinct events.client_id) = 1
),

crm_people as (
    select
        platform,
        instance,
        person_id,
        email,
        phone,
        created_at
    from {{ ref('int_crm_people__unioned') }}
),

crm_ids as (
    select platform, instance, person_id, created_at as seen_at from crm_people
    union all
    select platform, instance, person_id, merged_at as seen_at from {{ ref('int_crm_merges__unioned') }}
    union all
    select platform, instance, merged_person_id as person_id, merged_at as seen_at from {{ ref('int_crm_merges__unioned') }}
    union all
    select platform, instance, person_id, seen_at from {{ ref('int_crm_identifiers__unioned') }}
),

crm_identifiers as (
    select platform, instance, person_id, 'crm_id' as identifier_type, person_id as identifier_value, seen_at, true as is_verified
    from crm_ids
    union all
    select platform, instance, person_id, 'email' as identifier_type, {{ normal_email('email') }} as identifier_value, created_at as seen_at, true as is_verified
    from crm_people
    union all
    select platform, instance, person_id, 'phone' as identifier_type, {{ normal_phone('phone') }} as identifier_value, created_at as seen_at, true as is_verified
    from crm_people
    union all
    select platform, instance, person_id, identifier_type, identifier_value, seen_at, is_verified
    from {{ ref('int_crm_identifiers__unioned') }}
),

shop_customers as (
    select
        platform,
        instance,
        customer_id,
        email,
        phone,
        created_at
    from {{ ref('int_shop_customers__unioned') }}
),

orders as (
    select
        platform,
        instance,
        order_id,
        customer_id,
        email,
        phone,
        thread_id,
        ordered_at
    from {{ ref('int_shop_orders__unioned') }}
),

shop_identifiers as (
    select 'shop_customer' as record_kind, platform, instance, customer_id as record_id, 'shop_customer_id' as identifier_type, customer_id as identifier_value, created_at as seen_at, true as is_verified
    from shop_customers
    union all
    select 'shop_customer' as record_kind, platform, instance, customer_id as record_id, 'email' as identifier_type, {{ normal_email('email') }} as identifier_value, created_at as seen_at, true as is_verified
    from shop_customers
    union all
    select 'shop_customer' as record_kind, platform, instance, customer_id as record_id, 'phone' as identifier_type, {{ normal_phone('phone') }} as identifier_value, created_at as seen_at, true as is_verified
    from shop_customers
    union all
    select 'order' as record_kind, platform, instance, order_id as record_id, 'order_id' as identifier_type, order_id as identifier_value, ordered_at as seen_at, true as is_verified
    from orders
    union all
    select 'order' as record_kind, platform, instance, order_id as record_id, 'shop_customer_id' as identifier_type, customer_id as identifier_value, ordered_at as seen_at, true as is_verified
    from orders
    union all
    select 'order' as record_kind, platform, instance, order_id as record_id, 'email' as identifier_type, {{ normal_email('email') }} as identifier_value, ordered_at as seen_at, true as is_verified
    from orders
    union all
    select 'order' as record_kind, platform, instance, order_id as record_id, 'phone' as identifier_type, {{ normal_phone('phone') }} as identifier_value, ordered_at as seen_at, true as is_verified
    from orders
    union all
    select 'order' as record_kind, platform, instance, order_id as record_id, 'thread_id' as identifier_type, thread_id as identifier_value, ordered_at as seen_at, true as is_verified
    from orders
    union all
    select
        case when record_type = 'order' then 'order' else 'shop_customer' end as record_kind,
        platform,
        instance,
        record_id,
        case when identifier_type = 'customer_id' then 'shop_customer_id' else identifier_type end as identifier_type,
        identifier_value,
        seen_at,
        is_verified
    from {{ ref('int_shop_identifiers__unioned') }}
),

web_users as (
    select
        platform,
        instance,
        client_id,
        user_id,
        min(occurred_at) as seen_at
    from {{ ref('int_web_events__keyed') }}
    where client_id is not null
        or user_id is not null
    group by platform, instance, client_id, user_id
),

logins as (
    select
        platform,
        instance,
        coalesce(client_id, '') || '|' || user_id as record_id,
        client_id,
        user_id,
        seen_at
    from web_users
    where user_id is not null
),

web_identifiers as (
    select 'web_login' as record_kind, platform, instance, record_id, 'user_id' as identifier_type, user_id as identifier_value, seen_at, true as is_verified
    from logins
    union all
    select 'web_login' as record_kind, platform, instance, record_id, 'ga_client_id' as identifier_type, client_id as identifier_value, seen_at, true as is_verified
    from logins
    union all
    select 'web_client' as record_kind, platform, instance, client_id as record_id, 'ga_client_id' as identifier_type, client_id as identifier_value, seen_at, true as is_verified
    from web_users
),

unioned as (
    select record_kind, platform, instance, record_id, identifier_type, identifier_value, seen_at, is_verified
    from chat_identifiers
    union all
    select record_kind, platform, instance, record_id, identifier_type, identifier_value, seen_at, is_verified
    from chat_devices
    union all
    select 'crm_person' as record_kind, platform, instance, person_id as record_id, identifier_type, identifier_value, seen_at, is_verified
    from crm_identifiers
    union all
    select record_kind, platform, instance, record_id, identifier_type, identifier_value, seen_at, is_verified
    from shop_identifiers
    union all
    select record_kind, platform, instance, record_id, identifier_type, identifier_value, seen_at, is_verified
    from web_identifiers
)

select
    record_kind,
    platform,
    instance,
    record_id,
    identifier_type,
    case
        when identifier_type not in ('crm_id', 'shop_customer_id', 'order_id', 'platform_user_id', 'thread_id') then ''
        when (identifier_type in ('platform_user_id', 'thread_id') and record_kind = 'thread')
            or (identifier_type = 'crm_id' and record_kind = 'crm_person')
            or (identifier_type in ('shop_customer_id', 'order_id') and record_kind in ('shop_customer', 'order'))
            then platform || '|' || instance
    end as identifier_scope,
    identifier_value,
    seen_at,
    coalesce(is_verified, false) as is_verified
from unioned
where record_id is not null
    and identifier_value is not null
    and trim(identifier_value) <> ''
