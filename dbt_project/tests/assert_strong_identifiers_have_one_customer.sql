-- A strong key merges: it never stands under two customers. Nor does anything that makes a customer.
select
    identifier_hash,
    count(distinct customer_key) as customer_count
from {{ ref('customer_identities') }}
where rule = 'strong'
    or is_owned
group by identifier_hash
having count(distinct customer_key) > 1
