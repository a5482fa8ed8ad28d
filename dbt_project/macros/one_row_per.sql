{# Test: these columns together are a key (rows with a null among them count too); `never_null` are known in
   every row; `allowed` are the values that a text column may have besides null. All in one look at the rows:
   staging is views, and each look runs them. #}
{% test one_row_per(model, columns, never_null=[], allowed={}) %}
{%- set faults = {} -%}
{%- for column in never_null -%}
    {%- do faults.update({column ~ '_is_null': column ~ ' is null'}) -%}
{%- endfor -%}
{%- for column, values in allowed.items() -%}
    {%- do faults.update({column ~ '_is_not_allowed': column ~ " not in ('" ~ values | join("', '") ~ "')"}) -%}
{%- endfor -%}
select
    {{ columns | join(', ') }},
    {%- for fault, condition in faults.items() %}
    sum(case when {{ condition }} then 1 else 0 end) as {{ fault }},
    {%- endfor %}
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
    {%- for condition in faults.values() %}
    or sum(case when {{ condition }} then 1 else 0 end) > 0
    {%- endfor %}
{% endtest %}
