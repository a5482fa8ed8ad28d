with said_in as (
    select talk, string_agg(concat(
        case when turn > 0 then concat('{"type":"conversation_part","id":"', talk * 20 + turn * 2, '","part_type":"comment","body":"<p>', said, '</p>","created_at":',
            cast(epoch(ts) as bigint), ',"updated_at":', cast(epoch(ts) as bigint), ',"author":{"type":"user","id":"u', person, '","email":"person', person, '@mail', person % 17,
            '.example"},"attachments":[],"redacted":false},') end,
        '{"type":"conversation_part","id":"', talk * 20 + turn * 2 + 1, '","part_type":"comment","body":"<p>', answered, '</p>","created_at":',
        cast(epoch(ts) as bigint) + 2, ',"updated_at":', cast(epoch(ts) as bigint) + 2,
        ',"author":{"type":"bot","id":"5001","name":"Fin","email":"operator@intercom.example","from_ai_agent":true,"is_ai_answer":true},"attachments":[],"redacted":false}'
    ), ',' order by turn) as parts, cast(epoch(max(ts)) as bigint) as ended, max(case when turn = 0 then said end) as first_said
    from turns join talks using (talk)
    where turns.platform = 'intercom' and turns.day between getvariable('first_day') and getvariable('last_day')
        and talks.day between getvariable('first_day') and getvariable('last_day')
    group by talk
)
select concat('{"type":"conversation","id":"', thread, '","created_at":', cast(epoch(started_at) as bigint), ',"updated_at":', ended,
    ',"title":null,"open":false,"state":"closed","read":true,"priority":"not_priority","source":{"type":"conversation","id":"', talk,
    '","delivered_as":"customer_initiated","body":"<p>', first_said, '</p>","author":{"type":"user","id":"u', person, '","email":"person', person, '@mail', person % 17,
    '.example"},"attachments":[],"url":"https://shop.example/","redacted":false},"contacts":{"type":"contact.list","contacts":[{"type":"contact","id":"u', person,
    '","external_id":"K', 100000 + person, '"}]},"tags":{"type":"tag.list","tags":[]},"custom_attributes":{"Language":"en"},"conversation_rating":',
    case when rating is null then 'null' else concat('{"rating":', rating, ',"remark":null,"created_at":', ended + 10, '}') end,
    ',"ai_agent_participated":true,"statistics":{"type":"conversation_statistics"},"conversation_parts":{"type":"conversation_part.list","conversation_parts":[',
    parts, ']}}') as line
from said_in join talks using (talk)
order by started_at, talk
