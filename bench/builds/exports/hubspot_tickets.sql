select id as "Record ID", 'Question of a talk' as "Ticket name", '' as "Ticket description", 'Support Pipeline' as "Pipeline",
    case when is_closed then 'Closed' else 'Waiting on us' end as "Ticket status", 'MEDIUM' as "Priority", 'shipping_info' as "Category", 'Chat' as "Source",
    strftime(ts, '%Y-%m-%d %H:%M') as "Create date", case when is_closed then strftime(ts + interval 9 hour, '%Y-%m-%d %H:%M') end as "Close date",
    strftime(ts + interval 9 hour, '%Y-%m-%d %H:%M') as "Last Modified Date", case when person % 2 = 0 then 24000000000 + person end as "Associated Contact IDs"
from tickets
where desk = 'hubspot' and day between getvariable('first_day') and getvariable('last_day')
order by id
