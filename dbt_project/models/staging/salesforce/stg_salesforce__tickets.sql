with source as (
    select * from {{ salesforce_records('cases', [
        'contact_id', 'account_id', 'supplied_email', 'supplied_phone', 'subject', 'type', 'reason', 'priority', 'status', 'origin',
        'is_closed', 'closed_date', 'created_date',
    ]) }} as cases
    -- Cases merge too: the loser is deleted.
    where coalesce(is_deleted, false) = false
        and master_record_id is null
),

persons as (
    select * from {{ ref('base_salesforce__persons') }}
),

-- A case that found no contact holds what the customer typed: whoever alone has that address is meant.
typed as (
    select
        instance,
        identifier_type,
        identifier_value,
        min(person_id) as person_id
    from {{ ref('stg_salesforce__identifiers') }}
    where identifier_type in ('email', 'phone')
    group by instance, identifier_type, identifier_value
    having count(distinct person_id) = 1
)

select
    'salesforce' as platform,
    source.instance,
    source.id as ticket_id,
    coalesce(
        contacts.person_id, source.contact_id, accounts.person_id, emails.person_id, phones.person_id
    ) as person_id,
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
left join typed as emails
    on emails.instance = source.instance
    and emails.identifier_type = 'email'
    and emails.identifier_value = {{ normal_email('source.supplied_email') }}
left join typed as phones
    on phones.instance = source.instance
    and phones.identifier_type = 'phone'
    and phones.identifier_value = {{ normal_phone('source.supplied_phone') }}
