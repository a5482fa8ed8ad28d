select 'shop' as project_id, 'a1b2' as agent_id, session as conversation_name, cast(turn + 1 as bigint) as turn_position, ts as request_time,
    'en' as language_code, request, response, cast(null as varchar) as partial_responses, cast(null as varchar) as derived_data,
    '{"turnSignals":{}}' as conversation_signals, cast(null as varchar) as bot_answer_feedback
from cx_turns
order by ts, talk, turn
