-- The made-up shop: people, talks and their turns, orders, visits. Parameters: `conversations` in 175 days of history
-- (ids from 0) and `day_conversations` more on the day after (ids from `conversations`), which is the same at every size.
-- Chance is a hash of an id: the same shop every time, however many threads. Texts hold neither quotes nor backslashes,
-- so JSON of them is put together as text.
create or replace macro chance(id, salt, ways) as cast(hash(id, salt) % ways as integer);
create or replace macro code(id, salt) as md5(concat(id, salt));
create or replace macro moment(ts) as strftime(ts, '%Y-%m-%dT%H:%M:%S.%gZ');

create or replace table phrases (intent varchar, number integer, said varchar, answered varchar, page varchar);
insert into phrases values
    ('track_order', 0, 'Where is my order', 'It is on its way and should arrive in two days.', 'Order Status'),
    ('track_order', 1, 'Has my parcel been sent', 'It left our house this morning.', 'Order Status'),
    ('return_request', 0, 'I want to send something back', 'You have 30 days. We mail you the label.', 'Returns'),
    ('return_request', 1, 'How do returns work', 'Put it into its box, the label is in the parcel.', 'Returns'),
    ('product_info', 0, 'What is in this tea', 'Leaves from two gardens, nothing added.', 'Products'),
    ('product_info', 1, 'Which tea goes with breakfast', 'A strong one from Assam, with a little milk.', 'Products'),
    ('stock', 0, 'Is it available', 'It is in stock and ships tomorrow.', 'Products'),
    ('stock', 1, 'When do you have it again', 'Next week, we hope.', 'Products'),
    ('buy_product', 0, 'I would like to buy', 'I put it into your cart.', 'Checkout'),
    ('buy_product', 1, 'Please order for me', 'A good choice, it is in your cart.', 'Checkout'),
    ('shipping_info', 0, 'How long does delivery take', 'Two to three days within the country.', 'Shipping'),
    ('shipping_info', 1, 'What does shipping cost', 'Nothing above forty euros.', 'Shipping'),
    ('payment_problem', 0, 'My card is refused', 'Please try another way of paying, your cart is kept.', 'Payment'),
    ('payment_problem', 1, 'I have been charged twice', 'That is one reservation, it will be released.', 'Payment'),
    ('opening_hours', 0, 'Are you open on saturdays', 'Monday to Saturday from 10 to 19.', 'Shop'),
    ('opening_hours', 1, 'Where is your shop', 'In Lindenstrasse, beside the station.', 'Shop'),
    ('complaint', 0, 'This is awful, the parcel was broken', 'We are sorry. We pass it on today.', 'Service'),
    ('complaint', 1, 'Terrible service, I am angry', 'We are sorry to hear that.', 'Service'),
    ('nlu_fallback', 0, 'like the last time', 'I did not get that. Could you say it in other words?', 'Start Page'),
    ('nlu_fallback', 1, 'hm what about the thing', 'I am not sure what you mean.', 'Start Page'),
    ('greet', 0, 'Good morning', 'Hello! What can I do for you?', 'Start Page'),
    ('greet', 1, 'Hi there', 'Hello! What can I do for you?', 'Start Page'),
    ('thanks', 0, 'Thank you, great help', 'You are welcome. See you soon!', 'End'),
    ('thanks', 1, 'Thanks a lot', 'With pleasure. See you soon!', 'End'),
    ('human_handoff', 0, 'I want to talk to a person', 'A colleague will be with you in a moment.', 'Service'),
    ('human_handoff', 1, 'Let me speak with somebody', 'I pass you on to a colleague.', 'Service');

create or replace table people as
select
    id as person,
    ['Ana', 'Kim', 'Lena', 'Noor', 'Piet', 'Sami', 'Tom', 'Uma', 'Zoe'][1 + chance(id, 'f', 9)] as first_name,
    ['Bell', 'Costa', 'Dahl', 'Ek', 'Fuchs', 'Horn', 'Ilic', 'Jahn'][1 + chance(id, 'l', 8)] as last_name,
    concat('person', id, '@mail', id % 17, '.example') as email,
    concat('+4930', 10000000 + id) as phone,
    ['Berlin', 'Porto', 'Oslo', 'Lyon', 'Graz', 'Gent', 'Brno', 'Cork'][1 + chance(id, 'c', 8)] as city,
    concat('K', 100000 + id) as account,
    concat(100000000 + id, '.', 1750000000 + id) as client,
    timestamp '2025-11-01' + to_seconds(chance(id, 'n', 17000000)) as known_at,
from range(cast($conversations / 3 as bigint)) as numbers(id);

create or replace table talks as
with numbered as (
    select
        id as talk,
        chance(id, 'platform', 100) as lot,
        chance(id, 'person', cast($conversations / 3 as bigint)) as person,
        case when id < $conversations then cast(id * 175 // $conversations as integer) else 175 end as day,
        3 + chance(id, 'turns', 5) as turns,
    from range($conversations + $day_conversations) as numbers(id)
)
select
    talk, person, day, turns,
    day // 7 as week,
    case
        when lot < 45 then 'rasa' when lot < 65 then 'bot_framework' when lot < 80 then 'dialogflow_cx'
        when lot < 88 then 'intercom' when lot < 94 then 'zendesk_chat' else 'chat_table'
    end as platform,
    timestamp '2026-05-25 06:00:00' + to_days(day) + to_seconds(chance(talk, 'ts', 50000)) as started_at,
    chance(talk, 'handoff', 100) < 6 as is_handed_off,
    case when chance(talk, 'rated', 100) < 20 then 1 + chance(talk, 'stars', 5) end as rating,
    case when lot < 45 then md5(concat(person, 'rasa')) when lot < 65 then concat('v', left(md5(concat(talk, 'bf')), 20), '-eu')
        when lot < 80 then md5(concat(talk, 'cx')) when lot < 88 then cast(215470000000 + talk as varchar)
        when lot < 94 then concat('2611.10414779.', left(md5(concat(talk, 'zd')), 13)) else concat('CT-', 100000 + talk)
    end as thread,
from numbered;

-- A turn: what the customer said, how it was understood, what the bot said to it.
create or replace table turns as
with chosen as (
    select
        talk, talks.turns, day, week, platform, turn, is_handed_off,
        started_at + to_seconds(turn * 31 + chance(talk * 8 + turn, 'ts', 20)) as ts,
        case
            when turn = 0 and chance(talk, 'greet', 10) < 4 then 'greet'
            when turn = talks.turns - 1 and is_handed_off then 'human_handoff'
            when turn = talks.turns - 1 and chance(talk, 'thanks', 10) < 5 then 'thanks'
            else ['track_order', 'track_order', 'track_order', 'return_request', 'product_info', 'product_info', 'stock',
                'buy_product', 'shipping_info', 'payment_problem', 'opening_hours', 'complaint', 'nlu_fallback'
            ][1 + chance(talk * 8 + turn, 'intent', 13)]
        end as intent,
        0.5 + chance(talk * 8 + turn, 'sure', 500000) / 1000000 as confidence,
    from talks, range(8) as numbers(turn)
    where turn < talks.turns
)
select
    talk, turn, turns, day, week, platform, ts, intent, is_handed_off,
    intent = 'nlu_fallback' as is_fallback,
    printf('%.6f', confidence) as confidence,
    concat(
        ['', 'Hello, ', 'Sorry, ', 'Please, ', 'One more thing: ', 'Quick question, '][1 + chance(talk * 8 + turn, 'open', 6)],
        said,
        case when intent in ('track_order', 'payment_problem', 'complaint') then concat(', order #', 10000 + talk // 4)
            when intent in ('greet', 'thanks', 'human_handoff', 'opening_hours') then ''
            else concat(', ', ['Earl Grey', 'Sencha', 'Assam', 'Chai', 'Rooibos', 'Mint'][1 + chance(talk * 8 + turn, 'tea', 6)],
                ' ', 50 * (1 + chance(talk * 8 + turn, 'grams', 12)), ' g') end,
        ['', '.', '!', '?', ' :)', ' asap', ' please', ' for a gift'][1 + chance(talk * 8 + turn, 'end', 8)]
    ) as said,
    answered,
    page,
from chosen
join phrases using (intent)
where phrases.number = chance(talk * 8 + turn, 'phrase', 2);

create or replace table orders as
select
    talk // 4 as number, talk, person, day, week, thread,
    concat('#', 10000 + talk // 4) as name,
    5800000000000 + talk // 4 as id,
    started_at + interval 1 hour as ts,
    1 + chance(talk, 'lines', 3) as lines,
    5 + chance(talk, 'price', 4000) / 100 as price,
    chance(talk, 'chat', 10) < 3 as is_from_chat,
from talks
where talk % 4 = 0;

-- Three kinds of visits: those that end in an order, those with a talk on the page, others.
create or replace table visits as
with kinds as (
    select talk * 4 as visit, person, day, week, ts - interval 10 minute as ts, talk, name as transaction, price * lines as value, 6 as steps,
        cast(null as varchar) as platform, cast(null as varchar) as thread
    from orders
    union all
    select talk * 4 + 1, person, day, week, started_at - interval 2 minute, talk, null, null, 2 + chance(talk, 'steps', 3), platform, thread
    from talks where chance(talk, 'visit', 2) = 0
    union all
    select talk * 4 + 2, chance(talk, 'stranger', cast($conversations as bigint)), day, week,
        started_at - interval 3 hour, talk, null, null, 2 + chance(talk, 'steps', 4), null, null
    from talks where chance(talk, 'other', 4) = 0
)
select *, concat(100000000 + person, '.', 1750000000 + person) as client from kinds;

create or replace table tickets as
select talk, person, day, week, started_at + interval 20 minute as ts, 6600000000 + talk as id,
    chance(talk, 'closed', 10) < 8 as is_closed,
    case when chance(talk, 'desk', 10) < 8 then 'hubspot' else 'salesforce' end as desk
from talks
where chance(talk, 'ticket', 100) < 8;
