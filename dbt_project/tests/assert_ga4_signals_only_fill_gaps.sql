-- GA4's copy of a rating never stands beside the platform's own.
select conversation_key
from {{ ref('fct_conversation_events') }}
where conversation_key is not null
    and event_type = 'feedback'
group by conversation_key
having max(case when signal_source = 'ga4' then 1 else 0 end) = 1
    and max(case when signal_source <> 'ga4' then 1 else 0 end) = 1
