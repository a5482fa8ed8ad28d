{#
  What a run recomputes. The variable `recompute` ({source: {mode, since}}) comes from
  chat_pipeline/recompute.py; without it everything is built anew. A source's mode:
  `touched`: its threads of which a load after number `since` says anything, and no other;
  `all`: the whole source; `none`: nothing of it.

  Models that say `kept_by_thread` hold all history: a run takes the rows of its threads out and puts them
  in again. All chat models before those hold the threads of the last run only.
#}

{% macro is_partial() %}{{ return(var('recompute', {}) | length > 0) }}{% endmacro %}

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
{%- set kept, named = ref(model), ref(threads) -%}
(
    select kept.*
    from {{ kept }} as kept
    {%- if is_partial() %}
    where {{ is_of_threads('kept', named) }}
    {%- endif %}
)
{%- endmacro %}

{# Configuration of a model that keeps all history by thread; `threads` names the model of those that a run recomputes. #}
{% macro kept_by_thread(threads) -%}
{%- do ref(threads) -%}
{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='fail',
    pre_hook="{{ without_threads(this, '" ~ threads ~ "') }}"
) }}
{%- endmacro %}

{% macro without_threads(kept, threads) -%}
{%- if is_partial() -%}
delete from {{ kept }} as kept where {{ is_of_threads('kept', ref(threads)) }}
{%- endif -%}
{%- endmacro %}
