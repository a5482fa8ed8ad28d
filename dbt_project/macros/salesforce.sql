{#
  Records of Salesforce with the raw columns named: in an export FirstName, or first_name where a tool has names of its
  own. The parts of an address may also lie in its compound field.
  Whether a record is deleted is the newest version's to say: a query that lacks the flag finds none that are.
#}
{% macro salesforce_records(table, columns, addresses=[], keep=['is_deleted', 'master_record_id']) -%}
{%- set names = {} -%}
{%- for column in columns %}{% do names.update({column: [column, column | replace('_', '')]}) %}{% endfor -%}
{%- for prefix in addresses %}{% for part in ['city', 'state', 'country'] -%}
{%- set column, whole = prefix ~ part, prefix ~ 'address' -%}
{%- do names.update({column: [column, column | replace('_', ''), whole, whole | replace('_', '')]}) -%}
{%- endfor %}{% endfor -%}
{{ told_records('salesforce', table, names, 'fields', '_extra', ['id', 'system_modstamp'] + keep) }}
{%- endmacro %}
