{%- set transaction_columns = {'name': 'order_name', 'id': 'order_id', 'token': 'checkout_token'} -%}
-- Orders come from one kind of source for the whole home: shop, else CRM deals won, else GA4 purchases.
with test_domains as (
    select distinct lower(value) as domain
    from {{ source('settings', 'excluded') }}
    where kind = 'email_domain'
),

shop_orders as (
    select
        1 as precedence,
        'shop' as order_source,
        orders.platform,
        orders.instance,
        orders.order_id,
        orders.order_name,
        orders.{{ transaction_columns[var('ga4_transaction_id', 'name')] }} as transaction_id,
        orders.checkout_token,
        orders.ordered_at,
        orders.cancelled_at,
        lower(orders.financial_status) as financial_status,
        lower(orders.fulfillment_status) as fulfillment_status,
        coalesce(orders.is_test, false) as is_marked_test,
        lower(orders.email) as email,
        orders.currency,
        orders.total,
        orders.refunded,
        orders.channel,
        orders.discount_code,
        orders.country,
        orders.city,
        orders.thread_id,
        customers.customer_key,
        cast(null as {{ engine_type('text') }}) as web_event_key,
        cast(null as {{ engine_type('text') }}) as web_session_key
    from {{ ref('int_shop_orders__unioned') }} as orders
    left join {{ ref('int_order_customers') }} as customers
        on customers.platform = orders.platform
        and customers.instance = orders.instance
        and customers.order_id = orders.order_id
),

deals_won as (
    select
        2 as precedence,
        'crm' as order_source,
        deals.platform,
        deals.instance,
        deals.deal_id as order_id,
        deals.name as order_name,
        cast(null as {{ engine_type('text') }}) as transaction_id,
        cast(null as {{ engine_type('text') }}) as checkout_token,
        coalesce(deals.closed_at, deals.created_at) as ordered_at,
        cast(null as timestamp) as cancelled_at,
        'paid' as financial_status,
        cast(null as {{ engine_type('text') }}) as fulfillment_status,
        false as is_marked_test,
        lower(people.email) as email,
        deals.currency,
        deals.amount as total,
        cast(0 as double) as refunded,
        cast(null as {{ engine_type('text') }}) as channel,
        cast(null as {{ engine_type('text') }}) as discount_code,
        people.country,
        people.city,
        cast(null as {{ engine_type('text') }}) as thread_id,
        customers.customer_key,
        cast(null as {{ engine_type('text') }}) as web_event_key,
        cast(null as {{ engine_type('text') }}) as web_session_key
    from {{ ref('int_crm_deals__unioned') }} as deals
    left join {{ ref('int_crm_people__unioned') }} as people
        on people.platform = deals.platform
        and people.instance = deals.instance
        and people.person_id = deals.person_id
    left join {{ ref('int_person_customers') }} as customers
        on customers.platform = deals.platform
        and customers.instance = deals.instance
        and customers.person_id = deals.person_id
    where deals.is_won
),

-- A thank-you page that is loaded again sends the purchase again.
purchases as (
    select
        *,
        row_number() over (
            partition by platform, instance, transaction_id
            order by occurred_at asc nulls last, sequence asc nulls last, event_id asc nulls last
        ) as place
    from {{ ref('int_web_events__keyed') }}
    where event_name = 'purchase'
        and trim(coalesce(transaction_id, '')) <> ''
),

web_orders as (
    select
        3 as precedence,
        'web' as order_source,
        purchases.platform,
        purchases.instance,
        purchases.transaction_id as order_id,
        cast(null as {{ engine_type('text') }}) as order_name,
        purchases.transaction_id,
        cast(null as {{ engine_type('text') }}) as checkout_token,
        purchases.occurred_at as ordered_at,
        cast(null as timestamp) as cancelled_at,
        'paid' as financial_status,
        cast(null as {{ engine_type('text') }}) as fulfillment_status,
        purchases.is_test as is_marked_test,
        cast(null as {{ engine_type('text') }}) as email,
        purchases.currency,
        purchases.revenue as total,
        cast(0 as double) as refunded,
        'web' as channel,
        cast(null as {{ engine_type('text') }}) as discount_code,
        purchases.country,
        purchases.city,
        cast(null as {{ engine_type('text') }}) as thread_id,
        customers.customer_key,
        purchases.web_event_key,
        purchases.web_session_key
    from purchases
    left join {{ ref('int_web_session_customers') }} as customers
        on customers.platform = purchases.platform
        and customers.instance = purchases.instance
        and customers.web_session_id = purchases.web_session_id
    where purchases.place = 1
),

all_orders as (
    select * from shop_orders
    union all
    select * from deals_won
    union all
    select * from web_orders
),

chosen as (
    select min(precedence) as precedence from all_orders
),

keyed as (
    select
        {{ hash_key(['all_orders.order_source', 'all_orders.platform', 'all_orders.instance', 'all_orders.order_id']) }} as order_key,
        all_orders.*,
        -- "#1001" in the shop is often sent as "1001".
        lower(replace(trim(all_orders.transaction_id), '#', '')) as bare_transaction_id,
        {% if var('include_test_traffic', false) -%}
        false as is_test
        {%- else -%}
        all_orders.is_marked_test or test_domains.domain is not null as is_test
        {%- endif %}
    from all_orders
    inner join chosen on chosen.precedence = all_orders.precedence
    left join test_domains on test_domains.domain = split_part(all_orders.email, '@', 2)
),

-- Order names repeat over shops: the purchase of the same instance and of that day is meant.
purchase_sessions as (
    select
        keyed.order_key,
        purchases.web_event_key,
        purchases.web_session_key,
        row_number() over (
            partition by keyed.order_key
            order by
                case when purchases.instance = keyed.instance then 0 else 1 end asc nulls last,
                purchases.occurred_at asc nulls last, purchases.web_event_key asc nulls last
        ) as place
    from keyed
    inner join purchases
        on lower(replace(trim(purchases.transaction_id), '#', '')) = keyed.bare_transaction_id
        and purchases.place = 1
    where keyed.order_source = 'shop'
        and {{ seconds_between('keyed.ordered_at', 'purchases.occurred_at') }} between -86400 and 86400
),

thread_stream as (
    select
        thread_id,
        started_at as moment,
        0 as is_order,
        conversation_key,
        null as order_key
    from {{ ref('int_conversations__spanned') }}
    union all
    select
        thread_id,
        ordered_at as moment,
        1 as is_order,
        null as conversation_key,
        order_key
    from keyed
    where thread_id is not null
),

thread_placed as (
    select
        order_key,
        is_order,
        last_value(conversation_key ignore nulls) over (
            partition by thread_id
            order by
                date_trunc('second', moment) asc nulls last, is_order asc nulls last, moment asc nulls last,
                conversation_key asc nulls last, order_key asc nulls last
            rows between unbounded preceding and current row
        ) as conversation_key
    from thread_stream
),

judged as (
    select
        *,
        case
            when is_test then 'test'
            when cancelled_at is not null then 'cancelled'
            when financial_status = 'voided' then 'voided'
            when financial_status in ('paid', 'partially_paid', 'partially_refunded', 'refunded') then null
            {%- if var('cash_on_delivery', true) %}
            when financial_status = 'pending' and fulfillment_status = 'fulfilled' then null
            {%- endif %}
            when financial_status in ('pending', 'authorized') then financial_status
            else 'unknown_status'
        end as exclusion_reason
    from keyed
)

select
    judged.order_key,
    judged.platform,
    judged.instance,
    judged.order_id,
    judged.order_name,
    judged.transaction_id,
    judged.checkout_token,
    judged.order_source,
    judged.customer_key,
    judged.ordered_at,
    judged.financial_status,
    judged.fulfillment_status,
    judged.exclusion_reason is null as is_counted,
    judged.exclusion_reason,
    judged.is_test,
    coalesce(upper(judged.currency), '{{ var('currency', 'EUR') }}') as currency,
    judged.total,
    coalesce(judged.refunded, 0) as refunded,
    round(
        case
            when judged.financial_status = 'refunded' then 0
            else judged.total - coalesce(judged.refunded, 0)
        end * case
            when coalesce(upper(judged.currency), '{{ var('currency', 'EUR') }}') = '{{ var('currency', 'EUR') }}' then 1
            else rates.rate
        end,
        2
    ) as net_amount,
    judged.channel,
    judged.discount_code,
    judged.country,
    judged.city,
    judged.thread_id,
    thread_placed.conversation_key,
    coalesce(judged.web_event_key, purchase_sessions.web_event_key) as web_event_key,
    coalesce(judged.web_session_key, purchase_sessions.web_session_key) as web_session_key
from judged
left join {{ source('settings', 'currency_rates') }} as rates
    on rates.currency = upper(judged.currency)
left join purchase_sessions
    on purchase_sessions.order_key = judged.order_key
    and purchase_sessions.place = 1
left join thread_placed
    on thread_placed.order_key = judged.order_key
    and thread_placed.is_order = 1
