-- A person account without PersonContactId is told by the flag alone; with it, it is one without the flag.
select
    accounts.*,
    coalesce(is_person_account, false) or person_contact_id is not null as is_person
from {{ salesforce_records('accounts', [
    'name', 'phone', 'is_person_account', 'person_contact_id', 'first_name', 'last_name', 'person_email', 'person_mobile_phone',
    'person_home_phone', 'person_birthdate', 'person_gender_identity', 'person_lead_source', 'person_has_opted_out_of_email',
    'created_date',
], ['billing_', 'person_mailing_']) }} as accounts
