with source as (
    select
        contacts.*,
        companies.name as company_name
    from {{ ref('base_hubspot__live_contacts') }} as contacts
    left join {{ ref('base_hubspot__company_names') }} as companies
        on companies.instance = contacts.instance
        and companies.company_id = coalesce(
            contacts.associatedcompanyid, {{ json_text('contacts.associations', '$.companies.results[0].id') }}
        )
),

renamed as (
    select
        'hubspot' as platform,
        instance,
        hs_object_id as person_id,
        {{ normal_email('email') }} as email,
        coalesce(
            {{ normal_phone('hs_calculated_phone_number') }}, {{ normal_phone('phone') }}, {{ normal_phone('mobilephone') }}
        ) as phone,
        firstname as first_name,
        lastname as last_name,
        -- What is linked is maintained, what was typed into a form once is not.
        coalesce(company_name, company) as company,
        city,
        state as region,
        country,
        try_cast(date_of_birth as date) as birth_date,
        try_cast({{ json_text('properties', '$.age') }} as bigint) as age,
        lower(gender) as gender,
        lower(hs_language) as language,
        {{ hubspot_stage('lifecyclestage') }} as lifecycle_stage,
        case lower(replace(hs_analytics_source, ' ', '_'))
            when 'offline_sources' then 'offline'
            when 'organic_social' then 'social_media'
            else lower(replace(hs_analytics_source, ' ', '_'))
        end as acquisition_source,
        -- Silence is no consent: without the flag nothing is known.
        not hs_email_optout as accepts_email,
        coalesce(
            try_cast({{ json_text('properties', '$.total_orders') }} as bigint),
            try_cast({{ json_text('properties', '$.number_of_orders') }} as bigint),
            try_cast({{ json_text('properties', '$.orders_count') }} as bigint)
        ) as order_count,
        createdate as created_at,
        lastmodifieddate as updated_at
    from source
)

select * from renamed
