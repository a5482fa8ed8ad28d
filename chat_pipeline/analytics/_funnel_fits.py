"""What fits the steps of the funnels: messages, chat events, web events, pages and orders, each with its unit.

Patterns meet distinct names only; rows then join by equality. How a funnel is followed is in `_funnel_chain.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._funnel_chain import Plan
from chat_pipeline.analytics._funnel_plans import rules_step
from chat_pipeline.analytics._sql import is_apart

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

PAGE_VIEWS = "('page_view', 'screen_view')"
COLUMNS = (
    "funnel, unit, step, kind, event_key, occurred_at, stream, sequence, conversation_key, web_session_key,"
    " customer_key, platform, instance, is_apart"
)


def create_fits(con: duckdb.DuckDBPyConnection, plans: list[Plan], settings: Settings) -> None:
    """Make the temporary tables `funnel_fits`, a row per funnel, step and thing that fits it, and `funnel_apart`.

    unit_key: the conversation or the person. What is test traffic (`is_apart`) or of nobody known is in the second.
    """
    con.execute(f"""
    create or replace temp table funnel_found as
    with {rules_step(plans, settings)},
    {_chat_steps(settings)},
    {_web_steps(settings)},
    fits_but_orders as (
        select {COLUMNS} from message_fits union all
        select {COLUMNS} from event_fits union all
        select {COLUMNS} from web_fits
    ),
    {_order_steps(settings)},
    fits as (
        select distinct {COLUMNS} from fits_but_orders
        union all
        select {COLUMNS} from order_fits
    )
    select
        *, cast(epoch(date_trunc('second', occurred_at)) as bigint) as second,
        max(step) over (partition by funnel, event_key) as last_step,
        case when unit = 'customer' then customer_key else conversation_key end as unit_key
    from fits
    """)
    for table, condition in (
        ("fits", "not is_apart and unit_key is not null"),
        ("apart", "is_apart or unit_key is null"),
    ):
        con.execute(
            f"create or replace temp table funnel_{table} as select * from funnel_found where {condition}"
        )
    con.execute("drop table funnel_found")


def _chat_steps(settings: Settings) -> str:
    """Steps `message_fits` (intents of user messages) and `event_fits` (what the platform itself logged)."""
    return f"""
    intent_rules as (
        select distinct n.platform, n.intent, n.intent_group, r.funnel, r.unit, r.step
        from (
            select distinct platform, intent, intent_group from marts.fct_messages
            where author = 'user' and intent is not null
        ) as n
        inner join rules as r
            on r.kind in ('intent', 'group') and n.platform = coalesce(r.platform, n.platform)
            and case when r.kind = 'group' then n.intent_group else n.intent end like r.pattern escape '!'
    ),
    chats as (
        select
            conversation_key, platform, instance, person_key, customer_key, has_identity_conflict, web_session_key,
            started_at, {is_apart(settings)} as is_apart
        from marts.fct_conversations
    ),
    message_fits as (
        select
            r.funnel, r.unit, r.step, 'message' as kind, m.message_key as event_key, m.sent_at as occurred_at,
            'm' || m.conversation_key as stream, m.sequence, m.conversation_key, c.web_session_key,
            c.person_key as customer_key, c.platform, c.instance, c.is_apart
        from marts.fct_messages as m
        inner join intent_rules as r
            on r.platform = m.platform and r.intent = m.intent
            and r.intent_group is not distinct from m.intent_group
        inner join chats as c on c.conversation_key = m.conversation_key
        where m.author = 'user' and not coalesce(m.is_reverted, false) and m.sent_at is not null
    ),
    event_rules as (
        select distinct n.platform, n.kind, n.name, n.is_flow_end, r.funnel, r.unit, r.step
        from (
            select distinct platform, kind, name, kind = 'flow' and event_type = 'goal_completed' as is_flow_end
            from marts.fct_conversation_events
            where signal_source = 'platform' and kind is not null and name is not null
        ) as n
        inner join rules as r
            on r.kind = n.kind and n.platform = coalesce(r.platform, n.platform) and n.name like r.pattern escape '!'
            -- A flow as the last step of a funnel means its end, elsewhere its start.
            and (n.kind <> 'flow' or n.is_flow_end = r.is_end)
    ),
    event_fits as (
        select
            r.funnel, r.unit, r.step, 'event' as kind, e.event_key, e.occurred_at,
            'e' || e.conversation_key as stream, e.sequence, e.conversation_key, c.web_session_key,
            c.person_key as customer_key, c.platform, c.instance, c.is_apart
        from marts.fct_conversation_events as e
        inner join event_rules as r
            on r.platform = e.platform and r.kind = e.kind and r.name = e.name
            and r.is_flow_end = (e.kind = 'flow' and e.event_type = 'goal_completed')
        inner join chats as c on c.conversation_key = e.conversation_key
        where e.signal_source = 'platform' and e.occurred_at is not null
            -- A slot set to nothing, or to no, is no step.
            and not (
                e.kind in ('slot', 'parameter')
                and lower(coalesce(e.value, 'null')) in ('', 'null', 'none', 'false')
            )
    )"""


def _web_steps(settings: Settings) -> str:
    """Step `web_fits`: GA4's events by name, views of pages by address or path.

    An event belongs to the last conversation that its session holds by then, as goals have it.
    """
    path = "regexp_replace(n.page_location, '^[a-zA-Z]+://[^/]*', '')"
    return f"""
    web_rules as (
        select distinct n.platform, n.event_name, n.page_location, r.funnel, r.unit, r.step
        from (
            select distinct
                platform, event_name, case when event_name in {PAGE_VIEWS} then page_location end as page_location
            from marts.fct_web_events
        ) as n
        inner join rules as r
            on n.platform = coalesce(r.platform, n.platform)
            and (
                (r.kind = 'ga4' and n.event_name like r.pattern escape '!')
                or (r.kind = 'page' and (
                    n.page_location like r.pattern escape '!' or {path} like r.pattern escape '!'
                ))
            )
    ),
    web_named as (
        select
            r.funnel, r.unit, r.step, w.web_event_key as event_key, w.occurred_at, w.web_session_key,
            w.conversation_key, w.platform, w.instance, {is_apart(settings, "w.is_test")} as is_apart
        from marts.fct_web_events as w
        inner join web_rules as r
            on r.platform = w.platform and r.event_name = w.event_name
            and r.page_location is not distinct from
                case when w.event_name in {PAGE_VIEWS} then w.page_location end
        where w.occurred_at is not null
    ),
    session_chats as (
        select web_session_key, started_at, max(conversation_key) as conversation_key
        from chats where web_session_key is not null group by web_session_key, started_at
    ),
    web_placed as (
        select w.* exclude (conversation_key), coalesce(w.conversation_key, c.conversation_key) as conversation_key
        from web_named as w
        asof left join session_chats as c
            on c.web_session_key = w.web_session_key and w.occurred_at >= c.started_at
    ),
    web_fits as (
        select
            w.funnel, w.unit, w.step, 'web_event' as kind, w.event_key, w.occurred_at, w.event_key as stream,
            0 as sequence, w.conversation_key, w.web_session_key, s.customer_key, w.platform, w.instance,
            w.is_apart or coalesce(c.is_apart, false) as is_apart
        from web_placed as w
        left join marts.fct_web_sessions as s on s.web_session_key = w.web_session_key
        left join chats as c on c.conversation_key = w.conversation_key
        where w.unit = 'customer' or w.conversation_key is not null
    )"""


def _order_steps(settings: Settings) -> str:
    """Step `order_fits`. For a conversation an order is a step only in the latest one before it, of the same
    customer, web session or named thread, that began the funnel: three chats and one order are one success."""
    return f"""
    orders as (
        select r.funnel, r.unit, r.step, o.*, date_trunc('second', o.ordered_at) as moment,
            {is_apart(settings, "o.is_test")} as is_apart
        from marts.fct_orders as o
        inner join rules as r on r.kind = 'order' and o.platform = coalesce(r.platform, o.platform)
        where o.is_counted and o.ordered_at is not null
    ),
    begun as (
        select distinct
            f.funnel, f.conversation_key, date_trunc('second', f.occurred_at) as moment, c.web_session_key,
            case when not coalesce(c.has_identity_conflict, false) then c.customer_key end as customer_key
        from fits_but_orders as f
        inner join chats as c on c.conversation_key = f.conversation_key
        where f.unit = 'conversation' and f.step = 1 and not f.is_apart
    ),
    ties as (
        select funnel, tie, tie_value, moment, min(conversation_key) as conversation_key
        from (
            select funnel, 'customer' as tie, customer_key as tie_value, moment, conversation_key from begun
            union all select funnel, 'web_session', web_session_key, moment, conversation_key from begun
            union all select funnel, 'conversation', conversation_key, moment, conversation_key from begun
        ) as tied
        where tie_value is not null
        group by funnel, tie, tie_value, moment
    ),
    order_ties as (
        select distinct funnel, order_key, moment, tie, tie_value
        from (
            select *, 'customer' as tie, customer_key as tie_value from orders
            union all select *, 'web_session', web_session_key from orders
            union all select *, 'conversation', conversation_key from orders
        ) as tied
        where unit = 'conversation' and tie_value is not null
    ),
    credited as (
        select
            o.funnel, o.order_key, t.conversation_key,
            row_number() over (
                partition by o.funnel, o.order_key order by t.moment desc, t.conversation_key
            ) as place
        from order_ties as o
        asof inner join ties as t
            on t.funnel = o.funnel and t.tie = o.tie and t.tie_value = o.tie_value and o.moment >= t.moment
    ),
    order_fits as (
        select distinct
            o.funnel, o.unit, o.step, 'order' as kind, o.order_key as event_key, o.ordered_at as occurred_at,
            o.order_key as stream, 0 as sequence,
            case when o.unit = 'conversation' then c.conversation_key end as conversation_key, o.web_session_key,
            o.customer_key, o.platform, o.instance, o.is_apart
        from orders as o
        left join credited as c on c.funnel = o.funnel and c.order_key = o.order_key and c.place = 1
        where o.unit = 'customer' or c.conversation_key is not null
    )"""
