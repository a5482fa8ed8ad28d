-- Which contact an id stands for now. Merges chain: four steps reach further than any real chain.
with merges as (
    select
        instance,
        merged_person_id,
        max(person_id) as person_id
    from {{ ref('stg_hubspot__merges') }}
    group by instance, merged_person_id
)

select
    one.instance,
    one.merged_person_id,
    coalesce(four.person_id, three.person_id, two.person_id, one.person_id) as person_id
from merges as one
left join merges as two
    on two.instance = one.instance
    and two.merged_person_id = one.person_id
left join merges as three
    on three.instance = two.instance
    and three.merged_person_id = two.person_id
left join merges as four
    on four.instance = three.instance
    and four.merged_person_id = three.person_id
