-- A person account without PersonContactId is told by the flag alone; with it, it is one without the flag.
select
    newest.*,
    coalesce(is_person_account, false) or person_contact_id is not null as is_person
from {{ newest_records('salesforce', 'accounts') }} as newest
