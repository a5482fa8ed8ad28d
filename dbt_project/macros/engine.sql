{#
  Everything in which SQL engines differ, and nothing else: each macro dispatches, models hold plain
  SQL. Only DuckDB is written; another engine adds its own <engine>__<name> here.
#}

{% macro engine_type(name) %}{{ return(adapter.dispatch('engine_type', 'chat_pipeline')(name)) }}{% endmacro %}
{% macro default__engine_type(name) %}
{%- set types = {'text': 'varchar', 'timestamp': 'timestamp', 'bigint': 'bigint', 'double': 'double', 'boolean': 'boolean', 'date': 'date'} -%}
{{ return(types[name]) }}
{% endmacro %}

{# A hash of several values, null told apart from empty: the key of a derived row, as text. #}
{% macro hash_key(expressions) %}{{ return(adapter.dispatch('hash_key', 'chat_pipeline')(expressions)) }}{% endmacro %}
{% macro default__hash_key(expressions) -%}
md5(
    {%- for expression in expressions -%}
    coalesce(cast({{ expression }} as {{ engine_type('text') }}), '(null)'){{ " || '|' || " if not loop.last }}
    {%- endfor -%}
)
{%- endmacro %}

{# A UTC timestamp as wall-clock time of a zone, and back. #}
{% macro to_local(timestamp, zone) %}{{ return(adapter.dispatch('to_local', 'chat_pipeline')(timestamp, zone)) }}{% endmacro %}
{% macro default__to_local(timestamp, zone) -%}
timezone({{ zone }}, timezone('UTC', {{ timestamp }}))
{%- endmacro %}

{% macro from_local(timestamp, zone) %}{{ return(adapter.dispatch('from_local', 'chat_pipeline')(timestamp, zone)) }}{% endmacro %}
{% macro default__from_local(timestamp, zone) -%}
timezone('UTC', timezone({{ zone }}, {{ timestamp }}))
{%- endmacro %}

{# The shop's local date of a UTC timestamp. #}
{% macro shop_date(timestamp) -%}
cast({{ to_local(timestamp, "'" ~ var('time_zone') ~ "'") }} as date)
{%- endmacro %}

{# Seconds from one timestamp to another, with fraction. #}
{% macro seconds_between(start, finish) %}{{ return(adapter.dispatch('seconds_between', 'chat_pipeline')(start, finish)) }}{% endmacro %}
{% macro default__seconds_between(start, finish) -%}
(epoch({{ finish }}) - epoch({{ start }}))
{%- endmacro %}

{% macro add_seconds(timestamp, seconds) %}{{ return(adapter.dispatch('add_seconds', 'chat_pipeline')(timestamp, seconds)) }}{% endmacro %}
{% macro default__add_seconds(timestamp, seconds) -%}
({{ timestamp }} + to_seconds({{ seconds }}))
{%- endmacro %}

{# The text at a path ('$.a.b', '$[0]') of JSON text; null where it is absent or null. #}
{% macro json_text(json, path) %}{{ return(adapter.dispatch('json_text', 'chat_pipeline')(json, path)) }}{% endmacro %}
{% macro default__json_text(json, path) -%}
json_extract_string({{ json }}, '{{ path }}')
{%- endmacro %}

{# Elements of the JSON array in a column: the columns of `relation` named in `keep`, position (from 1), element (JSON text). #}
{% macro json_elements(relation, keep, json) %}{{ return(adapter.dispatch('json_elements', 'chat_pipeline')(relation, keep, json)) }}{% endmacro %}
{% macro default__json_elements(relation, keep, json) -%}
(
    select
        {% for column in keep %}{{ column }}, {% endfor %}
        unnest(range(1, 1 + cast(json_array_length({{ json }}) as bigint))) as position,
        cast(unnest(json_extract({{ json }}, '$[*]')) as varchar) as element
    from {{ relation }}
    where json_type({{ json }}) = 'ARRAY'
)
{%- endmacro %}

{# Entries of the JSON object in a column: the columns of `relation` named in `keep`, name, value (text; JSON text where nested). #}
{% macro json_entries(relation, keep, json) %}{{ return(adapter.dispatch('json_entries', 'chat_pipeline')(relation, keep, json)) }}{% endmacro %}
{% macro default__json_entries(relation, keep, json) -%}
(
    select
        {% for column in keep %}{{ column }}, {% endfor %}
        name,
        json_extract_string(object, '$."' || replace(name, '"', '') || '"') as value
    from (
        select
            {% for column in keep %}{{ column }}, {% endfor %}
            {{ json }} as object,
            unnest(json_keys({{ json }})) as name
        from {{ relation }}
        where json_type({{ json }}) = 'OBJECT'
    ) as entries
)
{%- endmacro %}

{# Names of a JSON object's entries, as the text of a JSON list. #}
{% macro json_names(json) %}{{ return(adapter.dispatch('json_names', 'chat_pipeline')(json)) }}{% endmacro %}
{% macro default__json_names(json) -%}
cast(to_json(json_keys({{ json }})) as varchar)
{%- endmacro %}

{# Aggregate: rows of name and value as one JSON object (text). #}
{% macro json_collected(name, value) %}{{ return(adapter.dispatch('json_collected', 'chat_pipeline')(name, value)) }}{% endmacro %}
{% macro default__json_collected(name, value) -%}
cast(json_group_object({{ name }}, {{ value }}) as varchar)
{%- endmacro %}

{% macro matches(expression, pattern) %}{{ return(adapter.dispatch('matches', 'chat_pipeline')(expression, pattern)) }}{% endmacro %}
{% macro default__matches(expression, pattern) -%}
regexp_matches({{ expression }}, '{{ pattern }}')
{%- endmacro %}

{% macro replace_all(expression, pattern, replacement) %}{{ return(adapter.dispatch('replace_all', 'chat_pipeline')(expression, pattern, replacement)) }}{% endmacro %}
{% macro default__replace_all(expression, pattern, replacement) -%}
regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{# An e-mail address in the one form in which it is compared: trimmed, lower case; null if it is none. #}
{% macro normal_email(expression) -%}
case
    when {{ matches("trim(" ~ expression ~ ")", "^[^@ ]+@[^@ ]+[.][^@ .]+$") }} then lower(trim({{ expression }}))
end
{%- endmacro %}

{# A phone number as + and digits with country code; null under 7 digits. A national number (leading 0) gets the shop's country code. #}
{% macro normal_phone(expression) -%}
{%- set bare = replace_all(replace_all(replace_all(expression, "(x|ext).*$", ""), "^ *([+]|00)", "p"), "[^0-9p]", "") -%}
case
    when length({{ replace_all(bare, "p", "") }}) < 7 then null
    when {{ bare }} like 'p%' then '+' || {{ replace_all(bare, "p", "") }}
    when {{ bare }} like '0%' then '+{{ var("dial_code") }}' || substr({{ bare }}, 2)
    {%- if var("dial_code") | string == "1" %}
    -- North America writes national numbers without a leading 0.
    when length({{ bare }}) = 10 then '+1' || {{ bare }}
    {%- endif %}
    else '+' || {{ replace_all(bare, "p", "") }}
end
{%- endmacro %}

{# Parts of a delimited text: the columns of `relation` named in `keep`, position (from 1), part (trimmed, not empty). #}
{% macro split_rows(relation, keep, expression, separator) %}{{ return(adapter.dispatch('split_rows', 'chat_pipeline')(relation, keep, expression, separator)) }}{% endmacro %}
{% macro default__split_rows(relation, keep, expression, separator) -%}
(
    select
        {% for column in keep %}{{ column }}, {% endfor %}
        position,
        trim(part) as part
    from (
        select
            {% for column in keep %}{{ column }}, {% endfor %}
            unnest(range(1, 1 + cast(len(string_split({{ expression }}, {{ separator }})) as bigint))) as position,
            unnest(string_split({{ expression }}, {{ separator }})) as part
        from {{ relation }}
        where {{ expression }} is not null
    ) as parts
    where trim(part) <> ''
)
{%- endmacro %}

{# Elements of a JSON array of {key, value: {four typed slots}} (GA4): the columns named in `keep`, position (from 1), name, value (text). #}
{% macro parameter_rows(relation, keep, json) %}{{ return(adapter.dispatch('parameter_rows', 'chat_pipeline')(relation, keep, json)) }}{% endmacro %}
{% macro default__parameter_rows(relation, keep, json) -%}
{%- set shape = '[{"key":"VARCHAR","value":{"string_value":"VARCHAR","int_value":"VARCHAR","float_value":"VARCHAR","double_value":"VARCHAR"}}]' -%}
(
    select
        {% for column in keep %}{{ column }}, {% endfor %}
        position,
        element.key as name,
        coalesce(
            element.value.string_value, element.value.int_value, element.value.float_value, element.value.double_value
        ) as value
    from (
        select
            {% for column in keep %}{{ column }}, {% endfor %}
            unnest(range(1, 1 + cast(json_array_length({{ json }}) as bigint))) as position,
            unnest(from_json({{ json }}, '{{ shape }}')) as element
        from {{ relation }}
        where json_type({{ json }}) = 'ARRAY'
    ) as elements
)
{%- endmacro %}

{# An identifier in the form in which its kind is compared; null if it is none. #}
{% macro normal_identifier(kind, expression) -%}
case
    when {{ kind }} = 'email' then {{ normal_email(expression) }}
    when {{ kind }} = 'phone' then {{ normal_phone(expression) }}
    when {{ kind }} = 'ga_client_id' then nullif({{ replace_all("trim(" ~ expression ~ ")", "^GA[0-9]+[.][0-9]+[.]", "") }}, '')
    else nullif(trim({{ expression }}), '')
end
{%- endmacro %}

{# The text of the field of a JSON object whose name is an expression; null where it is absent or null. #}
{% macro json_field(json, name) %}{{ return(adapter.dispatch('json_field', 'chat_pipeline')(json, name)) }}{% endmacro %}
{% macro default__json_field(json, name) -%}
json_extract_string({{ json }}, '$."' || replace({{ name }}, '"', '') || '"')
{%- endmacro %}
