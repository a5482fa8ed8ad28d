-- One row per web session: its own login's customer; without a login, its device's.
with sessions as (
    select
        platform,
        instance,
        web_session_id,
        client_id,
        user_id
    from {{ ref('int_web_events__keyed') }}
    where web_session_id is not null
    group by platform, instance, web_session_id, client_id, user_id
),

logins as (
    select
        identifier_value as user_id,
        max(identifier_customer_key) as customer_key
    from {{ ref('int_customers__resolved') }}
    where record_kind = 'web_login'
        and identifier_type = 'user_id'
        and strength = 'strong'
    group by identifier_value
),

-- Two logins of one customer are one; a login that no customer has is still somebody else's.
logged_in as (
    select
        sessions.platform,
        sessions.instance,
        sessions.web_session_id,
        min(logins.customer_key) as customer_key,
        count(distinct coalesce(logins.customer_key, '|' || sessions.user_id)) as login_count
    from sessions
    left join logins
        on logins.user_id = sessions.user_id
    where sessions.user_id is not null
    group by sessions.platform, sessions.instance, sessions.web_session_id
),

devices as (
    select
        platform,
        instance,
        record_id as client_id,
        max(customer_key) as customer_key
    from {{ ref('int_customers__resolved') }}
    where record_kind = 'web_client'
    group by platform, instance, record_id
),

session_devices as (
    select
        platform,
        instance,
        web_session_id,
        min(client_id) as client_id
    from sessions
    group by platform, instance, web_session_id
)

select
    session_devices.platform,
    session_devices.instance,
    session_devices.web_session_id,
    case
        when logged_in.login_count is null then devices.customer_key
        when logged_in.login_count = 1 then logged_in.customer_key
    end as customer_key
from session_devices
left join logged_in
    on logged_in.platform = session_devices.platform
    and logged_in.instance = session_devices.instance
    and logged_in.web_session_id = session_devices.web_session_id
left join devices
    on devices.platform = session_devices.platform
    and devices.instance = session_devices.instance
    and devices.client_id = session_devices.client_id
