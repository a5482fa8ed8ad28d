with source as (
    select
        instance,
        order_id,
        created_at,
        replace(note_attributes, chr(13), '') as note_attributes
    from {{ ref('base_shopify__orders') }}
),

attributes as (
    select * from {{ split_rows('source', ['instance', 'order_id', 'created_at'], 'note_attributes', 'chr(10)') }} as parts
    where instr(part, ':') > 1
)

select
    instance,
    order_id,
    created_at,
    position as attribute_number,
    trim(substr(part, 1, instr(part, ':') - 1)) as name,
    nullif(trim(substr(part, instr(part, ':') + 1)), '') as value
from attributes
