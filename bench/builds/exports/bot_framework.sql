create or replace macro bf_activity(kind, id, ts, from_user, person, thread, body) as concat('{"type":"', kind, '","id":"', id, '","timestamp":"',
    moment(ts), '","channelId":"webchat","serviceUrl":"https://europe.botservice.example/",',
    case when from_user then concat('"from":{"id":"dl_', person, '","name":"","role":"user"},"recipient":{"id":"shop-bot","name":"Shop","role":"bot"}')
        else concat('"from":{"id":"shop-bot","name":"Shop","role":"bot"},"recipient":{"id":"dl_', person, '","name":"","role":"user"}') end,
    ',"conversation":{"id":"', thread, '"},"locale":"en-US"', body, '}');

create or replace view bf_activities as
with happened as (
    select talk, turn, ts, unnest(list_filter([
        case when turn = 0 then {'late': -1, 'activity': bf_activity('conversationUpdate', concat(code(talk, 'b'), '|0'), ts - interval 1 second, true, person, thread, ',"membersAdded":[{"id":"shop-bot"}]')} end,
        {'late': 0, 'activity': bf_activity('message', concat(code(talk, 'u'), '|', turn), ts, true, person, thread, concat(',"textFormat":"plain","text":"', said, '"'))},
        {'late': 1, 'activity': bf_activity('trace', concat(code(talk, 't'), '|', turn), ts + interval 1 second, false, person, thread,
            concat(',"name":"LuisRecognizer","label":"Luis Trace","valueType":"https://www.luis.ai/schemas/trace","replyToId":"', code(talk, 'u'), '|', turn,
                '","value":{"recognizerResult":{"text":"', said, '","entities":{},"intents":{"None":{"score":0.03},"', intent, '":{"score":', confidence,
                '}}},"luisResult":{"query":"', said, '","topScoringIntent":{"intent":"', intent, '","score":', confidence, '}}}'))},
        {'late': 2, 'activity': bf_activity('message', concat(code(talk, 'a'), '|', turn), ts + interval 2 second, false, person, thread,
            concat(',"textFormat":"plain","text":"', answered, '","replyToId":"', code(talk, 'u'), '|', turn, '"'))},
        case when turn = talks.turns - 1 and talks.is_handed_off then {'late': 3, 'activity': bf_activity('event', concat(code(talk, 'h'), '|9'), ts + interval 3 second, false, person, thread,
            ',"name":"handoff.initiate","value":{"Skill":"service"}')} end,
    ], lambda one: one is not null)) as what
    from turns join talks using (talk)
    where turns.platform = 'bot_framework' and turns.day between getvariable('first_day') and getvariable('last_day')
        and talks.day between getvariable('first_day') and getvariable('last_day')
)
select ts + to_seconds(what.late) as ts, talk, turn, what.late as late, what.activity as activity from happened;
