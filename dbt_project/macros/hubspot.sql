{# HubSpot's ways to write one and the same value: labels in the UI's CSV, internal values in the API. #}

{# A stage by internal value or label ("Closed Won (Sales Pipeline)"), in one spelling: closedwon. #}
{% macro hubspot_stage(expression) -%}
replace({{ replace_all("lower(trim(" ~ expression ~ "))", " *[(].*[)]$", "") }}, ' ', '')
{%- endmacro %}

{# The first of ids joined by ;. #}
{% macro first_id(expression) -%}
nullif(trim({{ replace_all(expression, ";.*$", "") }}), '')
{%- endmacro %}

{# Records of HubSpot with the raw columns named; what else a record has is in `properties`. #}
{% macro hubspot_records(table, columns) -%}
{%- set names = {} -%}
{%- for column in columns %}{% do names.update({column: [column]}) %}{% endfor -%}
{#- The API tells of links beside the properties. -#}
{%- set given = json_names('properties') -%}
{%- if 'contact_ids' in columns -%}
{%- set given = given ~ " || case when contact_ids is not null then '\"contact_ids\"' else '' end" -%}
{%- endif -%}
{{ told_records('hubspot', table, names, given, 'properties', ['hs_object_id', 'archived', 'associations']) }}
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
