-- What a person would write for this shop alone: the same core tables from the same raw files, in one DuckDB script,
-- without tests, history, contracts, settings or reports. `raw` is a variable.

create table messages as
with rasa as (
    select 'rasa' as platform, sender_id as thread_id, occurred_at as sent_at, sequence as place,
        event = 'user' as is_user, text, intent_name as intent, intent_confidence as confidence, event = 'session_started' as starts
    from read_parquet(getvariable('raw') || '/rasa/load-*/events.parquet', union_by_name = true)
    where event in ('user', 'bot', 'session_started')
    qualify row_number() over (partition by instance, _record_key order by _load desc, _source_row desc) = 1
), rasa_sessions as (
    select *, sum(case when starts then 1 else 0 end) over (partition by thread_id order by sent_at, place) as session_number from rasa
), bot_framework as (
    select * from read_parquet(getvariable('raw') || '/bot_framework/load-*/activities.parquet', union_by_name = true)
    where type in ('message', 'trace')
    qualify row_number() over (partition by instance, _record_key order by _load desc, _source_row desc) = 1
), recognized as (
    select conversation_id, reply_to_id, value ->> '$.luisResult.topScoringIntent.intent' as intent,
        try_cast(value ->> '$.luisResult.topScoringIntent.score' as double) as confidence
    from bot_framework where type = 'trace'
), dialogflow as (
    select * from read_parquet(getvariable('raw') || '/dialogflow_cx/load-*/turns.parquet', union_by_name = true)
    qualify row_number() over (partition by instance, _record_key order by _load desc, _source_row desc) = 1
), intercom as (
    select conversation_id, part_id, created_at, author_type, author_id, body
    from read_parquet(getvariable('raw') || '/intercom/load-*/parts.parquet', union_by_name = true)
    where body is not null
    qualify row_number() over (partition by instance, _record_key order by _load desc, _source_row desc) = 1
), zendesk as (
    select chat_id, visitor_id, unnest(from_json(history, '[{"timestamp":"TIMESTAMP","msg":"VARCHAR","sender_type":"VARCHAR","msg_id":"VARCHAR"}]')) as said
    from (
        select * from read_parquet(getvariable('raw') || '/zendesk_chat/load-*/chats.parquet', union_by_name = true)
        qualify row_number() over (partition by instance, _record_key order by _load desc, _source_row desc) = 1
    )
), chat_table as (
    select * from read_parquet(getvariable('raw') || '/chat_table/load-*/turns.parquet', union_by_name = true)
    qualify row_number() over (partition by instance, _record_key order by _load desc, _source_row desc) = 1
), every as (
    select platform, concat(thread_id, '#', session_number) as conversation, thread_id, sent_at, is_user, text, intent, confidence,
        concat('rasa|', thread_id) as holder
    from rasa_sessions where not starts
    union all by name
    select 'bot_framework' as platform, said.conversation_id as conversation, said.conversation_id as thread_id, said.occurred_at as sent_at,
        said.from_role = 'user' as is_user, said.text, recognized.intent, recognized.confidence,
        case when said.from_role = 'user' then concat('bf|', said.from_id) end as holder
    from bot_framework as said
    left join recognized on recognized.conversation_id = said.conversation_id and recognized.reply_to_id = said.activity_id
    where said.type = 'message'
    union all by name
    select 'dialogflow_cx' as platform, session_id as conversation, session_id as thread_id, requested_at as sent_at, true as is_user,
        user_text as text, intent, intent_confidence as confidence, concat('cx|', session_id) as holder
    from dialogflow
    union all by name
    select 'dialogflow_cx' as platform, session_id as conversation, session_id as thread_id, requested_at + interval 1 millisecond as sent_at,
        false as is_user, bot_text as text
    from dialogflow
    union all by name
    select 'intercom' as platform, conversation_id as conversation, conversation_id as thread_id, created_at as sent_at, author_type = 'user' as is_user,
        regexp_replace(body, '<[^>]*>', '', 'g') as text, case when author_type = 'user' then concat('intercom|', author_id) end as holder
    from intercom
    union all by name
    select 'zendesk_chat' as platform, chat_id as conversation, chat_id as thread_id, said.timestamp as sent_at, said.sender_type = 'Visitor' as is_user, said.msg as text,
        concat('zendesk|', visitor_id) as holder
    from zendesk
    union all by name
    select 'chat_table' as platform, thread_id as conversation, thread_id, sent_at, true as is_user, user_text as text from chat_table
    union all by name
    select 'chat_table' as platform, thread_id as conversation, thread_id, sent_at + interval 1 millisecond as sent_at, false as is_user, bot_text as text from chat_table
)
select *, md5(concat(platform, '|', conversation)) as conversation_key,
    row_number() over (partition by platform, conversation order by sent_at, not is_user) as sequence,
    sum(case when is_user then 1 else 0 end) over (partition by platform, conversation order by sent_at, not is_user) as turn_number,
    coalesce(intent = 'nlu_fallback', false) as is_fallback
from every;

-- Who is who: every id of a person's with the person's other ids, then the smallest of all that hang together.
create table ids as
select distinct holder, id from (
    select concat('rasa|', sender_id) as holder, unnest([concat('rasa|', sender_id), case when name = 'email' then lower(value ->> '$') end,
        case when name = 'ga_cid' then concat('ga|', value ->> '$') end]) as id
    from read_parquet(getvariable('raw') || '/rasa/load-*/events.parquet', union_by_name = true) where event in ('slot', 'user')
    union all
    select concat('bf|', from_id), concat('bf|', from_id)
    from read_parquet(getvariable('raw') || '/bot_framework/load-*/activities.parquet', union_by_name = true) where from_role = 'user'
    union all
    select concat('cx|', session_id), unnest([concat('ga|', request_parameters ->> '$.ga_cid'), lower(parameters ->> '$.email')])
    from read_parquet(getvariable('raw') || '/dialogflow_cx/load-*/turns.parquet', union_by_name = true)
    union all
    select concat('intercom|', author_id), unnest([concat('intercom|', author_id), lower(author_email)])
    from read_parquet(getvariable('raw') || '/intercom/load-*/parts.parquet', union_by_name = true) where author_type = 'user'
    union all
    select concat('zendesk|', visitor_id), unnest([concat('zendesk|', visitor_id), lower(visitor_email)])
    from read_parquet(getvariable('raw') || '/zendesk_chat/load-*/chats.parquet', union_by_name = true)
    union all
    select concat('hubspot|', hs_object_id), unnest([lower(email), concat('tel|', phone), concat('rasa|', properties ->> '$."Chat user"'), concat('account|', properties ->> '$."Shop account"')])
    from read_parquet(getvariable('raw') || '/hubspot/load-*/contacts.parquet', union_by_name = true)
    union all
    select concat('salesforce|', id), unnest([lower(email), concat('tel|', phone)])
    from read_parquet(getvariable('raw') || '/salesforce/load-*/contacts.parquet', union_by_name = true)
    union all
    select concat('shopify|', id), unnest([lower(email), concat('tel|', phone)])
    from read_parquet(getvariable('raw') || '/shopify/load-*/customers.parquet', union_by_name = true)
    union all
    select concat('order|', name), unnest([lower(email), concat('tel|', phone)])
    from read_parquet(getvariable('raw') || '/shopify/load-*/orders.parquet', union_by_name = true)
) where id is not null and holder is not null;

create table customers_1 as select holder, min(id) as customer from ids group by holder;
create table ids_1 as select id, min(customer) as customer from ids join customers_1 using (holder) group by id;
create table customers_2 as select holder, min(customer) as customer from ids join ids_1 using (id) group by holder;
create table ids_2 as select id, min(customer) as customer from ids join customers_2 using (holder) group by id;
create table customers_3 as select holder, min(customer) as customer from ids join ids_2 using (id) group by holder;
create table ids_3 as select id, min(customer) as customer from ids join customers_3 using (holder) group by id;

create table customers as
with contacts as (
    select lower(email) as id, firstname as first_name, lastname as last_name, city, country
    from read_parquet(getvariable('raw') || '/hubspot/load-*/contacts.parquet', union_by_name = true)
    qualify row_number() over (partition by instance, _record_key order by _load desc, _source_row desc) = 1
)
select md5(customer) as customer_key, max(case when contains(ids_3.id, '@') then ids_3.id end) as email,
    max(case when starts_with(ids_3.id, 'tel|') then substr(ids_3.id, 5) end) as phone, max(first_name) as first_name, max(last_name) as last_name,
    max(city) as city, max(country) as country
from ids_3 left join contacts using (id)
group by customer;

create table orders as
with lines as (
    select * from read_parquet(getvariable('raw') || '/shopify/load-*/orders.parquet', union_by_name = true)
    qualify row_number() over (partition by instance, _record_key order by _load desc, _source_row desc) = 1
), folded as (
    select name as order_name, max(id) as order_id, min(created_at) as ordered_at, max(total) as total, max(refunded_amount) as refunded, max(lower(email)) as email,
        max(financial_status) as financial_status, max(note_attributes) as notes
    from lines group by name
)
select folded.*, coalesce(total, 0) - coalesce(refunded, 0) as net_amount, md5(customer) as customer_key,
    coalesce(financial_status, '') not in ('voided', 'refunded') as is_counted
from folded left join ids_3 on ids_3.id = folded.email;

create table sessions as
with events as (
    select *, from_json(event_params, '[{"key":"VARCHAR","value":{"string_value":"VARCHAR","int_value":"BIGINT"}}]') as parameters
    from read_parquet(getvariable('raw') || '/ga4/load-*/events.parquet', union_by_name = true)
    qualify row_number() over (partition by instance, _record_key order by _load desc, _source_row desc) = 1
), flat as (
    select occurred_at, event_name, user_pseudo_id, stream_id, device ->> '$.category' as device, geo ->> '$.country' as country, ecommerce ->> '$.transaction_id' as transaction_id,
        list_filter(parameters, lambda one: one.key = 'ga_session_id')[1].value.int_value as session_id,
        list_filter(parameters, lambda one: one.key = 'source')[1].value.string_value as source,
        list_filter(parameters, lambda one: one.key = 'medium')[1].value.string_value as medium,
        list_filter(parameters, lambda one: one.key = 'conversation_id')[1].value.string_value as thread_id
    from events
)
select md5(concat_ws('|', stream_id, user_pseudo_id, session_id)) as session_key, user_pseudo_id, min(occurred_at) as started_at, max(occurred_at) as ended_at, count(*) as events,
    max(device) as device, max(country) as country, max(source) as source, max(medium) as medium, max(thread_id) as thread_id, max(transaction_id) as transaction_id,
    bool_or(event_name = 'view_item') as has_view, bool_or(event_name = 'add_to_cart') as has_cart, bool_or(event_name = 'begin_checkout') as has_checkout,
    bool_or(event_name = 'purchase') as has_purchase, md5(max(customer)) as customer_key
from flat left join ids_3 on ids_3.id = concat('ga|', user_pseudo_id)
group by stream_id, user_pseudo_id, session_id;

create table conversations as
with counted as (
    select conversation_key, any_value(platform) as platform, any_value(thread_id) as thread_id, max(holder) as holder, min(sent_at) as started_at, max(sent_at) as ended_at, count(*) as messages,
        sum(case when is_user then 1 else 0 end) as user_messages, sum(case when is_fallback then 1 else 0 end) as fallbacks,
        mode(intent) filter (where intent not in ('greet', 'thanks')) as primary_intent, bool_or(coalesce(intent = 'human_handoff', false)) as is_handed_off,
        min(case when not is_user then sent_at end) - min(case when is_user then sent_at end) as first_response
    from messages group by conversation_key
), stars as (
    select sender_id as thread_id, occurred_at as rated_at, try_cast(value ->> '$' as integer) as rating
    from read_parquet(getvariable('raw') || '/rasa/load-*/events.parquet', union_by_name = true) where event = 'slot' and name = 'rating'
), rated as (
    select conversation_key, max(rating) as rating
    from counted join stars on counted.thread_id = stars.thread_id and rated_at between started_at and ended_at + interval 1 hour
    group by conversation_key
), holders as (
    select holder, min(customer) as customer from ids join ids_3 using (id) group by holder
), visited as (
    select thread_id, min(session_key) as session_key, min(started_at) as visited_at from sessions where thread_id is not null group by thread_id
)
select counted.*, rating, md5(customer) as customer_key, session_key
from counted
left join rated using (conversation_key)
left join holders on holders.holder = counted.holder
left join visited on visited.thread_id = counted.thread_id;

create table metrics as
with days as (
    select cast(started_at as date) as day, platform, count(*) as conversations, sum(messages) as messages, sum(user_messages) as turns, sum(fallbacks) as fallbacks,
        sum(case when is_handed_off then 1 else 0 end) as handed_off, count(rating) as rated, sum(case when rating >= 4 then 1 else 0 end) as satisfied,
        count(session_key) as linked, count(distinct customer_key) as customers
    from conversations group by all
), returned as (
    select cast(started_at as date) as day, platform, count(*) as came_back
    from (select *, lead(started_at) over (partition by customer_key order by started_at) as next_at from conversations where customer_key is not null)
    where next_at < ended_at + interval 1 day group by all
), sold as (
    select cast(ordered_at as date) as day, count(*) as orders, sum(net_amount) as revenue from orders where is_counted group by all
), bought as (
    select cast(started_at as date) as day, conversations.platform, count(distinct order_name) as chat_orders
    from conversations join orders using (customer_key)
    where is_counted and ordered_at between started_at and started_at + interval 7 day group by all
)
select days.*, fallbacks / nullif(turns, 0) as fallback_rate, handed_off / conversations as handoff_rate, satisfied / nullif(rated, 0) as csat,
    came_back / conversations as return_rate, chat_orders / conversations as conversion, orders, revenue
from days left join returned using (day, platform) left join bought using (day, platform) left join sold using (day);
