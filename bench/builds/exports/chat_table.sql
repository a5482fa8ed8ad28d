select thread as "conversation id", strftime(ts, '%Y-%m-%d %H:%M:%S') as "timestamp", said as "customer query", answered as "chatbot response",
    '' as "resolution time", case when turn = talks.turns - 1 then cast(rating as varchar) end as "csat score"
from turns join talks using (talk)
where turns.platform = 'chat_table' and turns.day between getvariable('first_day') and getvariable('last_day')
    and talks.day between getvariable('first_day') and getvariable('last_day')
order by ts, talk, turn
