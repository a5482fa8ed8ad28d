{{ config(materialized='table') }}

-- Which conversation an event points to may change without a new event; compared is with the last complete build.
{%- set days, keyed = ref('stg_ledger__touched_days'), ref('int_web_events__keyed') %}
{%- set now, before = ref('int_chatbot_events__joined'), source('built', 'int_chatbot_events__joined') %}

select
    platform,
    instance,
    reporting_date
from {{ days }}
{%- if is_partial() %}
union
select
    keyed.platform,
    keyed.instance,
    keyed.reporting_date
from {{ keyed }} as keyed
inner join (
    (select web_event_key, conversation_key from {{ now }} except select web_event_key, conversation_key from {{ before }})
    union
    (select web_event_key, conversation_key from {{ before }} except select web_event_key, conversation_key from {{ now }})
) as changed
    on changed.web_event_key = keyed.web_event_key
{%- endif %}
