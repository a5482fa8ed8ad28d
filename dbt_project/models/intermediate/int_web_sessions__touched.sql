{{ config(materialized='table') }}

-- Sessions with an event in a day that is told anew, now or when they were told last.
{%- set keyed, days = ref('int_web_events__keyed'), ref('stg_ledger__touched_days') %}
{#- The table as it stands: a reference would be a circle. #}
{%- set before = api.Relation.create(database=this.database, schema=this.schema, identifier='int_web_sessions__grouped') %}

{% if is_partial() -%}
select distinct keyed.web_session_key
from {{ keyed }} as keyed
where keyed.web_session_key is not null
    and {{ is_of_days('keyed', days) }}
union
select sessions.web_session_key
from {{ before }} as sessions
inner join {{ days }} as days
    on days.platform = sessions.platform
    and days.instance = sessions.instance
    and days.reporting_date between sessions.first_reporting_date and sessions.last_reporting_date
{%- else -%}
select web_session_key
from {{ keyed }}
where 1 = 0
{%- endif %}
