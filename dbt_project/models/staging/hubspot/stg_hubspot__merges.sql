with source as (
    select
        instance,
        hs_object_id,
        hs_merged_object_ids,
        hs_calculated_merged_vids,
        -- Its own id among those that it took over; the label is the user interface's.
        coalesce(
            {{ json_text('properties', '$.hs_all_contact_vids') }}, {{ json_text('properties', '$.all_vids_for_a_contact') }}
        ) as all_vids
    from {{ ref('base_hubspot__contacts') }}
),

merged as (
    select * from {{ split_rows('source', ['instance', 'hs_object_id'], 'hs_merged_object_ids', "';'") }} as parts
    union
    select * from {{ split_rows('source', ['instance', 'hs_object_id'], 'all_vids', "';'") }} as parts
),

-- Each part is id:epoch milliseconds.
stamped as (
    select
        instance,
        hs_object_id,
        trim(substr(part, 1, instr(part, ':') - 1)) as merged_id,
        try_cast(substr(part, instr(part, ':') + 1) as bigint) as merged_msec
    from {{ split_rows('source', ['instance', 'hs_object_id'], 'hs_calculated_merged_vids', "';'") }} as parts
    where instr(part, ':') > 1
),

pairs as (
    select
        instance,
        hs_object_id,
        part as merged_id,
        cast(null as {{ engine_type('bigint') }}) as merged_msec
    from merged
    union all
    select
        instance,
        hs_object_id,
        merged_id,
        merged_msec
    from stamped
),

named as (
    select
        instance,
        hs_object_id as person_id,
        merged_id as merged_person_id,
        max(merged_msec) as merged_msec
    from pairs
    where merged_id <> hs_object_id
    group by instance, hs_object_id, merged_id
)

select
    'hubspot' as platform,
    named.instance,
    named.person_id,
    named.merged_person_id,
    {{ add_seconds("timestamp '1970-01-01 00:00:00'", 'cast(named.merged_msec as double) / 1000') }} as merged_at
from named
left join named as reverse
    on reverse.instance = named.instance
    and reverse.person_id = named.merged_person_id
    and reverse.merged_person_id = named.person_id
-- Two that name each other must not both vanish: a merge gives the survivor the newer, higher id.
where reverse.person_id is null
    or try_cast(named.person_id as bigint) > try_cast(named.merged_person_id as bigint)
