create or replace macro ga4_text(key, value) as concat('{"key":"', key, '","value":{"string_value":"', value, '"}}');
create or replace macro ga4_number(key, value) as concat('{"key":"', key, '","value":{"int_value":"', value, '"}}');

create or replace view ga4_lines as
with happened as (
    select *, cast(epoch(ts) as bigint) as session, 'TE-' || chance(visit, 'tea', 40) as item,
        case
            when thread is not null then ['session_start', 'page_view', 'chatbot_interaction', 'view_item', 'user_engagement'][step + 1]
            else ['session_start', 'page_view', 'view_item', 'add_to_cart', 'begin_checkout', 'purchase'][step + 1]
        end as name
    from visits, range(6) as numbers(step)
    where step < steps and day between getvariable('first_day') and getvariable('last_day')
)
select ts + to_seconds(step * 25) as ts, visit, step, concat(
    '{"event_date":"', strftime(ts, '%Y%m%d'), '","event_timestamp":"', (session + step * 25) * 1000000 + step, '","event_name":"', name, '","event_params":[',
    ga4_number('ga_session_id', session), ',', ga4_number('ga_session_number', 1), ',', ga4_text('session_engaged', '1'), ',', ga4_number('engaged_session_event', 1),
    ',', ga4_text('page_location', 'https://shop.example/products/' || item), ',', ga4_text('page_title', 'Tea'),
    case when step = 0 then concat(',', ga4_text('source', ['google', 'newsletter', '(direct)'][1 + chance(visit, 'source', 3)]), ',', ga4_text('medium', ['organic', 'email', '(none)'][1 + chance(visit, 'source', 3)])) end,
    case when name = 'chatbot_interaction' then concat(',', ga4_text('conversation_id', thread), ',', ga4_text('bot_platform', platform)) end,
    case when name in ('view_item', 'add_to_cart') then concat(',', ga4_text('currency', 'EUR'), ',{"key":"value","value":{"double_value":11.9}}') end,
    case when name = 'user_engagement' then concat(',', ga4_number('engagement_time_msec', chance(visit, 'engaged', 90000))) end,
    case when name = 'purchase' then concat(',', ga4_text('transaction_id', transaction), ',', ga4_text('currency', 'EUR'), ',{"key":"value","value":{"double_value":', printf('%.2f', value), '}}') end,
    '],"event_bundle_sequence_id":"', visit * 8 + step, '","user_pseudo_id":"', client,
    '","privacy_info":{"analytics_storage":"Yes","ads_storage":"Yes","uses_transient_token":"No"},"user_properties":[],"user_first_touch_timestamp":"1750000000000000","device":{"category":"',
    ['mobile', 'desktop'][1 + chance(person, 'device', 2)],
    '","operating_system":"iOS","operating_system_version":"iOS 18.5","language":"en-gb","is_limited_ad_tracking":"No","web_info":{"browser":"Safari","hostname":"shop.example"}},"geo":{"city":"Berlin","country":"Germany","continent":"Europe","region":"","metro":"(not set)"},"traffic_source":{"name":"(direct)","medium":"(none)","source":"(direct)"},"stream_id":"3120458876","platform":"WEB",',
    case when name = 'purchase' then concat('"ecommerce":{"purchase_revenue":', printf('%.2f', value), ',"transaction_id":"', transaction, '"},') end,
    '"items":[', case when name in ('view_item', 'add_to_cart', 'purchase') then concat('{"item_id":"', item, '","item_name":"Tea ', item, '","item_category":"Tea","price":11.9,"quantity":"1"}') end,
    '],"is_active_user":true,"batch_event_index":"', step, '"}') as line
from happened;
