"""How the truth is worked out from the shop, as SQL: each text makes one table of the shop's connection.

Records and what they carry (`thread_records`, `carried`, `all_records`, `judged`) first, then `told`: what
happened in each conversation.
"""

CUSTOMERS = """
create or replace table customers as
select p.* from people as p where p.n in (select n from orders where email is not null and not contains(email, 'kontakt@')) order by n
"""

THREADS = """
create or replace table thread_records as
select platform, instance, 'thread' as record_kind, thread_id as record_id, min(n) as n, count(distinct n) > 1 as is_shared
from talks group by platform, instance, thread_id
"""

IDENTIFIERS = """
create or replace table carried as
with slots as (
    select t.platform, t.instance, t.thread_id, e.name,
        case e.name when 'email' then lower(e.text) when 'ga_cid' then replace(e.text, 'GA1.1.', '') else e.text end as value
    from events as e join talks as t using (c)
    where t.platform in ('rasa', 'dialogflow_cx') and e.kind = 'slot' and e.name in ('email', 'user_id', 'ga_cid', 'phone')
),
found as (
    select platform, instance, 'thread' as record_kind, thread_id as record_id, 'thread_id' as identifier_type, thread_id as value from talks
    union select platform, instance, 'thread', thread_id, 'platform_user_id', "user" from talks
        where platform not in ('chat_table', 'dialogflow_cx') and "user" <> 'default'
    union select platform, instance, 'thread', thread_id, case name when 'ga_cid' then 'ga_client_id' else name end, value from slots
    union select platform, instance, 'thread', thread_id, 'user_id', user_id from talks where platform = 'intercom' and login
    union select platform, instance, 'thread', thread_id, 'email', lower(coalesce(desk_email, form_email)) from talks
    union select platform, instance, 'thread', thread_id, 'phone', form_phone from talks
    union select 'salesforce', 'default', 'crm_person', record_id, 'crm_id', coalesce(became, record_id) from sf_people
    union select 'salesforce', 'default', 'crm_person', record_id, 'email', email from sf_people
    union select 'salesforce', 'default', 'crm_person', record_id, 'phone', phone from sf_people
    union select 'hubspot', 'default', 'crm_person', crm_id, 'crm_id', crm_id from contacts
    union select 'hubspot', 'default', 'crm_person', merged_into, 'crm_id', crm_id from contacts where merged_into is not null
    union select 'hubspot', 'default', 'crm_person', merged_into, 'email', email from contacts where merged_into is not null
    union select 'hubspot', 'default', 'crm_person', crm_id, 'email', email from contacts
    union select 'hubspot', 'default', 'crm_person', crm_id, 'email', email2 from contacts
    union select 'hubspot', 'default', 'crm_person', crm_id, 'phone', phone from contacts
    union select 'hubspot', 'default', 'crm_person', crm_id, 'user_id', user_id from contacts
    union select 'hubspot', 'default', 'crm_person', crm_id, 'platform_user_id', chat_user from contacts
    union select 'shopify', 'default', 'shop_customer', shop_customer_id, 'email', email from customers
    union select 'shopify', 'default', 'shop_customer', shop_customer_id, 'phone', phone from customers
    union select 'shopify', 'default', 'order', order_id, 'email', email from orders
    union select 'shopify', 'default', 'order', order_id, 'phone', phone from orders
    union select 'shopify', 'default', 'order', order_id, 'user_id', user_id from orders
    union select 'shopify', 'default', 'order', o.order_id, 'thread_id', t.thread_id
        from orders as o join talks as t on t.c = o.after where o.tells_chat
    union select 'ga4', 'default', 'ga_client', client_id, 'ga_client_id', client_id from sessions where n >= 0
    union select 'ga4', 'default', 'ga_client', client_id, 'user_id', user_id from sessions where n >= 0
)
select * from found where value is not null
"""

RECORDS = """
create or replace table all_records as
select * from thread_records
union all select 'hubspot', 'default', 'crm_person', crm_id, n, false from contacts
union all select 'salesforce', 'default', 'crm_person', record_id, n, false from sf_people
union all select 'shopify', 'default', 'shop_customer', shop_customer_id, n, false from customers
union all select 'shopify', 'default', 'order', order_id, n, false from orders
union all
select 'ga4', 'default', 'ga_client', client_id, min(n), bool_or(client_id in (select client_id from devices where is_shared))
from sessions where n >= 0 group by client_id
"""

JUDGED = """
create or replace table judged as
with owned as (
    select c.identifier_type, c.value from carried as c
    join all_records as r using (platform, instance, record_kind, record_id)
    where not r.is_shared
    group by c.identifier_type, c.value having count(distinct r.n) > 1
),
shared as (
    select * from owned
    union select 'ga_client_id', client_id from devices where is_shared
    union select 'phone', phone from people where is_phone_shared
    union select 'thread_id', record_id from thread_records where is_shared
)
select c.*, s.value is not null as is_shared,
    case when c.identifier_type in ('crm_id', 'user_id') or (c.identifier_type = 'email' and (c.record_kind <> 'thread' or c.record_id in (select thread_id from talks where platform = 'intercom' and login)))
        then 'strong' else 'weak' end as strength
from carried as c left join shared as s using (identifier_type, value)
order by c.platform, c.instance, c.record_kind, c.record_id, c.identifier_type, c.value
"""

CONTACTS_TOLD = """
with spoken_first as (
    select c, min(told_at) as told_at, min(case when kind = 'user' then told_at end) as written_at
    from events where kind in ('user', 'bot', 'agent') and name <> 'session_start' group by c
),
told as (
    select t.platform, t.instance, 'thread' as record_kind, t.thread_id as record_id, e.name as identifier_type, lower(e.text) as value, e.told_at, true as is_typed
    from events as e join talks as t using (c)
    where t.platform in ('rasa', 'dialogflow_cx') and e.kind = 'slot' and e.name in ('email', 'phone')
    -- The form comes before the chat; the help desk's address stands beside what its owner writes.
    union all select t.platform, t.instance, 'thread', t.thread_id, 'email', lower(t.desk_email), f.written_at, not t.login
    from talks as t join spoken_first as f using (c) where f.written_at is not null
    union all select t.platform, t.instance, 'thread', t.thread_id, 'email', lower(t.form_email), f.told_at, true from talks as t join spoken_first as f using (c)
    union all select t.platform, t.instance, 'thread', t.thread_id, 'phone', t.form_phone, f.told_at, true from talks as t join spoken_first as f using (c)
    union all select 'salesforce', 'default', 'crm_person', record_id, 'email', email, created_at, false from sf_people
    union all select 'salesforce', 'default', 'crm_person', record_id, 'phone', phone, created_at, false from sf_people
    union all select 'hubspot', 'default', 'crm_person', crm_id, 'email', unnest([email, email2]), created_at, false from contacts
    union all select 'hubspot', 'default', 'crm_person', crm_id, 'phone', phone, created_at, false from contacts
    union all select 'shopify', 'default', 'order', order_id, 'email', email, ordered_at, false from orders
    union all select 'shopify', 'default', 'order', order_id, 'phone', phone, ordered_at, false from orders
    -- The shop's list of customers has no dates.
    union all select 'shopify', 'default', 'shop_customer', shop_customer_id, 'email', email, null, false from customers
    union all select 'shopify', 'default', 'shop_customer', shop_customer_id, 'phone', phone, null, false from customers
)
select platform, instance, record_kind, record_id, identifier_type, value, min(told_at) as told_at, coalesce(min_by(is_typed, told_at), false) as is_typed
from told where value is not null group by all order by all
"""

CONVERSATIONS = """
create or replace table told as
with spoken as (
    select c, seq, lag(kind) over (partition by c order by seq) as kind_before, lead(kind) over (partition by c order by seq) as kind_after
    from events where kind in ('user', 'bot', 'agent')
),
marked as (
    select e.*, t.platform, coalesce(s.kind_after, '') not in ('bot', 'agent') as is_left_alone,
        e.kind = 'user' and (t.platform = 'rasa' or e.name <> 'session_start') as is_user_message,
        -- Dialogflow's log has all answers of a turn in one, and nothing of colleagues.
        e.kind in ('bot', 'agent') and not (t.platform = 'dialogflow_cx' and coalesce(s.kind_before, '') = 'bot') as is_answer, e.kind = 'user' and e.name = 'nlu_fallback' as is_fallback,
        e.kind = 'user' and e.name not in ('', 'session_start') and not starts_with(e.text, '/')
            and not (e.name = 'rate' and t.platform = 'bot_framework') as is_text_turn
    from events as e join talks as t using (c) left join spoken as s using (c, seq)
),
folded as (
    select c, min(case when is_user_message or is_answer then told_at end) as started_at,
        max(case when is_user_message or is_answer then told_at end) as ended_at,
        sum(is_user_message::int) as user_messages, sum((is_answer and kind = 'bot')::int) as bot_messages, sum((kind = 'agent')::int) as agent_messages,
        sum(is_text_turn::int) as text_turns, sum(is_fallback::int) as fallback_turns, bool_or(is_fallback) as had_fallback,
        bool_or(name = 'action_human_handoff') as escalated, bool_or(name = 'human_handoff') as handoff_asked,
        sum((is_user_message and is_left_alone)::int) as unanswered_turns, bool_or(name = 'utter_ask_rating') as rating_asked,
        bool_or(is_user_message and (platform in ('chat_table', 'intercom', 'zendesk_chat') or name not in ('greet', 'thanks', 'goodbye', 'session_start'))) as is_engaged,
        bool_or(name = 'track_order') as order_tracking_entered, bool_or(name = 'utter_order_status') as order_tracking_completed,
        bool_or(name = 'buy_product') as order_entered, bool_or(kind = 'bot' and name = 'utter_goodbye') as says_goodbye, bool_or(kind = 'slot' and name = 'rating') as rating_given
    from marked group by c
),
entered as (
    select t.n, t.c, min(e.told_at) as entered_at
    from events as e join talks as t using (c) where e.name = 'buy_product' and not t.is_test group by t.n, t.c
),
-- An order completes the goal of the person's latest conversation before it that entered the goal.
bought as (
    select o.order_id, t.c
    from orders as o asof join entered as t on t.n = o.n and o.ordered_at >= t.entered_at
    where o.is_counted and o.ordered_at <= t.entered_at + interval 7 day
),
-- GA4's hits that are in the exports: not those of days outside the period.
shown as (
    select h.s, h.name, h.happened_at
    from hits as h join ga4_lines using (s, place) join sessions as v using (s) where not v.denied
),
chatted as (
    select s, bool_or(starts_with(name, 'chatbot_')) as tells_chat,
        max_by(case name when 'chatbot_satisfaction_yes' then 'up' else 'down' end, happened_at)
            filter (starts_with(name, 'chatbot_satisfaction_')) as rating
    from shown group by s
),
-- The GA client ids that a thread gives away.
told_clients as (
    select distinct t.platform, t.instance, t.thread_id, replace(e.text, 'GA1.1.', '') as client_id
    from events as e join talks as t using (c) where e.kind = 'slot' and e.name = 'ga_cid'
),
visited as (
    select w.c, w.s, w.client_id, g.rating,
        case when g.tells_chat and w.c % 10 < 7 then 'conversation_id' when k.client_id is not null then 'client_time' end as web_link
    from sessions as w join talks as t using (c) join chatted as g using (s)
    left join told_clients as k
        on (k.platform, k.instance, k.thread_id, k.client_id) = (t.platform, t.instance, t.thread_id, w.client_id)
)
select f.c, t.platform, t.instance, t.thread_id, p.person_id, t.is_test, t.language, t.channel, t.bot_version,
    f.* exclude (c, rating_given, says_goodbye, rating_asked), f.rating_asked or (t.platform = 'intercom' and t.is_asked) as rating_asked,
    case when not t.is_rated or not (f.rating_given or t.platform in ('chat_table', 'dialogflow_cx', 'intercom', 'zendesk_chat')) then null
        when t.platform in ('dialogflow_cx', 'zendesk_chat') then case when t.rating >= 4 then 'up' else 'down' end
        else cast(t.rating as varchar) end as rating,
    case when t.platform in ('dialogflow_cx', 'zendesk_chat') then 'thumb' else '1-5' end as rating_scale,
    t.arm as tracking_arm,
    -- Dialogflow's bot reports success where a third of its conversations ends in a goodbye.
    t.platform = 'dialogflow_cx' and t.c % 3 = 0 and f.says_goodbye as platform_success,
    not t.is_test and exists (select 1 from talks as x join folded as y using (c) where x.n = t.n and not x.is_test
        and y.started_at > f.ended_at and y.started_at <= f.ended_at + interval 24 hour) as returned_24h,
    case when w.web_link is not null then w.rating end as web_rating,
    case when f.escalated then case when t.agent_joins then 'made' else 'failed' end when f.handoff_asked then 'requested' end as handoff_kind,
    nullif(t.topic1, '') as first_topic, t.n, b.entered_at as order_entered_at,
    (select min(o.order_id) from bought as o where o.c = f.c) as order_id, exists (select 1 from bought as o where o.c = f.c) as order_completed,
    exists (select 1 from sessions as v where v.c = f.c) as has_web_session,
    w.web_link, case when w.web_link is not null then w.s end as web_session, case when w.web_link is not null then w.client_id end as web_client
from folded as f join talks as t using (c) join people as p using (n) left join visited as w using (c) left join entered as b using (c)
order by f.c
"""

STEPS = (CUSTOMERS, THREADS, IDENTIFIERS, RECORDS, JUDGED, CONVERSATIONS)
