{#
  Which delivery of a raw row stands. Every base model starts with one of these; they read only rows
  whose (file, load) the ledger names, so a load that never became visible, or a file taken out with
  `forget`, is not there.
#}

{% macro delivered(source_name, table) -%}
{%- set raw, loads = source(source_name, table), ref('stg_ledger__loads') -%}
{%- set touched_threads, touched_days = if_partial('stg_ledger__touched_threads'), if_partial('stg_ledger__touched_days') -%}
{%- set mode = var('recompute', {}).get(source_name, {}).get('mode', 'all') -%}
{%- set thread_ids = var('threads', {}).get(source_name, {}).get(table) -%}
{%- set days = var('days', {}).get(source_name, []) -%}
(
    select raw.*
    from {{ raw }} as raw
    inner join {{ loads }} as loads
        on loads.source = '{{ source_name }}'
        and loads.table_name = '{{ table }}'
        and loads.path = raw._source_file
        and loads.load = raw._load
    {%- if days and table not in days %}
    {#- A table beside the days, of a few rows: read as a whole. #}
    {%- elif mode == 'none' %}
    where 1 = 0
    {%- elif mode == 'touched' and thread_ids %}
    where exists (
        select 1
        from {{ touched_threads }} as touched
        where touched.platform = '{{ source_name }}'
            and touched.instance = raw.instance
            and touched.thread_id = raw.{{ thread_ids[0] }}
    )
    {%- elif mode == 'touched' and days %}
    where exists (
        select 1
        from {{ touched_days }} as touched
        where touched.platform = '{{ source_name }}'
            and touched.instance = raw.instance
            and touched.partition_name = raw._partition
    )
    {%- endif %}
)
{%- endmacro %}

{#
  For tables that replace by record: the vendor's version decides, then delivery time, then path.
  `version`: another expression, where only some shapes of a source tell one.
#}
{% macro newest_records(source_name, table, version='_version') -%}
(
    select *
    from (
        select
            delivered.*,
            row_number() over (
                partition by instance, _record_key
                order by
                    {{ version }} desc nulls last, _delivered_at desc nulls last, _source_file desc nulls last,
                    _load desc nulls last, _source_row desc nulls last
            ) as delivery_rank
        from {{ delivered(source_name, table) }} as delivered
    ) as ranked
    where delivery_rank = 1
    {%- if source_name in var('complete_snapshots', []) %}
        -- Settings declare each export complete: what the newest one lacks is deleted.
        and exists (
            select 1
            from (
                select
                    instance,
                    _load,
                    row_number() over (
                        partition by instance
                        order by max(_delivered_at) desc nulls last, _load desc nulls last
                    ) as snapshot_rank
                from {{ delivered(source_name, table) }} as snapshots
                group by instance, _load
            ) as newest
            where newest.snapshot_rank = 1
                and newest.instance = ranked.instance
                and newest._load = ranked._load
        )
    {%- endif %}
)
{%- endmacro %}

{#
  For tables that replace by partition: the whole partition from the delivery that wins. Shards of
  one export (same name but for a number of 12 digits) are one delivery; `_standing` ranks kinds of delivery (GA4's
  daily export beats intraday), then the later one wins. Within the winner each record stands once.
#}
{% macro newest_partitions(source_name, table) -%}
(
    select *
    from (
        select
            standing.*,
            row_number() over (
                partition by standing.instance, standing._partition, standing._record_key
                order by standing._source_file asc nulls last, standing._source_row asc nulls last
            ) as delivery_rank
        from (
            select
                delivered.*,
                first_value(_load) over (
                    partition by instance, _partition, _source_file
                    order by _delivered_at desc nulls last, _load desc nulls last
                    rows between unbounded preceding and unbounded following
                ) as newest_load
            from {{ delivered(source_name, table) }} as delivered
        ) as standing
        inner join (
            select
                instance,
                _partition,
                delivery,
                row_number() over (
                    partition by instance, _partition
                    order by
                        max(_standing) desc nulls last, max(_delivered_at) desc nulls last,
                        delivery desc nulls last
                ) as partition_rank
            from (
                select
                    instance,
                    _partition,
                    _standing,
                    _delivered_at,
                    {{ replace_all("_source_file", "[0-9]{12}", "") }} as delivery
                from {{ delivered(source_name, table) }} as deliveries
            ) as units
            group by instance, _partition, delivery
        ) as winners
            on winners.instance = standing.instance
            and winners._partition = standing._partition
            and winners.delivery = {{ replace_all("standing._source_file", "[0-9]{12}", "") }}
            and winners.partition_rank = 1
        where standing._load = standing.newest_load
    ) as ranked
    where delivery_rank = 1
)
{%- endmacro %}

{# For tables without any key: all rows of each file's newest load. #}
{% macro newest_files(source_name, table) -%}
(
    select *
    from (
        select
            delivered.*,
            max(_load) over (partition by instance, _source_file) as newest_load
        from {{ delivered(source_name, table) }} as delivered
    ) as ranked
    where _load = newest_load
)
{%- endmacro %}
