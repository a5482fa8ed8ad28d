"""Where entries into a funnel stopped, one by one: what was said last, and what came next. Texts stay in the marts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._funnel_plans import plans_of
from chat_pipeline.analytics._sql import is_apart
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def funnel_dropoffs(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.funnel_dropoffs`."""
    nexts = ", ".join(
        f"({sql_text(plan.name)}, {before.number}, {after.number}, {sql_text(after.name)})"
        for plan in plans_of(con, settings)
        for before, after in zip(plan.required, plan.required[1:], strict=False)
    )
    return f"""
    with nexts as (
        select * from (values {nexts or "('', 0, 0, '')"}) as n (funnel, step, next_step, next_step_name)
    ),
    {_dropped_step()},
    {_said_steps()},
    {_touch_steps(settings)}
    select
        d.*, n.next_step as missed_step, n.next_step_name as missed_step_name,
        u.message_key as last_user_message_key, u.intent as last_intent, u.sentiment_platform as last_sentiment,
        b.message_key as last_answer_key, f.message_key as next_user_message_key, f.intent as next_intent,
        t.touchpoint as next_touchpoint, t.record_key as next_touchpoint_key,
        cast(epoch(date_trunc('second', t.occurred_at)) - epoch(d.ended_at) as bigint) as seconds_to_next_touchpoint
    from dropped as d
    inner join nexts as n on n.funnel = d.funnel and n.step = d.last_step
    left join last_said as u on u.entry_key = d.entry_key and u.author = 'user'
    left join last_said as b on b.entry_key = d.entry_key and b.author = 'answer'
    left join first_said_after as f on f.entry_key = d.entry_key
    left join next_touches as t on t.entry_key = d.entry_key
    """


def _dropped_step() -> str:
    """Step `dropped`: a row per dropped entry with its last required step."""
    return """
    dropped as (
        select
            e.entry_key, e.funnel, e.unit, e.unit_key, e.entered_at, e.entered_date, e.platform, e.instance,
            e.channel, e.last_step, e.step_name as last_step_name, e.reached_at as last_step_at, e.ended_at,
            e.record_kind as last_record_kind, e.record_key as last_record_key,
            coalesce(e.conversation_key, e.entry_conversation_key) as conversation_key
        from analytics.funnel_entries as e
        where e.state = 'dropped' and e.step = e.last_step
    )"""


def _said_steps() -> str:
    """Steps `last_said` (by user and by bot or human, until the entry ended) and `first_said_after` the last step."""
    return """
    said as (
        select
            d.entry_key, m.message_key, m.intent, m.sentiment_platform, m.sent_at, m.sequence,
            case when m.author = 'user' then 'user' else 'answer' end as author,
            date_trunc('second', m.sent_at) > d.last_step_at as is_after
        from dropped as d
        inner join marts.fct_messages as m on m.conversation_key = d.conversation_key
        where date_trunc('second', m.sent_at) between d.entered_at and d.ended_at
    ),
    last_said as (
        select * from (
            select *, row_number() over (
                partition by entry_key, author order by sent_at desc, sequence desc, message_key
            ) as place
            from said
        ) as placed
        where place = 1
    ),
    first_said_after as (
        select * from (
            select *, row_number() over (partition by entry_key order by sent_at, sequence, message_key) as place
            from said
            where author = 'user' and is_after
        ) as placed
        where place = 1
    )"""


def _touch_steps(settings: Settings) -> str:
    """Step `next_touches`: the customer's first touchpoint after the entry ended."""
    return f"""
    customers as (
        select d.entry_key, d.ended_at, case when d.unit = 'customer' then d.unit_key else c.person_key end as customer_key
        from dropped as d
        left join marts.fct_conversations as c on c.conversation_key = d.conversation_key
    ),
    touches as (
        select * from (
            select
                customer_key, occurred_at, touchpoint, record_key,
                row_number() over (
                    partition by customer_key, occurred_at order by touchpoint, record_key
                ) as place
            from marts.customer_timeline
            where occurred_at is not null and not {is_apart(settings)}
        ) as placed
        where place = 1
    ),
    next_touches as (
        select c.entry_key, t.touchpoint, t.record_key, t.occurred_at
        from customers as c
        asof inner join touches as t on t.customer_key = c.customer_key and c.ended_at < t.occurred_at
        where c.customer_key is not null
    )"""


TABLE = AnalyticsTable(
    name="funnel_dropoffs",
    description=(
        "One row per entry into a funnel that was dropped: its window has passed without the last step. Messages are"
        " pointed to by key (marts.fct_messages), never quoted; those of the conversation of the last step, else of the"
        " one in which the entry began."
    ),
    columns=(
        Column("entry_key", "varchar", "Key of the entry (funnel_entries)."),
        Column("funnel", "varchar", "Name of the funnel in settings."),
        Column("unit", "varchar", "conversation or customer."),
        Column("unit_key", "varchar", "conversation_key or the person's key."),
        Column("entered_at", "timestamp", "When the entry began (UTC, whole seconds)."),
        Column("entered_date", "date", "Day on which it began, in the shop's time zone."),
        Column("platform", "varchar", "Platform of the record that began it."),
        Column("instance", "varchar", "Account of the platform."),
        Column("channel", "varchar", "Channel of the conversation; 'web' for a web session, else 'unknown'."),
        Column("last_step", "integer", "Number of the last required step that was reached, from 1."),
        Column("last_step_name", "varchar", "Its name in settings."),
        Column("last_step_at", "timestamp", "When it was reached (UTC, whole seconds)."),
        Column("last_record_kind", "varchar", "What showed it: message, event, web_event or order."),
        Column("last_record_key", "varchar", "Key of that record in its fact."),
        Column("missed_step", "integer", "Number of the required step that did not come, from 1."),
        Column("missed_step_name", "varchar", "Its name in settings."),
        Column("ended_at", "timestamp", "Last second in which it would have counted (UTC)."),
        Column("conversation_key", "varchar", "Conversation to read; null where there was none."),
        Column("last_user_message_key", "varchar", "Last message of the user before the entry ended."),
        Column("last_intent", "varchar", "Its intent; null where the platform names none."),
        Column(
            "last_sentiment",
            "double",
            "Its score by the platform, -1 to 1; null where the platform gives none.",
        ),
        Column("last_answer_key", "varchar", "Last message of bot or human before the entry ended."),
        Column(
            "next_user_message_key",
            "varchar",
            "The user's first message after the second of the last step, before the entry ended.",
        ),
        Column("next_intent", "varchar", "Its intent."),
        Column(
            "next_touchpoint",
            "varchar",
            "What the customer did first after the entry ended: conversation, web_session, order or ticket; null:"
            " nothing, or nobody known.",
        ),
        Column("next_touchpoint_key", "varchar", "Key of that record in its fact."),
        Column("seconds_to_next_touchpoint", "bigint", "Seconds from the entry's end to it."),
    ),
    key=("entry_key",),
    build=funnel_dropoffs,
    needs=("funnel_entries",),
)
