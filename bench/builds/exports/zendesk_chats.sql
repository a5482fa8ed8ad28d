with said_in as (
    select talk, string_agg(concat(zd_said(ts, said, code(talk * 8 + turn, 'zu'), concat('visitor:', talk), 'Visitor'), ',',
        zd_said(ts + interval 2 second, answered, code(talk * 8 + turn, 'zb'), 'agent:trigger', 'Trigger')), ',' order by turn) as history, max(ts) as ended_at
    from turns
    where platform = 'zendesk_chat' and day between getvariable('first_day') and getvariable('last_day')
    group by talk
)
select concat('{"id":"', thread, '","type":"chat","timestamp":"', strftime(started_at, '%Y-%m-%dT%H:%M:%SZ'), '","end_timestamp":"', strftime(ended_at, '%Y-%m-%dT%H:%M:%SZ'),
    '","update_timestamp":"', strftime(ended_at, '%Y-%m-%dT%H:%M:%SZ'),
    '","started_by":"visitor","session":{"browser":"Safari","platform":"iPhone","city":"","ip":"192.0.2.7"},"visitor":{"id":"1.', person, '","name":"Visitor","email":"person',
    person, '@mail', person % 17, '.example","phone":"","notes":""},"history":[', history,
    '],"rating":', case when rating is null then 'null' when rating > 3 then '"good"' else '"bad"' end,
    ',"comment":null,"tags":[],"webpath":[],"missed":false,"dropped":false,"triggered":true,"agent_ids":[],"department_name":null,"duration":53,"conversions":[],"zendesk_ticket_id":null,"deleted":false}') as line
from said_in join talks using (talk)
order by started_at, talk
