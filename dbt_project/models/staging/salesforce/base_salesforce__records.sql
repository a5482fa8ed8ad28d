{{ config(materialized='table') }}

{%- set midnight = "cast(converted_date as timestamp)" -%}
-- Contacts, person accounts and leads alike. `replaced_by_id`: the record that now stands for this one.
with accounts as (
    select * from {{ ref('base_salesforce__accounts') }}
),

contacts as (
    select * from {{ salesforce_records('contacts', [
        'account_id', 'first_name', 'last_name', 'email', 'phone', 'mobile_phone', 'home_phone', 'other_phone', 'birthdate',
        'gender_identity', 'lead_source', 'has_opted_out_of_email', 'created_date',
    ], ['mailing_']) }} as contacts
),

leads as (
    select * from {{ salesforce_records('leads', [
        'first_name', 'last_name', 'email', 'phone', 'mobile_phone', 'company', 'lead_source', 'converted_date',
        'converted_contact_id', 'converted_opportunity_id', 'has_opted_out_of_email', 'created_date',
    ], ['']) }} as leads
),

-- The contact of a person account, where the account does not name it.
person_contacts as (
    select
        instance,
        account_id,
        min(id) as contact_id
    from contacts
    where master_record_id is null
        and coalesce(is_deleted, false) = false
    group by instance, account_id
),

collected as (
    select
        contacts.instance,
        contacts.id as record_id,
        'contact' as record_type,
        1 as standing,
        contacts.is_deleted,
        contacts.master_record_id,
        contacts.master_record_id as replaced_by_id,
        contacts.system_modstamp as replaced_at,
        contacts.first_name,
        contacts.last_name,
        contacts.email,
        contacts.mobile_phone,
        contacts.phone,
        contacts.home_phone,
        contacts.other_phone,
        case when not accounts.is_person then accounts.name end as company,
        contacts.mailing_city as city,
        contacts.mailing_state as region,
        contacts.mailing_country as country,
        contacts.birthdate as birth_date,
        contacts.gender_identity as gender,
        contacts.lead_source,
        contacts.has_opted_out_of_email,
        cast(null as {{ engine_type('text') }}) as converted_opportunity_id,
        contacts._extra as other_fields,
        contacts.created_date as created_at,
        contacts.system_modstamp as updated_at
    from contacts
    left join accounts
        on accounts.instance = contacts.instance
        and accounts.id = contacts.account_id
    union all
    select
        accounts.instance,
        accounts.id as record_id,
        'person_account' as record_type,
        2 as standing,
        accounts.is_deleted,
        accounts.master_record_id,
        coalesce(accounts.master_record_id, accounts.person_contact_id, person_contacts.contact_id) as replaced_by_id,
        case when accounts.master_record_id is null then accounts.created_date else accounts.system_modstamp end as replaced_at,
        accounts.first_name,
        accounts.last_name,
        accounts.person_email as email,
        accounts.person_mobile_phone as mobile_phone,
        accounts.phone,
        accounts.person_home_phone as home_phone,
        cast(null as {{ engine_type('text') }}) as other_phone,
        cast(null as {{ engine_type('text') }}) as company,
        coalesce(accounts.person_mailing_city, accounts.billing_city) as city,
        coalesce(accounts.person_mailing_state, accounts.billing_state) as region,
        coalesce(accounts.person_mailing_country, accounts.billing_country) as country,
        accounts.person_birthdate as birth_date,
        accounts.person_gender_identity as gender,
        accounts.person_lead_source as lead_source,
        accounts.person_has_opted_out_of_email as has_opted_out_of_email,
        cast(null as {{ engine_type('text') }}) as converted_opportunity_id,
        accounts._extra as other_fields,
        accounts.created_date as created_at,
        accounts.system_modstamp as updated_at
    from accounts
    left join person_contacts
        on person_contacts.instance = accounts.instance
        and person_contacts.account_id = accounts.id
    where accounts.is_person
    union all
    select
        instance,
        id as record_id,
        'lead' as record_type,
        3 as standing,
        is_deleted,
        master_record_id,
        coalesce(master_record_id, converted_contact_id) as replaced_by_id,
        case when master_record_id is null then {{ from_local(midnight, "'" ~ var('time_zone') ~ "'") }} else system_modstamp end as replaced_at,
        first_name,
        last_name,
        email,
        mobile_phone,
        phone,
        cast(null as {{ engine_type('text') }}) as home_phone,
        cast(null as {{ engine_type('text') }}) as other_phone,
        company,
        city,
        state as region,
        country,
        cast(null as date) as birth_date,
        cast(null as {{ engine_type('text') }}) as gender,
        lead_source,
        has_opted_out_of_email,
        converted_opportunity_id,
        _extra as other_fields,
        created_date as created_at,
        system_modstamp as updated_at
    from leads
)

select
    instance,
    record_id,
    record_type,
    standing,
    -- The loser of a merge is deleted, even where the export lacks the flag.
    coalesce(is_deleted, false) = false and master_record_id is null as is_live,
    case when replaced_by_id <> record_id then replaced_by_id end as replaced_by_id,
    replaced_at,
    first_name,
    last_name,
    email,
    -- 000000000 is typed where a form wants a number.
    {%- for column in ['mobile_phone', 'phone', 'home_phone', 'other_phone'] %}
    case when {{ matches(column, '[1-9]') }} then {{ column }} end as {{ column }},
    {%- endfor %}
    company,
    city,
    region,
    country,
    birth_date,
    gender,
    lead_source,
    has_opted_out_of_email,
    converted_opportunity_id,
    other_fields,
    created_at,
    updated_at
from collected
