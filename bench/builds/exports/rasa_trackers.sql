with trackers as (
    select concat('{"sender_id":"', thread, '","slots":{"email":null},"latest_event_time":', printf('%.6f', epoch(max(ts))),
        ',"paused":false,"followup_action":null,"events":[',
        string_agg(concat('{', event), ',' order by ts, talk, turn, late), ']}') as record,
        thread as key
    from rasa_events group by thread
)
select concat(case when row_number() over (order by key) = 1 then '[' end, record,
    case when lead(key) over (order by key) is null then ']' else ',' end) as line
from trackers order by key
