{# GA4's own ways to say that there is no value, and its consent words. #}

{% macro absent_to_null(expression) -%}
case when trim({{ expression }}) not in ('', '(not set)', 'undefined', 'null') then trim({{ expression }}) end
{%- endmacro %}

{# GA4 says Yes, No and Unset; other senders of the same fields say granted and denied. #}
{% macro consent(expression) -%}
case
    when lower({{ expression }}) in ('yes', 'granted', 'true') then 'yes'
    when lower({{ expression }}) in ('no', 'denied', 'false') then 'no'
    when lower({{ expression }}) = 'unset' then 'unset'
end
{%- endmacro %}

{# An address without query string and fragment, which may hold personal data. #}
{% macro without_query(expression) -%}
nullif({{ replace_all(expression, "[?#].*$", "") }}, '')
{%- endmacro %}

{# GA4 writes a day as YYYYMMDD. #}
{% macro ga4_date(expression) -%}
cast(substr({{ expression }}, 1, 4) || '-' || substr({{ expression }}, 5, 2) || '-' || substr({{ expression }}, 7, 2) as date)
{%- endmacro %}
