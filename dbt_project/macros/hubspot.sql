{# HubSpot's ways to write one and the same value: labels in the UI's CSV, internal values in the API. #}

{# A stage by internal value or label ("Closed Won (Sales Pipeline)"), in one spelling: closedwon. #}
{% macro hubspot_stage(expression) -%}
replace({{ replace_all("lower(trim(" ~ expression ~ "))", " *[(].*[)]$", "") }}, ' ', '')
{%- endmacro %}

{# The first of ids joined by ;. #}
{% macro first_id(expression) -%}
nullif(trim({{ replace_all(expression, ";.*$", "") }}), '')
{%- endmacro %}
