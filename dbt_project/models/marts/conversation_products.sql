-- Products named by users. A name is found word for word, up to five words long, also inside a longer name:
-- who asks for "linen shirt blue" has named "linen shirt" too, if the shop sells both.
with said as (
    select
        message_key,
        conversation_key,
        sent_at,
        {{ plain_words('text') }} as words
    from {{ ref('fct_messages') }}
    where author = 'user'
        and not is_test
        and content_type in ('text', 'voice')
        and text is not null
),

placed as (
    select * from {{ split_rows('said', ['message_key', 'conversation_key', 'sent_at'], 'words', "' '") }} as parts
),

following as (
    select
        placed.*,
        {%- for step in range(1, 5) %}
        lead(part, {{ step }}) over (partition by message_key order by position asc nulls last) as part_{{ step }}{{ "," if not loop.last }}
        {%- endfor %}
    from placed
),

phrases as (
    select message_key, conversation_key, sent_at, part as phrase from following
    {%- for length in range(2, 6) %}
    union all
    select
        message_key,
        conversation_key,
        sent_at,
        part{% for step in range(1, length) %} || ' ' || part_{{ step }}{% endfor %} as phrase
    from following
    where part_{{ length - 1 }} is not null
    {%- endfor %}
),

named as (
    select
        phrases.conversation_key,
        products.product_key,
        phrases.message_key,
        phrases.sent_at
    from phrases
    inner join {{ ref('dim_products') }} as products
        on products.name_words = phrases.phrase
)

select
    {{ hash_key(['conversation_key', 'product_key']) }} as conversation_product_key,
    conversation_key,
    product_key,
    count(distinct message_key) as message_count,
    min(sent_at) as first_named_at
from named
group by conversation_key, product_key
