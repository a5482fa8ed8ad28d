-- Note attributes (name: value, one per line) and tags of the same form: shops write the chat's id to either.
with source as (
    select
        instance,
        order_id,
        created_at,
        replace(note_attributes, chr(13), '') as note_attributes,
        tags
    from {{ ref('base_shopify__orders') }}
),

noted as (
    select * from {{ split_rows('source', ['instance', 'order_id', 'created_at'], 'note_attributes', 'chr(10)') }} as notes
    where instr(part, ':') > 1
),

tagged as (
    select * from {{ split_rows('source', ['instance', 'order_id', 'created_at'], 'tags', "','") }} as tags
    where instr(part, ':') > 1
),

-- Tags come behind all notes: no two attributes of an order share a number, and of two chats the note's is first.
attributes as (
    select instance, order_id, created_at, position, part
    from noted
    union all
    select instance, order_id, created_at, 10000 + position as position, part
    from tagged
)

select
    instance,
    order_id,
    created_at,
    position as attribute_number,
    trim(substr(part, 1, instr(part, ':') - 1)) as name,
    nullif(trim(substr(part, instr(part, ':') + 1)), '') as value
from attributes
