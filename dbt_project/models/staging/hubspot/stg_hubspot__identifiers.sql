with source as (
    select
        instance,
        hs_object_id,
        email,
        replace(hs_additional_emails, ',', ';') as hs_additional_emails,
        phone,
        mobilephone,
        hs_calculated_phone_number,
        properties,
        createdate
    from {{ ref('base_hubspot__live_contacts') }}
),

additional as (
    select *
    from {{ split_rows('source', ['instance', 'hs_object_id', 'createdate'], 'hs_additional_emails', "';'") }} as parts
),

found as (
    select instance, hs_object_id, createdate, 'crm_id' as identifier_type, hs_object_id as identifier_value
    from source
    union all
    select instance, hs_object_id, createdate, 'email' as identifier_type, email as identifier_value
    from source
    union all
    select instance, hs_object_id, createdate, 'email' as identifier_type, part as identifier_value
    from additional
    union all
    select instance, hs_object_id, createdate, 'phone' as identifier_type, phone as identifier_value
    from source
    union all
    select instance, hs_object_id, createdate, 'phone' as identifier_type, mobilephone as identifier_value
    from source
    union all
    select instance, hs_object_id, createdate, 'phone' as identifier_type, hs_calculated_phone_number as identifier_value
    from source
    union all
    select
        source.instance,
        source.hs_object_id,
        source.createdate,
        rules.identifier_type,
        {{ json_field('source.properties', 'rules.name') }} as identifier_value
    from source
    inner join {{ source('settings', 'identifier_rules') }} as rules
        on (rules.platform = 'hubspot' or rules.platform is null)
        and rules.kind = 'property'
),

normalised as (
    select
        instance,
        hs_object_id,
        createdate,
        identifier_type,
        {{ normal_identifier('identifier_type', 'identifier_value') }} as identifier_value
    from found
)

select
    'hubspot' as platform,
    instance,
    hs_object_id as person_id,
    identifier_type,
    identifier_value,
    min(createdate) as seen_at,
    true as is_verified
from normalised
where identifier_value is not null
group by instance, hs_object_id, identifier_type, identifier_value
