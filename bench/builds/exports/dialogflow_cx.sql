create or replace macro cx_agent() as 'projects/shop/locations/eu/agents/a1b2';
create or replace view cx_turns as
select ts, talk, turn, concat(cx_agent(), '/environments/prod/sessions/', thread) as session,
    concat('{"session":"', cx_agent(), '/environments/prod/sessions/', thread, '","queryInput":{"text":{"text":"', said,
        '"},"languageCode":"en"},"queryParams":{"channel":"DF_MESSENGER","parameters":{"ga_cid":"', 100000000 + person, '.', 1750000000 + person, '"}}}') as request,
    concat('{"responseId":"', code(talk * 8 + turn, 'r'), '","responseType":"FINAL","queryResult":{"text":"', said, '","languageCode":"en","parameters":{',
        case when chance(talk, 'email', 10) < 3 then concat('"email":"person', person, '@mail', person % 17, '.example"') end,
        '},"match":{"matchType":"', case when is_fallback then 'NO_MATCH' else 'INTENT' end, '","intent":{"name":"', cx_agent(), '/intents/', md5(intent),
        '","displayName":"', intent, '"},"confidence":', confidence, ',"parameters":{}},"responseMessages":[{"text":{"text":["', answered,
        '"]},"source":"VIRTUAL_AGENT"}],"currentPage":{"name":"', cx_agent(), '/flows/f/pages/p","displayName":"', page,
        '"},"currentFlow":{"name":"', cx_agent(), '/flows/f","displayName":"Default Start Flow"}}}') as response
from turns join talks using (talk)
where turns.platform = 'dialogflow_cx' and turns.day between getvariable('first_day') and getvariable('last_day')
    and talks.day between getvariable('first_day') and getvariable('last_day');
