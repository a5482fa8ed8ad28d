with records as (
    select * from {{ hubspot_records('deals', [
        'dealname', 'amount', 'deal_currency_code', 'dealstage', 'closedate', 'hs_is_closed_won', 'hs_is_closed', 'hs_deal_stage_probability',
        'contact_ids', 'hs_merged_object_ids', 'createdate', 'hs_lastmodifieddate',
    ]) }} as records
),

source as (
    select
        records.*,
        {{ first_id('records.contact_ids') }} as first_contact_id,
        {{ hubspot_stage('records.dealstage') }} as stage
    from records
    left join {{ hubspot_merged_away('records') }} as merged
        on merged.instance = records.instance
        and merged.merged_id = records.hs_object_id
    where coalesce(records.archived, false) = false
        and merged.merged_id is null
),

judged as (
    select
        source.*,
        coalesce(hs_is_closed_won, stage = 'closedwon' or hs_deal_stage_probability = 1, false) as is_won
    from source
),

renamed as (
    select
        'hubspot' as platform,
        judged.instance,
        judged.hs_object_id as deal_id,
        coalesce(survivors.person_id, judged.first_contact_id) as person_id,
        judged.dealname as name,
        judged.stage,
        judged.amount,
        -- Portals with one currency do not name it.
        upper(coalesce(judged.deal_currency_code, '{{ var("currency") }}')) as currency,
        judged.is_won,
        judged.is_won
            or coalesce(judged.hs_is_closed, judged.stage = 'closedlost' or judged.hs_deal_stage_probability = 0, false)
            as is_closed,
        judged.createdate as created_at,
        judged.closedate,
        judged.hs_lastmodifieddate as updated_at
    from judged
    left join {{ ref('base_hubspot__survivors') }} as survivors
        on survivors.instance = judged.instance
        and survivors.merged_person_id = judged.first_contact_id
)

select
    platform,
    instance,
    deal_id,
    person_id,
    name,
    stage,
    amount,
    currency,
    is_won,
    is_closed,
    created_at,
    -- On an open deal the date is a forecast.
    case when is_closed then closedate end as closed_at,
    updated_at
from renamed
