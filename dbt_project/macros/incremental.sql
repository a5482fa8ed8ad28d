{#
  What a run recomputes. The variable `recompute` ({source: {mode, since}}) comes from
  chat_pipeline/recompute.py; without it everything is built anew. A source's mode:
  `touched`: its threads of which a load after number `since` says anything, and no other;
  `all`: the whole source; `none`: nothing of it.

  Web data go by day in the same way. Models that say `kept_by_thread` or `kept_by_day` hold all history: a run takes the rows of its threads or days
  out and puts them in again. All chat and web models before those hold what the last run recomputed, no more.
#}

{% macro is_partial() %}{{ return(var('recompute', {}) | length > 0) }}{% endmacro %}

{# The model that lists what a run recomputes; none in a full run, which reads no such list (a unit test gives none). While dbt
   parses it is always named, else dbt would not know the dependency. #}
{% macro if_partial(model) %}{{ return(ref(model) if is_partial() or not execute else none) }}{% endmacro %}

{% macro sources_in_mode(mode) %}
{%- set found = [] -%}
{%- for source, plan in var('recompute', {}).items() if plan['mode'] == mode -%}{%- do found.append(source) -%}{%- endfor -%}
{{ return(found) }}
{% endmacro %}

{# Condition: the row of `alias` (platform, instance, thread_id) is of a thread in `threads`, or of a source that is recomputed as a whole. #}
{% macro is_of_threads(alias, threads) -%}
(
    {%- for source in sources_in_mode('all') %}
    {{ alias }}.platform = '{{ source }}' or
    {%- endfor %}
    exists (
        select 1
        from {{ threads }} as threads
        where threads.platform = {{ alias }}.platform
            and threads.instance = {{ alias }}.instance
            and threads.thread_id = {{ alias }}.thread_id
    )
)
{%- endmacro %}

{# The rows of a kept model that this run recomputes; all of them in a full run. #}
{% macro rows_of_threads(model, threads) -%}
{%- set kept, named = ref(model), if_partial(threads) -%}
(
    select kept.*
    from {{ kept }} as kept
    {%- if is_partial() %}
    where {{ is_of_threads('kept', named) }}
    {%- endif %}
)
{%- endmacro %}

{# Rows of the affected threads: of those that are touched this run has told them (`told`), of the others they are `kept`. #}
{% macro rows_affected(told, kept) -%}
{%- set told, kept, affected = ref(told), ref(kept), if_partial('int_threads__affected') -%}
(
    select * from {{ told }}
    {%- if is_partial() %}
    union all
    select kept.*
    from {{ kept }} as kept
    where exists (
        select 1
        from {{ affected }} as affected
        where not affected.is_touched
            and affected.platform = kept.platform
            and affected.instance = kept.instance
            and affected.thread_id = kept.thread_id
    )
    {%- endif %}
)
{%- endmacro %}

{# Configuration of a model that keeps all history by thread; `threads` names the model of those that a run recomputes. #}
{% macro kept_by_thread(threads) -%}
{%- do if_partial(threads) -%}
{%- do config(
    materialized='incremental', incremental_strategy='append', on_schema_change='fail',
    pre_hook="{{ without_threads(this, '" ~ threads ~ "') }}"
) -%}
{%- endmacro %}

{% macro without_threads(kept, threads) -%}
{%- if is_partial() -%}
delete from {{ kept }} as kept where {{ is_of_threads('kept', ref(threads)) }}
{%- endif -%}
{%- endmacro %}

{# The same for days of web data: `days` names a model of platform, instance and reporting_date. #}
{% macro is_of_days(alias, days) -%}
exists (
    select 1
    from {{ days }} as days
    where days.platform = {{ alias }}.platform
        and days.instance = {{ alias }}.instance
        and days.reporting_date = {{ alias }}.reporting_date
)
{%- endmacro %}

{% macro rows_of_days(model, days) -%}
{%- set kept, named = ref(model), if_partial(days) -%}
(
    select kept.*
    from {{ kept }} as kept
    {%- if is_partial() %}
    where {{ is_of_days('kept', named) }}
    {%- endif %}
)
{%- endmacro %}

{% macro kept_by_day(days) -%}
{%- do if_partial(days) -%}
{%- do config(
    materialized='incremental', incremental_strategy='append', on_schema_change='fail',
    pre_hook="{{ without_days(this, '" ~ days ~ "') }}"
) -%}
{%- endmacro %}

{% macro without_days(kept, days) -%}
{%- if is_partial() -%}
delete from {{ kept }} as kept where {{ is_of_days('kept', ref(days)) }}
{%- endif -%}
{%- endmacro %}

{# And for web sessions, which may lie in two days: `sessions` names a model that lists those to be told anew. #}
{% macro kept_by_session(sessions) -%}
{%- do if_partial(sessions) -%}
{%- do config(
    materialized='incremental', incremental_strategy='append', on_schema_change='fail',
    pre_hook="{{ without_sessions(this, '" ~ sessions ~ "') }}"
) -%}
{%- endmacro %}

{% macro without_sessions(kept, sessions) -%}
{%- if is_partial() -%}
delete from {{ kept }} as kept
where exists (select 1 from {{ ref(sessions) }} as sessions where sessions.web_session_key = kept.web_session_key)
{%- endif -%}
{%- endmacro %}

{# Rows (platform, instance, what `tables` names) of raw that the loads since the last complete build say anything of. `tables`: {source: {raw
   table: names of its columns that hold it}}; sources in mode `touched` count. None in all: one row of nulls. #}
{% macro touched_by_loads(tables, name) -%}
{%- set changed_loads = ref('stg_ledger__changed_loads') -%}
{%- for source_name, columns in tables.items() -%}
    {%- for table, names in columns.items() -%}
        {%- set raw = source(source_name, table) -%}
        {%- set plan = var('recompute', {}).get(source_name, {}) -%}
        {%- for column in names if plan.get('mode') == 'touched' %}
    select
        '{{ source_name }}' as platform,
        instance,
        {{ column }} as {{ name }}
    from {{ raw }} as raw
    where _load > {{ plan['since'] }}
    union all
    select
        '{{ source_name }}' as platform,
        raw.instance,
        {{ column }} as {{ name }}
    from {{ raw }} as raw
    inner join {{ changed_loads }} as changed_loads
        on changed_loads.source = '{{ source_name }}'
        and changed_loads.table_name = '{{ table }}'
        and changed_loads.path = raw._source_file
        and changed_loads.load = raw._load
    union all
        {%- endfor -%}
    {%- endfor -%}
{%- endfor %}
    select
        cast(null as {{ engine_type('text') }}) as platform,
        cast(null as {{ engine_type('text') }}) as instance,
        cast(null as {{ engine_type('text') }}) as {{ name }}
{%- endmacro %}
