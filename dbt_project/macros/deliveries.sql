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
  `version`: another expression, where only some shapes of a source tell one. Only keys that came more than once are
  ranked: most came once, and to sort whole rows would cost more than all else.
#}
{% macro newest_records(source_name, table, version='_version') -%}
(
    select *
    from (
        select
            delivered.*,
            1 as delivery_rank
        from {{ delivered(source_name, table) }} as delivered
        left join {{ repeated_keys(source_name, table) }} as repeated
            on repeated.instance = delivered.instance
            and repeated._record_key = delivered._record_key
        where repeated._record_key is null
        union all
        select
            delivered.*,
            row_number() over (
                partition by delivered.instance, delivered._record_key
                order by
                    {{ version }} desc nulls last, _delivered_at desc nulls last, _source_file desc nulls last,
                    _load desc nulls last, _source_row desc nulls last
            ) as delivery_rank
        from {{ delivered(source_name, table) }} as delivered
        inner join {{ repeated_keys(source_name, table) }} as repeated
            on repeated.instance = delivered.instance
            and repeated._record_key = delivered._record_key
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

{% macro repeated_keys(source_name, table) -%}
(
    select instance, _record_key
    from {{ delivered(source_name, table) }} as deliveries
    group by instance, _record_key
    having count(*) > 1
)
{%- endmacro %}

{#
  The newest version of each record, for sources whose exports hold the fields that were asked for: a column that a
  version was not asked for is taken from the newest one that was, one that a version has empty is empty.
  `columns`: each with the names (lower case) under which a version may tell of it; `given`: SQL, the names of the
  fields that a version has, as the text of a JSON list; `others`: the column with a JSON object of further fields,
  completed by the same rule; `keep`: columns that are the newest version's alone.
#}
{% macro told_records(source_name, table, columns, given, others, keep) -%}
(
    with delivered as (
        select * from {{ delivered(source_name, table) }} as deliveries
    ),

    newest as (
        select * from {{ newest_records(source_name, table) }} as newest
    ),

    several as (
        select * from {{ repeated_keys(source_name, table) }} as repeated
    ),

    versions as (
        select
            delivered.instance,
            delivered._record_key,
            delivered.{{ others }},
            {%- for column in columns %}
            delivered.{{ column }},
            {%- endfor %}
            lower({{ given }}) as told_names,
            row_number() over (
                partition by delivered.instance, delivered._record_key
                order by
                    delivered._version desc nulls last, delivered._delivered_at desc nulls last,
                    delivered._source_file desc nulls last, delivered._load desc nulls last,
                    delivered._source_row desc nulls last
            ) as delivery_rank
        from delivered
        inner join several
            on several.instance = delivered.instance
            and several._record_key = delivered._record_key
    ),

    -- Versions that tell of the same need nothing of each other.
    differing as (
        select instance, _record_key
        from versions
        group by instance, _record_key
        having min(told_names) <> max(told_names)
    ),

    uneven as (
        select versions.*
        from versions
        inner join differing
            on differing.instance = versions.instance
            and differing._record_key = versions._record_key
    ),

    told as (
        select
            instance,
            _record_key
            {%- for column, names in columns.items() %},
            min(case
                when {% for name in names %}instr(told_names, '"{{ name }}"') > 0{% if not loop.last %} or {% endif %}{% endfor %}
                    then delivery_rank
            end) as {{ column }}_rank
            {%- endfor %}
        from uneven
        group by instance, _record_key
    ),

    filled as (
        select
            uneven.instance,
            uneven._record_key
            {%- for column in columns %},
            max(case when uneven.delivery_rank = told.{{ column }}_rank then uneven.{{ column }} end) as {{ column }}
            {%- endfor %}
        from uneven
        inner join told
            on told.instance = uneven.instance
            and told._record_key = uneven._record_key
        group by uneven.instance, uneven._record_key
    ),

    entries as (
        select instance, _record_key, delivery_rank, name, value
        from {{ json_entries('uneven', ['instance', '_record_key', 'delivery_rank'], others) }} as entries
    ),

    -- The newest version that has the field at all, be it empty.
    entry_ranks as (
        select names.instance, names._record_key, names.name, min(uneven.delivery_rank) as delivery_rank
        from (select distinct instance, _record_key, name from entries) as names
        inner join uneven
            on uneven.instance = names.instance
            and uneven._record_key = names._record_key
            and instr(uneven.told_names, '"' || lower(names.name) || '"') > 0
        group by names.instance, names._record_key, names.name
    ),

    completed as (
        select entries.instance, entries._record_key, {{ json_collected('entries.name', 'entries.value') }} as {{ others }}
        from entries
        inner join entry_ranks
            on entry_ranks.instance = entries.instance
            and entry_ranks._record_key = entries._record_key
            and entry_ranks.name = entries.name
            and entry_ranks.delivery_rank = entries.delivery_rank
        group by entries.instance, entries._record_key
    )

    select
        newest.instance,
        {%- for column in keep %}
        newest.{{ column }},
        {%- endfor %}
        {%- for column in columns %}
        coalesce(newest.{{ column }}, filled.{{ column }}) as {{ column }},
        {%- endfor %}
        case when filled._record_key is null then newest.{{ others }} else completed.{{ others }} end as {{ others }}
    from newest
    left join filled
        on filled.instance = newest.instance
        and filled._record_key = newest._record_key
    left join completed
        on completed.instance = newest.instance
        and completed._record_key = newest._record_key
)
{%- endmacro %}

{#
  For tables that replace by partition: the whole partition from the delivery that wins. Shards of
  one export (same name but for a number of 12 digits) are one delivery; `_standing` ranks kinds of delivery (GA4's
  daily export beats intraday), then the later one wins. Within the winner each record stands once.
#}
{% macro newest_partitions(source_name, table) -%}
(
    {%- set standing = standing_rows(source_name, table) %}
    {%- set repeated %}(
            select instance, _partition, _record_key
            from {{ standing }} as rows_of_partition
            group by instance, _partition, _record_key
            having count(*) > 1
        ) as repeated
            on repeated.instance = standing.instance
            and repeated._partition = standing._partition
            and repeated._record_key = standing._record_key
    {%- endset %}
    select *
    from (
        select
            standing.*,
            1 as delivery_rank
        from {{ standing }} as standing
        left join {{ repeated }}
        where repeated._record_key is null
        union all
        select
            standing.*,
            row_number() over (
                partition by standing.instance, standing._partition, standing._record_key
                order by standing._source_file asc nulls last, standing._source_row asc nulls last
            ) as delivery_rank
        from {{ standing }} as standing
        inner join {{ repeated }}
    ) as ranked
    where delivery_rank = 1
)
{%- endmacro %}

{# The rows of the delivery that wins of each partition, of each file those of its newest load. Who wins is told by the
   few distinct deliveries, not by their rows. #}
{% macro standing_rows(source_name, table) -%}
(
    select delivered.*
    from {{ delivered(source_name, table) }} as delivered
    inner join (
        with units as (
            select
                instance,
                _partition,
                _source_file,
                _load,
                max(_standing) as standing,
                max(_delivered_at) as delivered_at,
                {{ replace_all("_source_file", "[0-9]{12}", "") }} as delivery,
                row_number() over (
                    partition by instance, _partition, _source_file
                    order by max(_delivered_at) desc nulls last, _load desc nulls last
                ) as load_rank
            from {{ delivered(source_name, table) }} as deliveries
            group by instance, _partition, _source_file, _load
        ),

        winners as (
            select
                instance,
                _partition,
                delivery,
                row_number() over (
                    partition by instance, _partition
                    order by
                        max(standing) desc nulls last, max(delivered_at) desc nulls last, delivery desc nulls last
                ) as partition_rank
            from units
            group by instance, _partition, delivery
        )

        select
            units.instance,
            units._partition,
            units._source_file,
            units._load
        from units
        inner join winners
            on winners.instance = units.instance
            and winners._partition = units._partition
            and winners.delivery = units.delivery
            and winners.partition_rank = 1
        where units.load_rank = 1
    ) as winning
        on winning.instance = delivered.instance
        and winning._partition = delivered._partition
        and winning._source_file = delivered._source_file
        and winning._load = delivered._load
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
