{#
  The one list of conforming models: kind -> entity -> [column, type].
  Each platform's staging folder ends in stg_<platform>__<entity> with at least these columns.
  Types are logical (see engine_type).
#}
{% macro conforming() %}
{{ return({
    'chat': {
        'messages': [
            ['platform', 'text'], ['instance', 'text'], ['thread_id', 'text'], ['message_id', 'text'],
            ['sent_at', 'timestamp'], ['sequence', 'bigint'], ['author', 'text'], ['text', 'text'],
            ['content_type', 'text'], ['language', 'text'], ['channel', 'text'], ['device', 'text'],
            ['is_fallback', 'boolean'], ['is_reverted', 'boolean'], ['reply_to_id', 'text'],
            ['sentiment_platform', 'double'], ['bot_version', 'text'], ['is_test', 'boolean'],
        ],
        'intents': [
            ['platform', 'text'], ['instance', 'text'], ['thread_id', 'text'], ['message_id', 'text'],
            ['rank', 'bigint'], ['name', 'text'], ['confidence', 'double'],
        ],
        'entities': [
            ['platform', 'text'], ['instance', 'text'], ['thread_id', 'text'], ['message_id', 'text'],
            ['rank', 'bigint'], ['name', 'text'], ['value', 'text'], ['confidence', 'double'],
        ],
        'events': [
            ['platform', 'text'], ['instance', 'text'], ['thread_id', 'text'], ['event_id', 'text'],
            ['occurred_at', 'timestamp'], ['sequence', 'bigint'], ['event_type', 'text'], ['kind', 'text'],
            ['name', 'text'], ['value', 'text'], ['actor', 'text'], ['message_id', 'text'],
        ],
        'identifiers': [
            ['platform', 'text'], ['instance', 'text'], ['thread_id', 'text'],
            ['identifier_type', 'text'], ['identifier_value', 'text'], ['seen_at', 'timestamp'],
            ['is_verified', 'boolean'],
        ],
    },
    'web': {
        'events': [
            ['platform', 'text'], ['instance', 'text'], ['event_id', 'text'], ['occurred_at', 'timestamp'],
            ['reporting_date', 'date'], ['sequence', 'bigint'], ['event_name', 'text'], ['stream_id', 'text'],
            ['client_id', 'text'], ['user_id', 'text'], ['web_session_id', 'text'],
            ['session_number', 'bigint'], ['is_session_engaged', 'boolean'], ['engagement_msec', 'bigint'],
            ['page_location', 'text'], ['page_title', 'text'], ['page_referrer', 'text'],
            ['source', 'text'], ['medium', 'text'], ['campaign', 'text'],
            ['device', 'text'], ['operating_system', 'text'], ['browser', 'text'], ['language', 'text'],
            ['country', 'text'], ['region', 'text'], ['city', 'text'],
            ['transaction_id', 'text'], ['revenue', 'double'], ['currency', 'text'],
            ['conversation_id', 'text'], ['bot_platform', 'text'], ['intent', 'text'],
            ['analytics_consent', 'text'], ['ads_consent', 'text'],
            ['is_provisional', 'boolean'], ['is_test', 'boolean'],
        ],
        'parameters': [
            ['platform', 'text'], ['instance', 'text'], ['event_id', 'text'], ['reporting_date', 'date'],
            ['name', 'text'], ['value', 'text'],
        ],
        'items': [
            ['platform', 'text'], ['instance', 'text'], ['event_id', 'text'], ['reporting_date', 'date'],
            ['item_number', 'bigint'],
            ['item_id', 'text'], ['item_name', 'text'], ['category', 'text'], ['price', 'double'],
            ['quantity', 'double'],
        ],
        'figures': [
            ['platform', 'text'], ['instance', 'text'], ['metric', 'text'], ['dimension', 'text'],
            ['dimension_value', 'text'], ['from_date', 'date'], ['to_date', 'date'], ['value', 'double'],
            ['file', 'text'],
        ],
    },
    'figures': {
        'figures': [
            ['platform', 'text'], ['instance', 'text'], ['metric', 'text'], ['dimension', 'text'],
            ['dimension_value', 'text'], ['from_date', 'date'], ['to_date', 'date'], ['value', 'double'],
            ['file', 'text'],
        ],
    },
    'crm': {
        'people': [
            ['platform', 'text'], ['instance', 'text'], ['person_id', 'text'], ['email', 'text'],
            ['phone', 'text'], ['first_name', 'text'], ['last_name', 'text'], ['company', 'text'],
            ['city', 'text'], ['region', 'text'], ['country', 'text'], ['birth_date', 'date'], ['age', 'bigint'],
            ['gender', 'text'], ['language', 'text'], ['lifecycle_stage', 'text'], ['acquisition_source', 'text'],
            ['accepts_email', 'boolean'], ['order_count', 'bigint'],
            ['created_at', 'timestamp'], ['updated_at', 'timestamp'],
        ],
        'identifiers': [
            ['platform', 'text'], ['instance', 'text'], ['person_id', 'text'],
            ['identifier_type', 'text'], ['identifier_value', 'text'], ['seen_at', 'timestamp'],
            ['is_verified', 'boolean'],
        ],
        'merges': [
            ['platform', 'text'], ['instance', 'text'], ['person_id', 'text'], ['merged_person_id', 'text'],
            ['merged_at', 'timestamp'],
        ],
        'deals': [
            ['platform', 'text'], ['instance', 'text'], ['deal_id', 'text'], ['person_id', 'text'],
            ['name', 'text'], ['stage', 'text'], ['amount', 'double'], ['currency', 'text'],
            ['is_won', 'boolean'], ['is_closed', 'boolean'], ['created_at', 'timestamp'],
            ['closed_at', 'timestamp'], ['updated_at', 'timestamp'],
        ],
        'tickets': [
            ['platform', 'text'], ['instance', 'text'], ['ticket_id', 'text'], ['person_id', 'text'],
            ['subject', 'text'], ['category', 'text'], ['priority', 'text'], ['stage', 'text'],
            ['channel', 'text'], ['is_closed', 'boolean'], ['created_at', 'timestamp'],
            ['closed_at', 'timestamp'], ['updated_at', 'timestamp'],
        ],
    },
    'shop': {
        'orders': [
            ['platform', 'text'], ['instance', 'text'], ['order_id', 'text'], ['order_name', 'text'],
            ['checkout_token', 'text'], ['customer_id', 'text'], ['email', 'text'], ['phone', 'text'],
            ['ordered_at', 'timestamp'], ['cancelled_at', 'timestamp'], ['updated_at', 'timestamp'],
            ['financial_status', 'text'], ['fulfillment_status', 'text'], ['is_test', 'boolean'],
            ['currency', 'text'], ['subtotal', 'double'], ['shipping', 'double'], ['tax', 'double'],
            ['discount', 'double'], ['total', 'double'], ['refunded', 'double'],
            ['discount_code', 'text'], ['payment_method', 'text'], ['channel', 'text'],
            ['accepts_email', 'boolean'], ['city', 'text'], ['country', 'text'], ['thread_id', 'text'],
        ],
        'order_lines': [
            ['platform', 'text'], ['instance', 'text'], ['order_id', 'text'], ['line_number', 'bigint'],
            ['sku', 'text'], ['product_name', 'text'], ['quantity', 'double'], ['unit_price', 'double'],
            ['discount', 'double'],
        ],
        'customers': [
            ['platform', 'text'], ['instance', 'text'], ['customer_id', 'text'], ['email', 'text'],
            ['phone', 'text'], ['first_name', 'text'], ['last_name', 'text'], ['city', 'text'],
            ['region', 'text'], ['country', 'text'], ['accepts_email', 'boolean'], ['accepts_sms', 'boolean'],
            ['order_count', 'bigint'], ['total_spent', 'double'], ['created_at', 'timestamp'],
            ['updated_at', 'timestamp'],
        ],
        'identifiers': [
            ['platform', 'text'], ['instance', 'text'], ['record_type', 'text'], ['record_id', 'text'],
            ['identifier_type', 'text'], ['identifier_value', 'text'], ['seen_at', 'timestamp'],
            ['is_verified', 'boolean'],
        ],
    },
}) }}
{% endmacro %}

{#
  All platforms' stg_<platform>__<entity>, each cast to the conforming types: a contract alone would
  let a union coerce silently. The platforms come as the variable `staged`
  ({kind: {entity: [platforms]}}), because dbt can't list folders while it parses.
#}
{% macro union_platforms(kind, entity) %}
{%- set staged = var('staged', none) -%}
{%- if staged is none -%}
    {{ exceptions.raise_compiler_error("the variable `staged` is missing: run dbt through `chat-pipeline`, or copy the call that `chat-pipeline env` prints") }}
{%- endif -%}
{%- set columns = conforming()[kind][entity] -%}
{%- set platforms = staged.get(kind, {}).get(entity, []) -%}
{%- for platform in platforms %}
select
    {%- for column, type in columns %}
    cast({{ column }} as {{ engine_type(type) }}) as {{ column }}{{ "," if not loop.last }}
    {%- endfor %}
from {{ ref('stg_' ~ platform ~ '__' ~ entity) }}
{{ "union all" if not loop.last }}
{%- endfor %}
{%- if not platforms %}
select
    {%- for column, type in columns %}
    cast(null as {{ engine_type(type) }}) as {{ column }}{{ "," if not loop.last }}
    {%- endfor %}
where 1 = 0
{%- endif %}
{% endmacro %}
