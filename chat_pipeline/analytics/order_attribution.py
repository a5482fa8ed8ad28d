"""Which chat, if any, had a part in each order. Sums by period: `attribution`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._sql import cutoff_of, is_apart, sources_steps
from chat_pipeline.reading import sql_text
from chat_pipeline.settings_tables import like_pattern

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

TIERS = ("led", "assisted", "exposed")
# The windows of `assisted` that stand beside the one in settings.
BESIDE_DAYS = (1, 30)
DAY = 86400


def order_attribution(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.order_attribution`."""
    first_day = f"date '{settings.shop.chat_live_since}'" if settings.shop.chat_live_since else "null"
    return f"""
    with {sources_steps(settings)},
    {_chats_steps(settings)},
    {_tied_steps(settings)},
    {_tier_steps(settings)},
    first_chats as (
        select coalesce({first_day}, (select min(first_date) from sources where kind = 'chat')) as first_date
    )
    select
        o.order_key, o.platform, o.instance, o.ordered_at, o.ordered_date,
        coalesce(o.customer_key, o.order_key) as cluster,
        cast(round(100 * o.net_amount) as bigint) as net_cents,
        case
            when first_date is null or o.ordered_date < first_date then 'before_chat'
            when o.ordered_at > least({cutoff_of("chat")}, coalesce({cutoff_of("web")}, {cutoff_of("chat")}))
                then 'pending'
            else 'judged'
        end as state,
        coalesce(t.tier, 'none') as tier, t.conversation_key, t.seconds,
        {", ".join(f"coalesce(t.tier_{days}d, 'none') as tier_{days}d" for days in BESIDE_DAYS)},
        coalesce(t.tier_{BESIDE_DAYS[0]}d = 'assisted', false) as is_assisted_{BESIDE_DAYS[0]}d,
        coalesce(t.tier_{BESIDE_DAYS[1]}d = 'assisted', false) as is_assisted_{BESIDE_DAYS[1]}d,
        e.conversation_key is not null as is_about_earlier_order, e.conversation_key as earlier_order_conversation_key
    from orders as o
    cross join first_chats
    left join tiers as t on t.order_key = o.order_key
    left join about_earlier as e on e.order_key = o.order_key
    """


def _chats_steps(settings: Settings) -> str:
    """Step `chats`: begun conversations, `is_earlier` where they were only about orders already placed.

    That is: the primary intent is one of those in settings, and no message shows another concern - an intent of a
    group in settings that is not one of them, or the entry into a goal that an order completes.
    """
    patterns = [sql_text(like_pattern(name)) for name in settings.attribution.earlier_orders]

    def is_listed(intent: str) -> str:
        return " or ".join(f"{intent} like {pattern} escape '!'" for pattern in patterns) or "false"

    groups = ", ".join(sql_text(group) for group in settings.intent_groups) or "null"
    goals = [
        name
        for name, goal in settings.goals.items()
        if any(match.kind == "order" for match in goal.completed)
    ]
    listed_goals = ", ".join(sql_text(name) for name in goals) or "null"
    return f"""
    other_intents as (
        select distinct intent, intent_group from marts.fct_messages
        where author = 'user' and intent is not null and intent_group in ({groups}) and not ({is_listed("intent")})
    ),
    other_concerns as (
        select m.conversation_key
        from marts.fct_messages as m
        inner join other_intents as i on i.intent = m.intent and i.intent_group = m.intent_group
        where m.author = 'user'
        union
        select conversation_key from marts.fct_conversation_goals
        where goal in ({listed_goals}) and not is_entry_inferred
    ),
    chats as (
        select
            c.conversation_key, c.person_key, c.web_session_key, c.is_chat_engaged,
            cast(epoch(date_trunc('second', c.started_at)) as bigint) as second,
            coalesce({is_listed("c.primary_intent")}, false) and x.conversation_key is null as is_earlier
        from marts.fct_conversations as c
        left join other_concerns as x on x.conversation_key = c.conversation_key
        where not {is_apart(settings, "c.is_test")} and c.started_at is not null
    )"""


def _tied_steps(settings: Settings) -> str:
    """Step `tied`: a row per order and chat begun before it, by the strongest tie (1: visit or name, 2: person)."""
    longest = max(
        *(int(getattr(settings.attribution, tier).total_seconds()) for tier in TIERS), max(BESIDE_DAYS) * DAY
    )
    return f"""
    orders as (
        select *, cast(epoch(date_trunc('second', ordered_at)) as bigint) as second
        from marts.fct_orders
        where is_counted and not {is_apart(settings)}
    ),
    all_ties as (
        select o.order_key, o.second as order_second, c.*, 1 as tie
        from orders as o inner join chats as c on c.web_session_key = o.web_session_key
        union all
        select o.order_key, o.second, c.*, 1
        from orders as o inner join chats as c on c.conversation_key = o.conversation_key
        union all
        select o.order_key, o.second, c.*, 2
        from orders as o inner join chats as c on c.person_key = o.customer_key
    ),
    tied as (
        select order_key, conversation_key, is_chat_engaged, is_earlier, second, order_second - second as seconds,
            min(tie) as tie, max(tie) as weakest_tie
        from all_ties
        where order_second - second between 0 and {longest}
        group by order_key, conversation_key, is_chat_engaged, is_earlier, second, order_second
    )"""


def _tier_steps(settings: Settings) -> str:
    """Steps `tiers` (best tier per order and window, credited to its latest chat) and `about_earlier`."""
    led, assisted, exposed = (int(getattr(settings.attribution, tier).total_seconds()) for tier in TIERS)

    def tier(window: int) -> str:
        return f"""case
            when is_chat_engaged and tie = 1 and seconds <= {led} then 1
            when is_chat_engaged and weakest_tie = 2 and seconds <= {window} then 2
            when seconds <= {exposed} then 3
        end"""

    names = " ".join(f"when {rank} then '{name}'" for rank, name in enumerate(TIERS, 1))
    beside = ", ".join(f"min({tier(days * DAY)}) as best_{days}d" for days in BESIDE_DAYS)
    return f"""
    ranked as (
        select
            *, {tier(assisted)} as rank,
            row_number() over (
                partition by order_key
                order by {tier(assisted)} nulls last, second desc, conversation_key
            ) as place
        from tied
        where not is_earlier
    ),
    bests as (select order_key, {beside} from tied where not is_earlier group by order_key),
    tiers as (
        select
            r.order_key, case r.rank {names} end as tier,
            case when r.rank is not null then r.conversation_key end as conversation_key,
            case when r.rank is not null then r.seconds end as seconds,
            {", ".join(f"case b.best_{days}d {names} end as tier_{days}d" for days in BESIDE_DAYS)}
        from ranked as r
        inner join bests as b on b.order_key = r.order_key
        where r.place = 1
    ),
    about_earlier as (
        select order_key, conversation_key from (
            select *, row_number() over (partition by order_key order by second desc, conversation_key) as place
            from tied
            where is_earlier and seconds <= {assisted}
        ) as placed
        where place = 1
    )"""


TABLE = AnalyticsTable(
    name="order_attribution",
    description=(
        "One row per counted order. One tier each, credited to the latest chat of that tier begun before it (whole seconds; the"
        " same second counts): led (engaged chat in the same web session, or named by the order, 24 hours), assisted"
        " (engaged chat of the same person, 7 days), exposed (any other of these chats, bounced and outbound ones too, 30 days),"
        " none. Chats only about orders already placed have no part; they are listed apart. An association, no proof that"
        " the chat brought the order."
    ),
    columns=(
        Column("order_key", "varchar", "Order (fct_orders)."),
        Column("platform", "varchar", "Source of the order."),
        Column("instance", "varchar", "Account of the source."),
        Column("ordered_at", "timestamp", "When it was placed (UTC)."),
        Column("ordered_date", "date", "Day it was placed, in the shop's time zone."),
        Column("cluster", "varchar", "Whom it counts for in intervals: the customer, else the order itself."),
        Column(
            "net_cents",
            "bigint",
            "Total less refunds with tax and shipping, in cents of the shop's currency; null without a rate.",
        ),
        Column(
            "state",
            "varchar",
            "judged; pending (newer than the cut-off of a chat or web source); before_chat (before the chat's first day).",
        ),
        Column("tier", "varchar", "led, assisted, exposed or none."),
        Column("conversation_key", "varchar", "Chat that is credited; null for none."),
        Column("seconds", "bigint", "Seconds from that chat's first message to the order."),
        Column("tier_1d", "varchar", "The tier if a chat assisted for 1 day only."),
        Column("tier_30d", "varchar", "The tier if a chat assisted for 30 days."),
        Column("is_assisted_1d", "boolean", "tier_1d is assisted."),
        Column("is_assisted_30d", "boolean", "tier_30d is assisted."),
        Column(
            "is_about_earlier_order",
            "boolean",
            "In the 7 days before (as long as a chat assists) there was a chat only about orders already placed.",
        ),
        Column("earlier_order_conversation_key", "varchar", "The latest such chat."),
    ),
    key=("order_key",),
    build=order_attribution,
)
