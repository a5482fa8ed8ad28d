select
    'ga4' as platform,
    instance,
    event_id,
    reporting_date,
    name,
    case
        when value like 'http%' then {{ without_query('value') }}
        else value
    end as value
from {{ ref('base_ga4__parameters') }}
