select
    {{ hash_key(['tickets.platform', 'tickets.instance', 'tickets.ticket_id']) }} as ticket_key,
    customers.customer_key,
    tickets.platform,
    tickets.instance,
    tickets.ticket_id,
    tickets.created_at,
    {{ shop_date('tickets.created_at') }} as created_date,
    tickets.closed_at,
    coalesce(tickets.is_closed, false) as is_closed,
    tickets.category,
    tickets.priority,
    tickets.stage,
    tickets.channel
from {{ ref('int_crm_tickets__unioned') }} as tickets
left join {{ ref('int_person_customers') }} as customers
    on customers.platform = tickets.platform
    and customers.instance = tickets.instance
    and customers.person_id = tickets.person_id
