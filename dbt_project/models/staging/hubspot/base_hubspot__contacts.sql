{{ config(materialized='table') }}

-- One row per contact in its newest version. A table: three models of this folder read it.
select * from {{ hubspot_records('contacts', [
    'email', 'hs_additional_emails', 'phone', 'mobilephone', 'hs_calculated_phone_number', 'firstname', 'lastname', 'company',
    'city', 'state', 'country', 'date_of_birth', 'gender', 'hs_language', 'lifecyclestage', 'hs_analytics_source',
    'associatedcompanyid', 'hs_email_optout', 'hs_merged_object_ids', 'hs_calculated_merged_vids', 'createdate',
    'lastmodifieddate',
]) }} as contacts
