{{ config(materialized='table') }}

-- Who a record stands for now: merged into another, converted to a contact, the account of a contact.
-- These chain: five steps reach further than any real chain.
with records as (
    select * from {{ ref('base_salesforce__records') }}
),

links as (
    select instance, record_id, replaced_by_id
    from records
    where replaced_by_id is not null
),

followed as (
    select
        records.instance,
        records.record_id,
        records.record_type,
        records.standing,
        records.is_live,
        records.replaced_at,
        records.converted_opportunity_id,
        coalesce(
            five.replaced_by_id, four.replaced_by_id, three.replaced_by_id, two.replaced_by_id, records.replaced_by_id,
            records.record_id
        ) as person_id
    from records
    {%- for step, before in [('two', 'records'), ('three', 'two'), ('four', 'three'), ('five', 'four')] %}
    left join links as {{ step }}
        on {{ step }}.instance = {{ before }}.instance
        and {{ step }}.record_id = {{ before }}.replaced_by_id
    {%- endfor %}
),

judged as (
    select
        followed.*,
        -- A record that is deleted takes with it those that it stands for.
        coalesce(targets.is_live, true) as is_person_live
    from followed
    left join records as targets
        on targets.instance = followed.instance
        and targets.record_id = followed.person_id
)

select
    instance,
    record_id,
    record_type,
    standing,
    replaced_at,
    converted_opportunity_id,
    person_id,
    is_live and is_person_live as is_live,
    -- At least one live record tells of the person.
    max(case when is_live and is_person_live then 1 else 0 end) over (partition by instance, person_id) = 1 as is_known
from judged
