"""GA4's BigQuery export: a gzipped NDJSON file per day; also console JSON, Parquet, Avro, intraday, a restated day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from chat_pipeline.demo import vocabulary as words
from chat_pipeline.demo.chance import ZONE
from chat_pipeline.demo.files import Exports
from chat_pipeline.demo.ga4_forms import write_avro, write_console, write_parquet
from chat_pipeline.demo.ga4_reports import write_reports

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop

STREAM = "3120458876"
# Days before the last one whose export is not a gzipped NDJSON file alone.
SPECIAL = (
    (1, "intraday"),
    (4, "broken"),
    (6, "restated"),
    (9, "console"),
    (12, "parquet"),
    (13, "parquet"),
    (14, "avro"),
)

# One row per session: what all its events say, as JSON text.
SESSIONS = f"""
create or replace table ga4_sessions as
with known as (
    select v.*, v.pages > 1 or v.depth > 0 or v.ended_at > v.started_at + interval 10 second as is_engaged,
        coalesce(k.source, case when v.organic then 'google' end) as origin,
        coalesce(k.medium, case when v.organic then 'organic' end) as medium,
        coalesce(k.campaign_name, case when v.organic then '(organic)' end) as campaign_name,
        m.category, m.system, m.version, m.browser, m.brand, coalesce(q.country_name, 'Germany') as country, coalesce(q.city, '') as city,
        coalesce(case q.language when 'fr' then 'fr-fr' when 'en' then 'en-gb' end, 'de-de') as language
    from sessions as v
    left join campaigns as k using (campaign)
    left join models as m on m.model = v.device
    left join people as q on q.n = v.n
)
select s, o, c, campaign, campaign_name, origin, medium,
    concat_ws(',',
        case when not denied then concat('{{"key":"ga_session_id","value":{{"int_value":"', ga_session_id, '"}}}}') end,
        case when not denied then concat('{{"key":"ga_session_number","value":{{"int_value":"', number, '"}}}}') end,
        concat('{{"key":"session_engaged","value":{{"string_value":"', case when is_engaged then '1' else '0' end, '"}}}}'),
        case when is_engaged then '{{"key":"engaged_session_event","value":{{"int_value":"1"}}}}' end
    ) as params,
    case when origin is not null then concat(',{{"key":"source","value":{{"string_value":"', origin, '"}}}},{{"key":"medium","value":{{"string_value":"',
        medium, '"}}}},{{"key":"campaign","value":{{"string_value":"', campaign_name, '"}}}}') end as origin_params,
    case when origin is not null then concat('"collected_traffic_source":{{"manual_campaign_name":"', campaign_name, '","manual_source":"',
        origin, '","manual_medium":"', medium, '"}},') end as collected,
    concat_ws(',',
        case when user_id is not null and not denied then concat('"user_id":"', user_id, '"') end,
        case when not denied then concat('"user_pseudo_id":"', client_id, '"') end,
        case when denied then '"privacy_info":{{"analytics_storage":"No","ads_storage":"No","uses_transient_token":"Yes"}}'
            else '"privacy_info":{{"analytics_storage":"Yes","ads_storage":"Yes","uses_transient_token":"No"}}' end,
        '"user_properties":[]',
        case when not denied then concat('"user_first_touch_timestamp":"', first_seen, '000000"') end,
        '"user_ltv":{{"revenue":0.0,"currency":"USD"}}',
        concat('"device":{{"category":"', category, '",', case when brand <> '' then concat('"mobile_brand_name":"', brand, '",') end,
            '"operating_system":"', system, '","operating_system_version":"', version, '","language":"', language,
            '","is_limited_ad_tracking":"No","web_info":{{"browser":"', browser, '","hostname":"{words.SHOP_HOST}"}}}}'),
        concat('"geo":{{"city":', to_json(city), ',"country":', to_json(country), ',"continent":"Europe","region":"","metro":"(not set)"}}'),
        case when origin is not null then concat('"traffic_source":{{"name":"', campaign_name, '","medium":"', medium, '","source":"', origin, '"}}')
            else '"traffic_source":{{"name":"(direct)","medium":"(none)","source":"(direct)"}}' end,
        '"stream_id":"{STREAM}","platform":"WEB"'
    ) as rest
from known
"""

# One row per product and per order: its items as JSON text.
ITEMS = """
create or replace table ga4_items as
select product, sku, item_name, price, concat('{"item_id":"', sku, '","item_name":"', item_name, '","item_category":"', category,
    '","price":', price, ',"quantity":"1"}') as item
from products
"""
PURCHASES = """
create or replace table ga4_purchases as
select o.o, o.name as order_name, o.total, o.currency,
    concat('"ecommerce":{"total_item_quantity":"', sum(l.quantity), '","purchase_revenue":', o.total, ',"unique_items":"', count(*),
        '","transaction_id":"', o.name, '"},') as ecommerce,
    string_agg(concat('{"item_id":"', p.sku, '","item_name":"', p.item_name, '","item_category":"', p.category, '","price":', p.price,
        ',"quantity":"', l.quantity, '","item_revenue":', round(p.price * l.quantity, 2), '}'), ',' order by l.line) as items
from orders as o join lines as l using (o) join products as p using (product)
group by o.o, o.name, o.total, o.currency
"""

# One row per event: reporting_date, s, place, line (NDJSON as of `bq extract`: no nulls, whole numbers as text).
LINES = f"""
create or replace table ga4_lines as
with seen as (
    select h.*, v.*, i.item, i.item_name, b.order_name, b.ecommerce, b.items,
        strftime(timezone('{ZONE}', timezone('UTC', h.happened_at)), '%Y%m%d') as reporting_date,
        case when h.name in ('view_item', 'add_to_cart') then concat('/products/', lower(i.sku))
            when h.name = 'view_cart' then '/cart' when h.name = 'begin_checkout' then '/checkout'
            when h.name = 'purchase' then '/checkout/thank-you'
            when h.name = 'page_view' and h.part = 1 and v.campaign >= 0 then
                concat('/?utm_source=', v.origin, '\\u0026utm_medium=', v.medium, '\\u0026utm_campaign=', v.campaign_name)
            when h.name = 'page_view' and h.part > 1 then concat('/collections/tea?page=', h.part)
            else '/' end as page,
        h.part = 1 and h.name in ('page_view', 'session_start') as is_entry,
        coalesce(b.total, i.price) as revenue, coalesce(b.currency, 'EUR') as currency,
        case when starts_with(h.name, 'chatbot_') and t.c % 10 < 7 then concat(
            ',{{"key":"conversation_id","value":{{"string_value":"', t.thread_id, '"}}}},{{"key":"bot_platform","value":{{"string_value":"', t.platform, '"}}}}',
            case when t.topic1 <> '' then concat(',{{"key":"intent","value":{{"string_value":"', t.topic1, '"}}}}') end) end as chat_params
    from (select *, case when name = 'purchase' then s end as bought_in from hits) as h
    join ga4_sessions as v using (s)
    left join ga4_items as i using (product)
    left join ga4_sessions as w on w.s = h.bought_in
    left join ga4_purchases as b on b.o = w.o
    left join talks as t on t.c = v.c
)
select reporting_date, s, place, concat(
    '{{"event_date":"', reporting_date, '","event_timestamp":"', epoch_us(happened_at), '","event_name":"', name, '","event_params":[', params,
    case when name = 'page_view' and part = 1 then ',{{"key":"entrances","value":{{"int_value":"1"}}}}' end,
    ',{{"key":"page_location","value":{{"string_value":"https://{words.SHOP_HOST}', page, '"}}}},{{"key":"page_title","value":{{"string_value":"',
    coalesce(item_name, 'Kessel \\u0026 Blatt'), '"}}}}',
    case when name in ('user_engagement', 'view_item', 'add_to_cart', 'begin_checkout')
        then concat(',{{"key":"engagement_time_msec","value":{{"int_value":"', 500 + (s * 7919 + place * 104729) % 40009, '"}}}}') end,
    case when is_entry then origin_params end,
    -- The slot of a value changes with what is sent: whole numbers are integers.
    case when revenue is not null then concat(',{{"key":"currency","value":{{"string_value":"', currency, '"}}}},{{"key":"value","value":{{',
        case when revenue = floor(revenue) then concat('"int_value":"', cast(revenue as bigint), '"') else concat('"double_value":', revenue) end, '}}}}') end,
    case when order_name is not null then concat(',{{"key":"transaction_id","value":{{"string_value":"', order_name, '"}}}}') end,
    chat_params,
    case when name = 'chatbot_goal_completion' then ',{{"key":"goal_name","value":{{"string_value":"order_tracking"}}}}' end,
    '],"event_bundle_sequence_id":"', 1000000 + (s * 31 + place) % 8999999, '",', rest, ',', ecommerce,
    '"items":[', coalesce(items, item), '],', case when is_entry then collected end, '"is_active_user":true,"batch_event_index":"', place, '"}}'
) as line
from seen
"""


def write(shop: Shop, exports: Exports) -> None:
    """`exports/ga4/`: every day of the period in one of BigQuery's forms."""
    for step in (SESSIONS, ITEMS, PURCHASES, LINES):
        shop.con.execute(step)
    first, last = shop.first.strftime("%Y%m%d"), shop.end.strftime("%Y%m%d")
    shop.con.execute(f"delete from ga4_lines where reporting_date < '{first}' or reporting_date > '{last}'")
    special = {shop.end - timedelta(days=back): kind for back, kind in SPECIAL}
    for back in range(shop.days):
        day = shop.end - timedelta(days=shop.days - 1 - back)
        _write_day(shop, exports, day, special.get(day, ""))
    write_reports(shop, exports)


def _write_day(shop: Shop, exports: Exports, day: date, kind: str) -> None:
    name = f"ga4/events_{day:%Y%m%d}.json.gz"
    delivered = shop.morning((shop.end - day).days, 9)
    if kind == "console":
        write_console(shop, exports, day)
        return
    if kind == "parquet":
        write_parquet(shop, exports, day)
        return
    if kind == "avro":
        write_avro(shop, exports, day)
        return
    if kind == "restated":
        exports.write(name, _day(shop, day, where="s % 25 <> 7"), delivered)
        exports.write(
            f"ga4/restated/events_{day:%Y%m%d}.json.gz", _day(shop, day), delivered + timedelta(days=3)
        )
        return
    if kind == "intraday":
        bare = """regexp_replace(regexp_replace(line, '"traffic_source":[{][^}]*[}],', ''), '"user_ltv":[{][^}]*[}],', '')"""
        bare = f"""replace({bare}, '"is_active_user":true,', '')"""
        exports.write(
            name.replace("events_", "events_intraday_"),
            _day(shop, day, bare, "s % 10 < 6"),
            delivered - timedelta(hours=4),
        )
    content = _day(shop, day)
    if kind == "broken" and content:
        lines = content.split("\n")
        lines.insert(2, lines[0][:200])
        exports.broken.append((name, 3, "broken JSON"))
        content = "\n".join(lines)
    exports.write(name, content, delivered)


def _day(shop: Shop, day: date, line: str = "line", where: str = "true") -> str:
    found = shop.con.execute(
        f"select string_agg({line}, chr(10) order by s, place) from ga4_lines where reporting_date = ? and {where}",
        [f"{day:%Y%m%d}"],
    ).fetchone()
    return f"{found[0]}\n" if found and found[0] else ""
