with source as (
    select * from {{ newest_records('salesforce', 'cases') }} as newest
    -- Cases merge too: the loser is deleted.
    where coalesce(is_deleted, false) = false
        and master_record_id is null
),

persons as (
    select * from {{ ref('base_salesforce__persons') }}
)

select
    'salesforce' as platform,
    source.instance,
    source.id as ticket_id,
    coalesce(contacts.person_id, source.contact_id, accounts.person_id) as person_id,
    source.subject,
    coalesce(source.type, source.reason) as category,
    lower(source.priority) as priority,
    source.status as stage,
    lower(source.origin) as channel,
    coalesce(source.is_closed, source.closed_date is not null or lower(source.status) = 'closed', false) as is_closed,
    source.created_date as created_at,
    case when source.closed_date >= source.created_date then source.closed_date end as closed_at,
    source.system_modstamp as updated_at
from source
left join persons as contacts
    on contacts.instance = source.instance
    and contacts.record_id = source.contact_id
left join persons as accounts
    on accounts.instance = source.instance
    and accounts.record_id = source.account_id
