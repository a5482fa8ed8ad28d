with records as (
    select talk, concat('{"attributes":{"type":"Case","url":"/services/data/v60.0/sobjects/Case/', printf('500Kb%010dAAA', talk), '"},"Id":"', printf('500Kb%010dAAA', talk),
        '","CaseNumber":"', printf('%08d', talk), '","ContactId":', case when person % 3 = 0 then concat('"', printf('003Kb%010dAAA', person), '"') else 'null' end,
        ',"Origin":"Chat","Type":"complaint","Priority":"Medium","Status":"', case when is_closed then 'Closed' else 'New' end,
        '","Subject":"About a talk","IsClosed":', is_closed, ',"ClosedDate":', case when is_closed then strftime(ts + interval 9 hour, '"%Y-%m-%dT%H:%M:%S.000+0000"') else 'null' end,
        ',"IsDeleted":false,"CreatedDate":"', strftime(ts, '%Y-%m-%dT%H:%M:%S.000+0000'), '","SystemModstamp":"', strftime(ts + interval 9 hour, '%Y-%m-%dT%H:%M:%S.000+0000'), '"}') as record
    from tickets
    where desk = 'salesforce' and day between getvariable('first_day') and getvariable('last_day')
)
select concat(case when row_number() over (order by talk) = 1 then concat('{"totalSize": ', count(*) over (), ', "done": true, "records": [') end, record,
    case when lead(talk) over (order by talk) is null then ']}' else ',' end) as line
from records order by talk
