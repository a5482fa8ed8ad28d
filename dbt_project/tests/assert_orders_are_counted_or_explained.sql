-- An order is in the numbers or says why not; one that is in has no test flag.
select order_key
from {{ ref('fct_orders') }}
where is_counted <> (exclusion_reason is null)
    or (is_counted and is_test)
