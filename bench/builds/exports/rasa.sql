-- Rasa's events, without their sender: a tracker has it once, a broker's line each time.
create or replace macro rasa_event(event, ts, body) as concat('"event":"', event, '","timestamp":', printf('%.6f', epoch(ts)),
    ',"metadata":{"assistant_id":"v13"}', body);
create or replace macro rasa_slot(name, ts, value) as rasa_event('slot', ts, concat(',"name":"', name, '","value":"', value, '"}'));
create or replace macro rasa_action(name, ts) as rasa_event('action', ts, concat(',"name":"', name,
    '","policy":"RulePolicy","confidence":1.0,"action_text":null,"hide_rule_turn":false}'));
create or replace macro rasa_user(said, intent, confidence, id, ts) as rasa_event('user', ts, concat(',"text":"', said,
    '","parse_data":{"intent":{"name":"', intent, '","confidence":', confidence, '},"entities":[],"text":"', said, '","message_id":"', id,
    '","metadata":{},"intent_ranking":[{"name":"', intent, '","confidence":', confidence,
    '},{"name":"stock","confidence":0.04},{"name":"nlu_fallback","confidence":0.01}]},"input_channel":"socketio","message_id":"', id, '"}'));
create or replace macro rasa_bot(answered, action, ts) as rasa_event('bot', ts, concat(',"text":"', answered,
    '","data":{"elements":null,"quick_replies":null,"buttons":null,"attachment":null,"image":null,"custom":null,"utter_action":"', action, '"}}'));

create or replace view rasa_events as
with happened as (
    select talks.day, talks.week, talk, person, thread, turn, ts, unnest(list_filter([
        case when turn = 0 then {'late': -3, 'event': rasa_action('action_session_start', ts - interval 3 second)} end,
        case when turn = 0 then {'late': -2, 'event': rasa_event('session_started', ts - interval 2 second, '}')} end,
        case when turn = 0 then {'late': -1, 'event': rasa_action('action_listen', ts - interval 1 second)} end,
        {'late': 0, 'event': rasa_user(said, intent, confidence, code(talk, turn), ts)},
        case when turn = 1 and chance(talk, 'client', 10) < 4 then {'late': 1, 'event': rasa_slot('ga_cid', ts + interval 1 second, concat(100000000 + person, '.', 1750000000 + person))} end,
        case when turn = 1 and chance(talk, 'email', 10) < 3 then {'late': 2, 'event': rasa_slot('email', ts + interval 2 second, concat('person', person, '@mail', person % 17, '.example'))} end,
        {'late': 3, 'event': rasa_action(case when intent = 'track_order' then 'utter_order_status' else concat('utter_', intent) end, ts + interval 3 second)},
        {'late': 4, 'event': rasa_bot(answered, concat('utter_', intent), ts + interval 4 second)},
        case when turn = talks.turns - 1 and talks.is_handed_off then {'late': 5, 'event': rasa_action('action_human_handoff', ts + interval 5 second)} end,
        case when turn = talks.turns - 1 and rating is not null then {'late': 6, 'event': rasa_action('utter_ask_rating', ts + interval 6 second)} end,
        case when turn = talks.turns - 1 and rating is not null then {'late': 7, 'event': rasa_slot('rating', ts + interval 7 second, rating)} end,
        {'late': 8, 'event': rasa_action('action_listen', ts + interval 8 second)},
    ], lambda one: one is not null)) as what
    from turns join talks using (talk)
    where turns.platform = 'rasa' and turns.day between getvariable('first_day') and getvariable('last_day')
        and talks.day between getvariable('first_day') and getvariable('last_day')
)
select day, week, talk, thread, turn, what.late as late, ts + to_seconds(what.late) as ts, what.event as event from happened;
