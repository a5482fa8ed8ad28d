select concat('{"sender_id":"', thread, '",', event) as line
from rasa_events
order by ts, talk, turn, late
