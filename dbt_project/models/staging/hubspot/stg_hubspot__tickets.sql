with records as (
    select * from {{ hubspot_records('tickets', [
        'subject', 'hs_pipeline_stage', 'hs_ticket_category', 'hs_ticket_priority', 'source_type', 'closed_date',
        'contact_ids', 'hs_merged_object_ids', 'createdate', 'hs_lastmodifieddate',
    ]) }} as records
),

source as (
    select
        records.*,
        {{ first_id('records.contact_ids') }} as first_contact_id,
        {{ hubspot_stage('records.hs_pipeline_stage') }} as stage
    from records
    left join {{ hubspot_merged_away('records') }} as merged
        on merged.instance = records.instance
        and merged.merged_id = records.hs_object_id
    where coalesce(records.archived, false) = false
        and merged.merged_id is null
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
