with source as (
    select * from {{ salesforce_records('opportunities', [
        'account_id', 'contact_id', 'name', 'stage_name', 'amount', 'currency_iso_code', 'close_date', 'is_closed', 'is_won',
        'created_date',
    ], [], ['is_deleted', 'primary_contact_id']) }} as opportunities
    where coalesce(is_deleted, false) = false
),

roles as (
    select
        instance,
        opportunity_id,
        contact_id,
        row_number() over (
            partition by instance, opportunity_id
            order by system_modstamp desc nulls last, id asc nulls last
        ) as place
    from {{ newest_records('salesforce', 'contact_roles') }} as newest
    where is_primary
        and coalesce(is_deleted, false) = false
),

persons as (
    select * from {{ ref('base_salesforce__persons') }}
),

converted as (
    select
        instance,
        converted_opportunity_id,
        min(person_id) as person_id
    from persons
    where is_known
        and converted_opportunity_id is not null
    group by instance, converted_opportunity_id
),

linked as (
    select
        source.*,
        coalesce(roles.contact_id, source.primary_contact_id, source.contact_id) as deal_contact_id
    from source
    left join roles
        on roles.instance = source.instance
        and roles.opportunity_id = source.id
        and roles.place = 1
),

-- Stages are the org's own words: the flags count, and only where they were not exported the words that every org begins with.
judged as (
    select
        linked.*,
        coalesce(is_won, lower(stage_name) = 'closed won', false) as is_deal_won,
        coalesce(is_closed, is_won, false) or coalesce(is_won, lower(stage_name) = 'closed won', false)
            or (is_closed is null and coalesce(lower(stage_name) = 'closed lost', false)) as is_deal_closed
    from linked
)

select
    'salesforce' as platform,
    judged.instance,
    judged.id as deal_id,
    -- An account is a person only if it is a person account.
    coalesce(contacts.person_id, judged.deal_contact_id, converted.person_id, accounts.person_id) as person_id,
    judged.name,
    judged.stage_name as stage,
    judged.amount,
    -- Orgs with one currency do not name it.
    upper(coalesce(judged.currency_iso_code, '{{ var("currency") }}')) as currency,
    judged.is_deal_won as is_won,
    judged.is_deal_closed as is_closed,
    judged.created_date as created_at,
    -- A day, not a moment; on an open opportunity it is a plan.
    case
        when judged.is_deal_closed then {{ from_local('cast(judged.close_date as timestamp)', "'" ~ var('time_zone') ~ "'") }}
    end as closed_at,
    judged.system_modstamp as updated_at
from judged
left join persons as contacts
    on contacts.instance = judged.instance
    and contacts.record_id = judged.deal_contact_id
left join converted
    on converted.instance = judged.instance
    and converted.converted_opportunity_id = judged.id
left join persons as accounts
    on accounts.instance = judged.instance
    and accounts.record_id = judged.account_id
