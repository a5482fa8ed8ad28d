with source as (
    select
        persons.person_id,
        records.instance,
        records.email,
        records.mobile_phone,
        records.phone,
        records.home_phone,
        records.other_phone,
        records.other_fields,
        records.created_at
    from {{ ref('base_salesforce__persons') }} as persons
    inner join {{ ref('base_salesforce__records') }} as records
        on records.instance = persons.instance
        and records.record_id = persons.record_id
    -- The address of a record that was merged away is still the person's.
    where persons.is_known
),

found as (
    select instance, person_id, created_at, 'crm_id' as identifier_type, person_id as identifier_value
    from source
    union all
    select instance, person_id, created_at, 'email' as identifier_type, email as identifier_value
    from source
    {%- for column in ['mobile_phone', 'phone', 'home_phone', 'other_phone'] %}
    union all
    select instance, person_id, created_at, 'phone' as identifier_type, {{ column }} as identifier_value
    from source
    {%- endfor %}
    union all
    -- Names of fields don't depend on case; tools write them as defined, or in capitals.
    select
        source.instance,
        source.person_id,
        source.created_at,
        rules.identifier_type,
        coalesce(
            {{ json_field('source.other_fields', 'rules.name') }},
            {{ json_field('source.other_fields', 'upper(rules.name)') }},
            {{ json_field('source.other_fields', 'lower(rules.name)') }}
        ) as identifier_value
    from source
    inner join {{ source('settings', 'identifier_rules') }} as rules
        on (rules.platform = 'salesforce' or rules.platform is null)
        and rules.kind = 'property'
),

normalised as (
    select
        instance,
        person_id,
        created_at,
        identifier_type,
        {{ normal_identifier('identifier_type', 'identifier_value') }} as identifier_value
    from found
)

select
    'salesforce' as platform,
    instance,
    person_id,
    identifier_type,
    identifier_value,
    min(created_at) as seen_at,
    true as is_verified
from normalised
where identifier_value is not null
group by instance, person_id, identifier_type, identifier_value
