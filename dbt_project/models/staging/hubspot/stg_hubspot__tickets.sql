with source as (
    select
        newest.*,
        {{ first_id('contact_ids') }} as first_contact_id,
        {{ hubspot_stage('hs_pipeline_stage') }} as stage
    from {{ newest_records('hubspot', 'tickets') }} as newest
    where coalesce(archived, false) = false
),

renamed as (
    select
        'hubspot' as platform,
        source.instance,
        source.hs_object_id as ticket_id,
        coalesce(survivors.person_id, source.first_contact_id) as person_id,
        source.subject,
        source.hs_ticket_category as category,
        lower(source.hs_ticket_priority) as priority,
        source.stage,
        lower(source.source_type) as channel,
        -- 4 is the closed stage of the pipeline that every portal begins with.
        source.closed_date is not null or coalesce(source.stage in ('4', 'closed'), false) as is_closed,
        source.createdate as created_at,
        case when source.closed_date >= source.createdate then source.closed_date end as closed_at,
        source.hs_lastmodifieddate as updated_at
    from source
    left join {{ ref('base_hubspot__survivors') }} as survivors
        on survivors.instance = source.instance
        and survivors.merged_person_id = source.first_contact_id
)

select * from renamed
