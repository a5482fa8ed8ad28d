select concat(case when row_number() over in_time = 1 then '[' end, activity,
    case when lead(talk) over in_time is null then ']' else ',' end) as line
from bf_activities
window in_time as (order by ts, talk, turn, late)
order by ts, talk, turn, late
