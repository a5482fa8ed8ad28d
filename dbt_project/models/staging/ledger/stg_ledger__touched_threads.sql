{{ config(materialized='table') }}

-- The threads of which the loads since the last complete build say anything, under every id that staging may give them.
select distinct
    platform,
    instance,
    thread_id
from (
    {{- touched_by_loads(var('threads', {}), 'thread_id') }}
) as touched
where thread_id is not null
