"""What really happened, for tests only: Parquet files outside `exports/`.

- people: who there is.
- records: each thread, CRM contact, shop customer, order and GA client, whose it is, and `cluster`:
  records with the same number hang together by identifiers that belong to one person only.
  `is_shared`: several persons use the record itself (a couple's tablet); its person is null.
- record_identifiers: what each record carries; `is_shared`: the value belongs to several persons;
  `strength`: strong or weak, by the rules of identity.
- conversations, orders, broken (file, row from 1 or null, reason), totals (name, value); files.json
  lists the exports written.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from chat_pipeline.demo.files import Exports, sql_text

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop

# What one unit of a foreign currency is worth in EUR; the demo's settings say the same. USD has no rate.
RATES = {"CHF": 1.04}

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
    where t.platform = 'rasa' and e.kind = 'slot' and e.name in ('email', 'user_id', 'ga_cid', 'phone')
),
found as (
    select platform, instance, 'thread' as record_kind, thread_id as record_id, 'thread_id' as identifier_type, thread_id as value from talks
    union select platform, instance, 'thread', thread_id, 'platform_user_id', "user" from talks
        where platform <> 'chat_table' and "user" <> 'default'
    union select platform, instance, 'thread', thread_id, case name when 'ga_cid' then 'ga_client_id' else name end, value from slots
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
    case when c.identifier_type in ('crm_id', 'user_id') or (c.identifier_type = 'email' and c.record_kind <> 'thread')
        then 'strong' else 'weak' end as strength
from carried as c left join shared as s using (identifier_type, value)
order by c.platform, c.instance, c.record_kind, c.record_id, c.identifier_type, c.value
"""

CONVERSATIONS = """
create or replace table told as
with marked as (
    select e.*, t.platform,
        e.kind = 'user' and (t.platform = 'rasa' or e.name <> 'session_start') as is_user_message,
        e.kind in ('bot', 'agent') as is_answer, e.kind = 'user' and e.name = 'nlu_fallback' as is_fallback,
        e.kind = 'user' and e.name not in ('', 'session_start') and not starts_with(e.text, '/')
            and not (e.name = 'rate' and t.platform = 'bot_framework') as is_text_turn
    from events as e join talks as t using (c)
),
folded as (
    select c, min(case when is_user_message or is_answer then told_at end) as started_at,
        max(case when is_user_message or is_answer then told_at end) as ended_at,
        sum(is_user_message::int) as user_messages, sum((kind = 'bot')::int) as bot_messages, sum((kind = 'agent')::int) as agent_messages,
        sum(is_text_turn::int) as text_turns, sum(is_fallback::int) as fallback_turns, bool_or(is_fallback) as had_fallback,
        bool_or(name = 'action_human_handoff') as escalated, bool_or(name = 'utter_ask_rating') as rating_asked,
        bool_or(is_user_message and (platform = 'chat_table' or name not in ('greet', 'thanks', 'goodbye', 'session_start'))) as is_engaged,
        bool_or(name = 'track_order') as order_tracking_entered, bool_or(name = 'utter_order_status') as order_tracking_completed,
        bool_or(name = 'buy_product') as order_entered, bool_or(kind = 'slot' and name = 'rating') as rating_given
    from marked group by c
),
bought as (
    select o.o, o.name, o.order_id, t.c
    from orders as o asof join (select * from talks where not is_test) as t on t.n = o.n and o.ordered_at >= t.started_at
    where o.is_counted and o.ordered_at <= t.started_at + interval 7 day
)
select f.c, t.platform, t.instance, t.thread_id, p.person_id, t.is_test, t.language, t.channel, t.bot_version, f.* exclude (c, rating_given),
    case when t.is_rated and (f.rating_given or t.platform = 'chat_table') then t.rating end as rating,
    case when f.escalated then case when t.agent_joins then 'made' else 'failed' end end as handoff_kind,
    nullif(t.topic1, '') as first_topic, t.n,
    (select min(b.order_id) from bought as b where b.c = f.c) as order_id, exists (select 1 from bought as b where b.c = f.c) as order_completed,
    w.s is not null as has_web_session, case when w.s is null then null when f.c % 10 < 7 then 'conversation_id' else 'client_time' end as web_link
from folded as f join talks as t using (c) join people as p using (n) left join sessions as w on w.c = f.c
order by f.c
"""


def write_truth(shop: Shop, exports: Exports, folder: Path) -> dict[str, int]:
    """Write the files described above to `folder`; returns the totals."""
    folder.mkdir(parents=True, exist_ok=True)
    con = shop.con
    con.execute("""
        create or replace table customers as
        select p.* from people as p where p.n in (select n from orders where email is not null and not contains(email, 'kontakt@')) order by n
    """)
    for step in (THREADS, IDENTIFIERS, RECORDS, JUDGED, CONVERSATIONS):
        con.execute(step)
    _keep_clusters(shop)
    _keep_broken(shop, exports)
    totals = _totals(shop)
    worth = " ".join(f"when {sql_text(currency)} then {rate}" for currency, rate in RATES.items())
    for name, query in {
        "people": "select * exclude (n) from people order by n",
        "records": "select r.* exclude (n), case when not r.is_shared then p.person_id end as person_id, k.cluster"
        " from all_records as r join people as p using (n) join clusters as k using (platform, instance, record_kind, record_id)"
        " order by platform, instance, record_kind, record_id",
        "record_identifiers": "select * from judged order by all",
        "conversations": """
            select t.* exclude (c, n), a.cluster = b.cluster as is_order_linked
            from told as t join clusters as a on a.record_kind = 'thread' and a.record_id = t.thread_id
                and a.platform = t.platform and a.instance = t.instance
            left join clusters as b on b.record_kind = 'order' and b.record_id = t.order_id
            order by t.c
        """,
        "orders": f"""
            select o.order_id, o.name, p.person_id, o.ordered_at, o.currency, o.total, o.refunded, o.financial_status, o.is_counted,
                o.is_staff as is_test, o.source, round((o.total - o.refunded) * case o.currency when 'EUR' then 1 {worth} end, 2) as net_amount,
                t.thread_id as after_thread_id
            from orders as o join people as p using (n) left join talks as t on t.c = o.after order by o.o
        """,
        "broken": "select * from broken order by all",
        "totals": "select * from totals order by name",
    }.items():
        con.execute(f"copy ({query}) to {sql_text(str(folder / (name + '.parquet')))} (format parquet)")
    return totals


def _keep_clusters(shop: Shop) -> None:
    """Table clusters: the connected records, by identifiers of one person alone."""
    import pandas as pd
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    from chat_pipeline.demo.shop import keep

    key = ["platform", "instance", "record_kind", "record_id"]
    records = shop.con.execute(f"select {', '.join(key)}, is_shared from all_records order by all").df()
    links = shop.con.execute(
        f"select {', '.join(key)}, identifier_type, value from judged where not is_shared order by all"
    ).df()
    records["row"] = np.arange(len(records))
    links = links.merge(records[~records.is_shared], on=key)
    values = pd.factorize(links.identifier_type + "\n" + links.value)[0]
    size = len(records) + (int(values.max()) + 1 if len(values) else 0)
    edges = coo_array(
        (np.ones(len(links)), (links.row.to_numpy(), values + len(records))), shape=(size, size)
    )
    records["cluster"] = connected_components(edges, directed=False)[1][: len(records)]
    keep(shop, "clusters", records[[*key, "cluster"]])


def _keep_broken(shop: Shop, exports: Exports) -> None:
    shop.con.execute('create or replace table broken (file varchar, "row" bigint, reason varchar)')
    shop.con.executemany("insert into broken values (?, ?, ?)", exports.broken)


def _totals(shop: Shop) -> dict[str, int]:
    """Counts of what a correct pipeline ends up with, whatever was delivered twice."""
    con = shop.con
    queries = {
        "people": "select count(*) from people",
        "conversations": "select count(*) from talks",
        "web_sessions": "select count(distinct s) from ga4_lines join sessions using (s) where not denied",
        "web_events": "select count(*) from ga4_lines",
        "orders": "select count(*) from orders",
        "order_lines": "select count(*) from lines",
        "shop_customers": "select count(*) from customers",
        "contacts": "select count(*) from contacts",
        "merged_contacts": "select count(*) from contacts where merged_into is not null",
        "deals": "select count(*) from deals",
        "tickets": "select count(*) from tickets",
        "rasa_events": "select count(*) from rasa_events",
        "bot_framework_activities": "select count(*) from activities",
    }
    totals = {name: int(con.execute(query).fetchall()[0][0]) for name, query in queries.items()}
    for platform, instance, users, bots in con.execute(
        "select platform, instance, sum(user_messages), sum(bot_messages + agent_messages) from told group by 1, 2 order by 1, 2"
    ).fetchall():
        totals[f"user_messages {platform} {instance}"] = int(users)
        totals[f"answers {platform} {instance}"] = int(bots)
    con.execute("create or replace table totals (name varchar, value bigint)")
    con.executemany("insert into totals values (?, ?)", sorted(totals.items()))
    return totals
