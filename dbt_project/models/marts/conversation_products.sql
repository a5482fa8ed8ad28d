-- Products named by users. A name is found word for word, up to five words long, also inside a longer name:
-- who asks for "linen shirt blue" has named "linen shirt" too, if the shop sells both.
with said as (
    select
        message_key,
        conversation_key,
        sent_at,
        text
    from {{ ref('fct_messages') }}
    where author = 'user'
        and not is_test
        and content_type in ('text', 'voice')
        and text is not null
),

-- What is said often is read once.
texts as (
    select
        text,
        {{ plain_words('text') }} as words
    from (select distinct text from said) as different
),

products as (
    select
        product_key,
        name_words,
        split_part(name_words, ' ', 1) as first_word
    from {{ ref('dim_products') }}
    where name_words <> ''
        and length(name_words) - length(replace(name_words, ' ', '')) < 5
),

placed as (
    select * from {{ split_rows('texts', ['text', 'words'], 'words', "' '") }} as parts
),

spoken as (
    select distinct placed.text, products.product_key
    from placed
    inner join products on products.first_word = placed.part
    where instr(' ' || placed.words || ' ', ' ' || products.name_words || ' ') > 0
),

named as (
    select
        said.conversation_key,
        spoken.product_key,
        said.message_key,
        said.sent_at
    from said
    inner join spoken on spoken.text = said.text
)

select
    {{ hash_key(['conversation_key', 'product_key']) }} as conversation_product_key,
    conversation_key,
    product_key,
    count(distinct message_key) as message_count,
    min(sent_at) as first_named_at
from named
group by conversation_key, product_key
