{# HubSpot's ways to write one and the same value: labels in the UI's CSV, internal values in the API. #}

{# A stage by internal value or label ("Closed Won (Sales Pipeline)"), in one spelling: closedwon. #}
{% macro hubspot_stage(expression) -%}
replace({{ replace_all("lower(trim(" ~ expression ~ "))", " *[(].*[)]$", "") }}, ' ', '')
{%- endmacro %}

{# The first of ids joined by ;. #}
{% macro first_id(expression) -%}
nullif(trim({{ replace_all(expression, ";.*$", "") }}), '')
{%- endmacro %}

{#
  The newest version of each record, with the raw columns named. Exports hold what was asked for: a property
  that a version lacks is taken from the newest one that has it, one that a version has empty is empty.
#}
{% macro hubspot_records(table, columns) -%}
(
    with delivered as (
        select * from {{ delivered('hubspot', table) }} as deliveries
    ),

    newest as (
        select * from {{ newest_records('hubspot', table) }} as newest
    ),

    several as (
        select instance, _record_key
        from delivered
        group by instance, _record_key
        having count(*) > 1
    ),

    versions as (
        select
            delivered.instance,
            delivered._record_key,
            delivered.properties,
            {%- for column in columns %}
            delivered.{{ column }},
            {%- endfor %}
            {{ json_names('delivered.properties') }}
            {%- if 'contact_ids' in columns %} || case when delivered.contact_ids is not null then 'contact_ids' else '' end{% endif %}
                as told_names,
            row_number() over (
                partition by delivered.instance, delivered._record_key
                order by
                    delivered._version desc nulls last, delivered._delivered_at desc nulls last,
                    delivered._source_file desc nulls last, delivered._load desc nulls last,
                    delivered._source_row desc nulls last
            ) as delivery_rank
        from delivered
        inner join several
            on several.instance = delivered.instance
            and several._record_key = delivered._record_key
    ),

    -- Versions that tell of the same need nothing of each other.
    differing as (
        select instance, _record_key
        from versions
        group by instance, _record_key
        having min(told_names) <> max(told_names)
    ),

    uneven as (
        select versions.*
        from versions
        inner join differing
            on differing.instance = versions.instance
            and differing._record_key = versions._record_key
    ),

    entries as (
        select instance, _record_key, delivery_rank, name, value
        from {{ json_entries('uneven', ['instance', '_record_key', 'delivery_rank'], 'properties') }} as entries
        {%- if 'contact_ids' in columns %}
        union
        -- The API tells of links beside the properties.
        select instance, _record_key, delivery_rank, 'contact_ids' as name, contact_ids as value
        from uneven
        where contact_ids is not null
        {%- endif %}
    ),

    placed as (
        select
            *,
            row_number() over (
                partition by instance, _record_key, name order by delivery_rank asc nulls last, value asc nulls last
            ) as place
        from entries
    ),

    told as (
        select
            instance,
            _record_key,
            {%- for column in columns %}
            min(case when name = '{{ column }}' then delivery_rank end) as {{ column }}_rank,
            {%- endfor %}
            {{ json_collected('name', 'value') }} as properties
        from placed
        where place = 1
        group by instance, _record_key
    ),

    filled as (
        select
            uneven.instance,
            uneven._record_key,
            {%- for column in columns %}
            max(case when uneven.delivery_rank = told.{{ column }}_rank then uneven.{{ column }} end) as {{ column }},
            {%- endfor %}
            max(told.properties) as properties
        from uneven
        inner join told
            on told.instance = uneven.instance
            and told._record_key = uneven._record_key
        group by uneven.instance, uneven._record_key
    )

    select
        newest.instance,
        newest.hs_object_id,
        newest.archived,
        newest.associations,
        {%- for column in columns %}
        coalesce(newest.{{ column }}, filled.{{ column }}) as {{ column }},
        {%- endfor %}
        coalesce(filled.properties, newest.properties) as properties
    from newest
    left join filled
        on filled.instance = newest.instance
        and filled._record_key = newest._record_key
)
{%- endmacro %}

{# Ids that other records of the relation name as merged into them; exports may still hold their rows. #}
{% macro hubspot_merged_away(relation) -%}
(
    with pairs as (
        select distinct instance, hs_object_id as survivor_id, part as merged_id
        from {{ split_rows(relation, ['instance', 'hs_object_id'], 'hs_merged_object_ids', "';'") }} as parts
        where part <> hs_object_id
    )

    select distinct pairs.instance, pairs.merged_id
    from pairs
    left join pairs as reverse
        on reverse.instance = pairs.instance
        and reverse.survivor_id = pairs.merged_id
        and reverse.merged_id = pairs.survivor_id
    -- Two that name each other must not both vanish.
    where reverse.survivor_id is null
        or try_cast(pairs.survivor_id as bigint) > try_cast(pairs.merged_id as bigint)
)
{%- endmacro %}
