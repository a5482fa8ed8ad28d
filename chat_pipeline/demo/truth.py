"""What really happened, for tests only: Parquet files outside `exports/`.

- people: who there is.
- records: each thread, CRM contact, shop customer, order and GA client, whose it is, and `cluster`:
  records with the same number hang together by identifiers that belong to one person only.
  `is_shared`: several persons use the record itself (a couple's tablet); its person is null.
- record_identifiers: what each record carries; `is_shared`: the value belongs to several persons;
  `strength`: strong or weak, by the rules of identity.
- contacts_told: when each record first told an e-mail or a phone number (null: unknown); `is_typed`: by the customer, in a chat.
- conversations: what happened in each. `web_session` (a number, also of orders), `web_cluster` (that of its
  browser) and `web_link`: which GA4 session the exports show it in, and by what; `web_rating`: GA4's last word on its satisfaction;
  `order_id`: the first order that completed the goal of this, the person's latest conversation with
  that goal; `is_order_linked`: unshared identifiers lead from one to the other.
  `unanswered_turns`: messages that nobody answered; `returned_24h`: the person began another conversation
  within 24 hours of its end; `rating` on `rating_scale`; `tracking_arm`: arm of guided_tracking;
  `platform_success`: the platform itself was told of a success.
- said: what was said or done in them, one row each: thread and `number` (from 0) of the conversation in it, `seq`,
  `told_at`, `kind` (user, bot, agent, action, slot), `name` (intent or action).
- experiments: a row per arm, with `true_difference` of the goal rate to the arm `classic`.
- report_gaps: figures of GA4's own reports that differ from the events on purpose.
- shop_customers: the shop's records of its buyers, with the number of orders that they tell.
- tickets: of both CRMs, whose they are and when they were opened and closed.
- web_sessions (those with consent): when and on what; `cluster` of the browser; web_events: their hits.
- orders, broken (file, row from 1 or null, reason), totals (name,
  value); files.json lists the exports.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from chat_pipeline.demo.courses import chance_of_answer
from chat_pipeline.demo.files import Exports, sql_text
from chat_pipeline.demo.truth_steps import CONTACTS_TOLD, STEPS

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop

# What one unit of a foreign currency is worth in EUR; the demo's settings say the same. USD has no rate.
RATES = {"CHF": 1.04}


def write_truth(shop: Shop, exports: Exports, folder: Path) -> dict[str, int]:
    """Write the files described above to `folder`; returns the totals."""
    folder.mkdir(parents=True, exist_ok=True)
    con = shop.con
    for step in STEPS:
        con.execute(step)
    _keep_experiments(shop)
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
        "contacts_told": CONTACTS_TOLD,
        "conversations": """
            select t.* exclude (c, n, web_client), w.cluster as web_cluster, a.cluster, a.cluster = b.cluster as is_order_linked
            from told as t join clusters as a on a.record_kind = 'thread' and a.record_id = t.thread_id
                and a.platform = t.platform and a.instance = t.instance
            left join clusters as b on b.record_kind = 'order' and b.record_id = t.order_id
            left join clusters as w on w.record_kind = 'ga_client' and w.record_id = t.web_client
            order by t.c
        """,
        "orders": f"""
            select o.order_id, o.name, p.person_id, o.ordered_at, o.currency, o.total, o.refunded, o.financial_status, o.is_counted,
                o.is_staff as is_test, o.source, round((o.total - o.refunded) * case o.currency when 'EUR' then 1 {worth} end, 2) as net_amount,
                t.thread_id as after_thread_id, case when o.tells_chat then t.thread_id end as told_thread_id, k.cluster,
                (select min(v.s) from sessions as v join ga4_lines as l using (s) where v.o = o.o and not v.denied) as web_session
            from orders as o join people as p using (n) join clusters as k on k.record_kind = 'order' and k.record_id = o.order_id
            left join talks as t on t.c = o.after order by o.o
        """,
        "said": """
            select t.platform, t.instance, t.thread_id, dense_rank() over (partition by t.platform, t.instance, t.thread_id order by t.started_at, t.c) - 1 as number,
                e.seq, e.told_at, e.kind, e.name, t.is_test
            from events as e join talks as t using (c) order by e.c, e.seq
        """,
        "shop_customers": """
            select c.shop_customer_id, p.person_id, k.cluster, (
                select count(*) from orders as o where o.n = c.n and o.email is not null and not contains(o.email, 'kontakt@')) as orders
            from customers as c join people as p using (n)
            join clusters as k on k.record_kind = 'shop_customer' and k.record_id = c.shop_customer_id order by 1
        """,
        "web_sessions": """
            select s as web_session, client_id, min(happened_at) as started_at, max(happened_at) as ended_at, count(*) as events,
                any_value(v.user_id) as user_id, any_value(case when v.n >= 0 then k.cluster end) as cluster,
                any_value(coalesce(m.source, case when v.organic then 'google' end)) as source,
                any_value(coalesce(m.medium, case when v.organic then 'organic' end)) as medium, any_value(m.campaign_name) as campaign,
                any_value(d.category) as device, any_value(d.system) as operating_system, any_value(d.browser) as browser
            from hits join ga4_lines using (s, place) join sessions as v using (s)
            left join clusters as k on k.record_kind = 'ga_client' and k.record_id = v.client_id
            left join campaigns as m using (campaign) left join models as d on d.model = v.device
            where not denied group by s, client_id order by s
        """,
        "web_events": """
            select s as web_session, name, happened_at from hits join ga4_lines using (s, place) join sessions using (s)
            where not denied order by s, place
        """,
        "tickets": """
            select x.platform, x.ticket_id, p.person_id, k.cluster, x.opened_at, x.closed_at
            from (
                select 'hubspot' as platform, ticket_id, crm_id, opened_at, closed_at from tickets
                union all select 'salesforce', case_id, record_id, opened_at, closed_at from sf_cases
            ) as x
            join all_records as r on r.platform = x.platform and r.record_kind = 'crm_person' and r.record_id = x.crm_id
            join people as p using (n)
            join clusters as k on k.platform = x.platform and k.record_kind = 'crm_person' and k.record_id = x.crm_id
            order by x.platform, x.ticket_id
        """,
        "experiments": "select * from experiments order by experiment, arm",
        "report_gaps": "select * from report_gaps order by all",
        "broken": "select * from broken order by all",
        "totals": "select * from totals order by name",
    }.items():
        con.execute(f"copy ({query}) to {sql_text(str(folder / (name + '.parquet')))} (format parquet)")
    return totals


def _keep_experiments(shop: Shop) -> None:
    """Table experiments: the arms of guided order tracking, with what the arm changes by design.

    The chance of an answer is the arm's own; whether who was answered also stayed to read it is not, so the
    true difference of the goal rate is the difference of the chances times the share that stayed.
    """
    lift = chance_of_answer("track_order", False, True, shop.effects) - chance_of_answer(
        "track_order", False, False, shop.effects
    )
    shop.con.execute(f"""
        create or replace table experiments as
        with tracked as (
            select t.*, f.tracking_arm, f.order_tracking_entered, f.order_tracking_completed,
                case 'track_order' when t.topic1 then t.solved1 when t.topic2 then t.solved2 when t.topic3 then t.solved3 end as is_solved
            from told as f join talks as t using (c)
        ),
        stayed as (
            select sum(order_tracking_completed::int) / cast(sum(is_solved::int) as double) as share
            from tracked where tracking_arm is not null and order_tracking_entered
        )
        select 'guided_tracking' as experiment, tracking_arm as arm, count(*) as conversations, count(distinct n) as persons,
            sum(order_tracking_entered::int) as entered, sum(order_tracking_completed::int) as completed,
            case tracking_arm when 'guided' then {lift} * any_value(stayed.share) else 0 end as true_difference
        from tracked, stayed where tracking_arm is not null group by tracking_arm
    """)


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
        "tickets": "select (select count(*) from tickets) + (select count(*) from sf_cases)",
        "opportunities": "select count(*) from sf_deals",
        "salesforce_people": "select count(*) from sf_people",
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
