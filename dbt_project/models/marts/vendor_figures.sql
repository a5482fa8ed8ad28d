{#- The vendors' words for what we count too, letters only and in lower case. -#}
{%- set names = {
    'sessions': ['sessions', 'sitzungen'],
    'users': ['users', 'totalusers', 'activeusers', 'nutzer', 'aktivenutzer'],
    'new_users': ['newusers', 'neuenutzer'],
    'events': ['eventcount', 'events', 'ereignisanzahl'],
    'page_views': ['views', 'screenpageviews', 'pageviews', 'aufrufe'],
    'purchases': ['purchases', 'transactions', 'ecommercepurchases'],
    'revenue': ['totalrevenue', 'purchaserevenue', 'revenue'],
    'conversations': ['conversations', 'chats'],
    'user_messages': ['usermessages'],
    'bot_messages': ['botmessages'],
    'escalations': ['escalations', 'handoffs'],
    'ratings': ['ratings', 'surveys'],
    'tickets': ['tickets', 'cases'],
    'orders': ['orders', 'totalorders', 'deals'],
} -%}
with told as (
    select * from {{ ref('int_web_figures__unioned') }}
    union all
    select * from {{ ref('int_figures_figures__unioned') }}
),

spelled as (
    select
        told.*,
        lower({{ replace_all('metric', '[^A-Za-z]', '') }}) as metric_letters,
        lower({{ replace_all('dimension', '[^A-Za-z]', '') }}) as dimension_letters
    from told
)

select
    {{ hash_key(['platform', 'instance', 'metric', 'dimension', 'dimension_value', 'from_date', 'to_date', 'file']) }} as figure_key,
    platform,
    instance,
    case
        {%- for metric, words in names.items() %}
        when metric_letters in ('{{ words | join("', '") }}') then '{{ metric }}'
        {%- endfor %}
    end as metric,
    metric as vendor_metric,
    case when dimension_letters = 'eventname' then 'event_name' else dimension end as dimension,
    dimension_value,
    from_date,
    to_date,
    value,
    file
from spelled
