-- One row per customer and attribute that is known: the statement of the best source, the newest of it.
select
    customer_key,
    attribute,
    value
from (
    select
        customer_key,
        attribute,
        value,
        row_number() over (
            partition by customer_key, attribute
            order by
                source_rank asc nulls last, stated_at desc nulls last, record asc nulls last, value asc nulls last
        ) as place
    from {{ ref('int_customer_attributes__stated') }}
) as ranked
where place = 1
