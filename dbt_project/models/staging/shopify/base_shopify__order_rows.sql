{{ config(materialized='table') }}

-- An order is replaced with all its rows at once: a line that a newer export no longer has is gone.
with source as (
    select * from {{ delivered('shopify', 'orders') }} as delivered
),

-- Old and partial exports have no id: name and time find it where another export told all three.
names as (
    select
        instance,
        name,
        created_at,
        max(id) as id
    from source
    where id is not null
    group by instance, name, created_at
),

identified as (
    select
        source.*,
        coalesce(source.id, names.id, source.name) as order_id
    from source
    left join names
        on names.instance = source.instance
        and names.name = source.name
        and names.created_at = source.created_at
),

ranked as (
    select
        instance,
        order_id,
        order_fingerprint,
        row_number() over (
            partition by instance, order_id
            order by
                coalesce(_version, _delivered_at) desc nulls last, _delivered_at desc nulls last,
                _source_file desc nulls last, _load desc nulls last, _source_row desc nulls last,
                line_number asc nulls last
        ) as delivery_rank
    from identified
),

-- What only the API tells holds on when the CSV comes again: a test order stays one.
told as (
    select
        instance,
        order_id,
        customer_id,
        checkout_token,
        processed_at,
        is_test,
        refunds,
        row_number() over (
            partition by instance, order_id
            order by
                coalesce(_version, _delivered_at) desc nulls last, _delivered_at desc nulls last,
                _source_file desc nulls last, _load desc nulls last, _source_row desc nulls last
        ) as delivery_rank
    from identified
    where line_items is not null
),

standing as (
    select
        identified.*,
        told.customer_id as told_customer_id,
        told.checkout_token as told_checkout_token,
        told.processed_at as told_processed_at,
        told.is_test as told_is_test,
        told.refunds as told_refunds,
        row_number() over (
            partition by identified.instance, identified.order_id, identified.line_number
            order by
                identified._delivered_at desc nulls last, identified._source_file desc nulls last,
                identified._load desc nulls last, identified._source_row desc nulls last
        ) as copy_rank
    from identified
    inner join ranked
        on ranked.instance = identified.instance
        and ranked.order_id = identified.order_id
        and ranked.order_fingerprint = identified.order_fingerprint
        and ranked.delivery_rank = 1
    left join told
        on told.instance = identified.instance
        and told.order_id = identified.order_id
        and told.delivery_rank = 1
)

select * from standing
where copy_rank = 1
