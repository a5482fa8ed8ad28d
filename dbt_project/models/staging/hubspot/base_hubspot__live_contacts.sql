-- Neither deleted nor merged into another contact: exports may still hold those that are.
select contacts.*
from {{ ref('base_hubspot__contacts') }} as contacts
where coalesce(contacts.archived, false) = false
    and not exists (
        select 1
        from {{ ref('stg_hubspot__merges') }} as merges
        where merges.instance = contacts.instance
            and merges.merged_person_id = contacts.hs_object_id
    )
