-- Names of companies that are not deleted, also under the ids of those that were merged into them.
with companies as (
    select
        instance,
        hs_object_id,
        name,
        hs_merged_object_ids,
        hs_lastmodifieddate
    from {{ newest_records('hubspot', 'companies') }} as newest
    where coalesce(archived, false) = false
),

merged as (
    select *
    from {{ split_rows('companies', ['instance', 'hs_object_id', 'name', 'hs_lastmodifieddate'], 'hs_merged_object_ids', "';'") }} as parts
),

named as (
    select instance, hs_object_id as company_id, name, hs_object_id as survivor_id, hs_lastmodifieddate, 1 as standing
    from companies
    union all
    select instance, part as company_id, name, hs_object_id as survivor_id, hs_lastmodifieddate, 0 as standing
    from merged
),

-- A company that was merged away may still be in an older file: the survivor's name counts.
ranked as (
    select
        named.*,
        row_number() over (
            partition by instance, company_id
            order by standing asc nulls last, hs_lastmodifieddate desc nulls last, survivor_id desc nulls last
        ) as place
    from named
)

select
    instance,
    company_id,
    name
from ranked
where place = 1
