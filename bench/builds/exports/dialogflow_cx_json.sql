select concat('{"project_id":"shop","agent_id":"a1b2","conversation_name":"', session, '","turn_position":"', turn + 1, '","request_time":"',
    strftime(ts, '%Y-%m-%d %H:%M:%S.%f UTC'), '","language_code":"en","request":', request, ',"response":', response,
    ',"conversation_signals":{"turnSignals":{}}}') as line
from cx_turns
order by ts, talk, turn
