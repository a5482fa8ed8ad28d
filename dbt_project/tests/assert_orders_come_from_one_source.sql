-- Shop, else CRM, else web: never two of them, or a purchase counts twice.
select count(distinct order_source) as order_sources
from {{ ref('fct_orders') }}
having count(distinct order_source) > 1
