{{ config(materialized='table') }}

-- The days of web data that the loads since the last complete build brought or changed.
{%- set partitions = {} %}
{%- for source_name, tables in var('days', {}).items() %}
    {%- set of_source = {} %}
    {%- for table in tables %}{%- do of_source.update({table: ['_partition']}) %}{%- endfor %}
    {%- do partitions.update({source_name: of_source}) %}
{%- endfor %}
select distinct
    platform,
    instance,
    partition_name,
    cast(
        substr(partition_name, 1, 4) || '-' || substr(partition_name, 5, 2) || '-' || substr(partition_name, 7, 2) as date
    ) as reporting_date
from (
    {{- touched_by_loads(partitions, 'partition_name') }}
) as touched
where partition_name is not null
