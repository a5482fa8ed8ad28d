"""Units of what follows a visit or a first purchase: conversion, abandoned carts, chatbot-influenced retention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._first_purchases import first_purchases_steps
from chat_pipeline.analytics._unit_rows import unit_row
from chat_pipeline.analytics.retention_influence_customers import EXPOSURE_DAYS, OUTCOME_DAYS
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

GROUPS = (("", "true"), ("_with_chat", "has_chat"), ("_without_chat", "not has_chat"))


def session_units() -> list[str]:
    """Web sessions with an order, and carts without one; in all, with a chat and without. Reads `judged`."""
    selects = []
    for name, condition in GROUPS:
        rows = (
            ("conversion", "web sessions", "x", "false", "true"),
            (
                "cart_abandonment_rate",
                "web sessions with a cart",
                "cart_x",
                "is_cart_before_chat",
                "cart_second is not null",
            ),
        )
        for metric, unit, numerator, other, is_unit in rows:
            row = unit_row(
                sql_text(metric + name),
                unit,
                numerator,
                "1",
                "is_pending",
                other,
                conversation="cast(null as varchar)",
            )
            selects.append(
                f"select {row} from (select *, web_session_key as unit_key, started_date as date, 'web' as channel_name"
                f" from judged) as sessions where {condition} and {is_unit}"
            )
    return selects


def retention_units(settings: Settings) -> str:
    """First-time buyers with an engaged chat in the days before, by the latest of these chats; who of them bought again."""
    row = unit_row(
        "'chatbot_influenced_retention'",
        "first-time buyers with an engaged chat in the 30 days before",
        f"cast(coalesce(second_date <= first_date + {OUTCOME_DAYS}, false) as integer)",
        "1",
        f"(first_date + {OUTCOME_DAYS} > last_date)",
        f"(is_earlier_buyer or coalesce(first_date < live_date + {EXPOSURE_DAYS}, true))",
    )
    return f"""
    select {row}
    from (
        with {first_purchases_steps(settings)},
        before as (
            select
                f.*, c.conversation_key as chat_key,
                row_number() over (
                    partition by f.customer_key order by c.started_at desc nulls last, c.conversation_key asc nulls last
                ) as place
            from firsts as f
            inner join buyer_chats as c
                on c.customer_key = f.customer_key and c.started_at < f.first_at and c.is_chat_engaged
                and c.started_date >= f.first_date - {EXPOSURE_DAYS}
        )
        select
            chats.*, before.first_date, before.second_date, before.is_earlier_buyer, reach.live_date, reach.last_date
        from before
        inner join chats on chats.conversation_key = before.chat_key
        cross join reach
        where before.place = 1
    ) as buyers"""
