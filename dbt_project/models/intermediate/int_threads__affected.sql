{{ config(materialized='table') }}

-- What a browser tells of a conversation may change without a word in its thread. Compared is with the last complete
-- build, so that a run that was killed leaves nothing out.
{%- set touched_threads = ref('stg_ledger__touched_threads') %}
{%- set compared = [] %}
{%- for model in ['int_chatbot_events__joined', 'int_web_signals__mapped'] %}
    {%- do compared.append((ref(model), source('built', model))) %}
{%- endfor %}

with found as (
    select
        platform,
        instance,
        thread_id
    from {{ touched_threads }}
    {%- if is_partial() %}
    {%- for now, before in compared %}
    union
    select
        platform,
        instance,
        thread_id
    from (
        select * from {{ now }}
        except
        select * from {{ before }}
    ) as came
    union
    select
        platform,
        instance,
        thread_id
    from (
        select * from {{ before }}
        except
        select * from {{ now }}
    ) as went
    {%- endfor %}
    {%- endif %}
)

select
    found.platform,
    found.instance,
    found.thread_id,
    -- Their rows are in this run's own; of the others they are fetched from what was kept.
    {%- for source in sources_in_mode('all') %}
    found.platform = '{{ source }}' or
    {%- endfor %}
    touched.thread_id is not null as is_touched
from found
left join {{ touched_threads }} as touched
    on touched.platform = found.platform
    and touched.instance = found.instance
    and touched.thread_id = found.thread_id
