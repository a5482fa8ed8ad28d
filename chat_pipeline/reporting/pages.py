"""A page per conversation that the report names, and per customer of one: what was said and done, masked.

The only part that reads facts: the rows of at most `MOST_PAGES` conversations and their customers, by key.
"""

from __future__ import annotations

from typing import Any

from chat_pipeline.masking import mask
from chat_pipeline.reporting.parts import Scope
from chat_pipeline.reporting.published import Row, has_column, rows

MOST_MESSAGES, MOST_LETTERS, MOST_TOUCHPOINTS = 60, 600, 40
LEFT_OUT = "(text is left out of what is published)"
AUTHORS = {"user": "Customer", "bot": "Bot", "human_agent": "Agent"}


def pages(scope: Scope) -> dict[str, dict[str, Any]]:
    """`conversations` and `customers` by key."""
    if not scope.named:
        return {"conversations": {}, "customers": {}}
    keys = list(scope.named)
    facts = {row["conversation_key"]: row for row in _conversations(scope, keys)}
    customers = sorted({row["customer_key"] for row in facts.values() if row["customer_key"]})
    names = customer_names(scope, customers)
    talks: dict[str, list[list[Any]]] = {key: [] for key in facts}
    for row in _messages(scope, list(facts)):
        talks[row["conversation_key"]].append(
            _line(row, names.get(facts[row["conversation_key"]]["customer_key"], ()))
        )
    return {
        "conversations": {key: _page(scope, facts[key], talks[key]) for key in keys if key in facts},
        "customers": _customers(scope, customers, names),
    }


def _conversations(scope: Scope, keys: list[str]) -> list[Row]:
    return rows(
        scope.con,
        """
        select facts.conversation_key, facts.customer_key, facts.platform, facts.instance, facts.channel,
            facts.language, facts.bot_version, facts.started_at, facts.primary_intent, facts.satisfaction,
            facts.message_count, outcomes.state, outcomes.outcome, outcomes.reason, outcomes.last_step
        from marts.fct_conversations as facts
        left join analytics.conversation_outcomes as outcomes on outcomes.conversation_key = facts.conversation_key
        where facts.conversation_key in (select unnest(?))
        """,
        [keys],
    )


def _messages(scope: Scope, keys: list[str]) -> list[Row]:
    """The first messages of each conversation, in their order."""
    text = "text" if has_column(scope.con, "marts", "fct_messages", "text") else "null"
    return rows(
        scope.con,
        f"""
        select conversation_key, sent_at, author, content_type, left({text}, {4 * MOST_LETTERS}) as text, intent, is_fallback
        from marts.fct_messages
        where conversation_key in (select unnest(?)) and sequence <= ?
        order by conversation_key, sequence, message_key
        """,
        [keys, MOST_MESSAGES],
    )


def customer_names(scope: Scope, customers: list[str]) -> dict[str | None, tuple[str, ...]]:
    """What the customers are called, to be masked in what they and the bot say."""
    columns = [
        name for name in ("first_name", "last_name") if has_column(scope.con, "marts", "dim_customers", name)
    ]
    if not columns:
        return {}
    found = rows(
        scope.con,
        f"select customer_key, {', '.join(columns)} from marts.dim_customers where customer_key in (select unnest(?))",
        [customers],
    )
    return {row["customer_key"]: tuple(part for name in columns if (part := row[name])) for row in found}


def _line(row: Row, names: tuple[str, ...]) -> list[Any]:
    """Time, author, text, intent, fallback."""
    text = LEFT_OUT if row["text"] is None else mask(row["text"], names)
    if row["text"] is None and row["content_type"] != "text":
        text = f"({row['content_type']})"
    cut = text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]} …"
    return [
        row["sent_at"],
        AUTHORS.get(row["author"], row["author"]),
        cut,
        row["intent"],
        int(bool(row["is_fallback"])),
    ]


def _page(scope: Scope, row: Row, talk: list[list[Any]]) -> dict[str, Any]:
    why = scope.named[row.pop("conversation_key")]
    return {**row, "why": why, "talk": talk, "more": max(0, (row["message_count"] or 0) - len(talk))}


def _customers(
    scope: Scope, customers: list[str], names: dict[str | None, tuple[str, ...]]
) -> dict[str, Any]:
    found = rows(
        scope.con,
        """
        select customer_key, first_seen_at, is_in_chat, is_in_crm, is_in_shop, is_anonymous, language
        from marts.dim_customers where customer_key in (select unnest(?))
        """,
        [customers],
    )
    touched: dict[str, list[list[Any]]] = {}
    for row in rows(
        scope.con,
        """
        select customer_key, occurred_at, touchpoint, record_key, channel, summary from marts.customer_timeline
        where customer_key in (select unnest(?))
        qualify row_number() over (partition by customer_key order by occurred_at desc, touchpoint_key) <= ?
        order by customer_key, occurred_at desc, touchpoint_key
        """,
        [customers, MOST_TOUCHPOINTS],
    ):
        key = row.pop("customer_key")
        link = row["record_key"] if row["record_key"] in scope.named else None
        summary = mask(row["summary"] or "", names.get(key, ()))
        touched.setdefault(key, []).append(
            [row["occurred_at"], row["touchpoint"], row["channel"], summary, link]
        )
    return {
        row.pop("customer_key"): {**row, "timeline": touched.get(key, [])}
        for row in found
        for key in [row["customer_key"]]
    }
