-- Records that are somebody else's now: merged, converted leads, accounts of persons. The person is the last of the chain.
select
    'salesforce' as platform,
    instance,
    person_id,
    record_id as merged_person_id,
    replaced_at as merged_at
from {{ ref('base_salesforce__persons') }}
where is_known
    and record_id <> person_id
