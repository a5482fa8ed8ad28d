-- What the shop sells or shows, by name: shops and GA4 often tell different numbers for the same product.
with told as (
    select
        product_name,
        sku,
        cast(null as {{ engine_type('text') }}) as category,
        1 as precedence
    from {{ ref('int_shop_order_lines__unioned') }}
    union all
    select
        item_name as product_name,
        item_id as sku,
        category,
        2 as precedence
    from {{ ref('int_web_items__unioned') }}
),

named as (
    select
        told.*,
        {{ product_words('product_name') }} as name_words
    from told
    where trim(coalesce(product_name, '')) <> ''
)

select
    {{ hash_key(['name_words']) }} as product_key,
    name_words,
    min(split_part(product_name, ' - ', 1)) as product_name,
    coalesce(min(case when precedence = 1 then sku end), min(sku)) as sku,
    min(category) as category
from named
group by name_words
