"""The newest conversations, one a row: when, what was asked and answered, how long it took, how it was rated. Masked.

Facts are read for these conversations alone. Settings say how many (`[report] conversation_log`), 0 for none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from chat_pipeline.masking import mask
from chat_pipeline.reporting.pages import LEFT_OUT, customer_names
from chat_pipeline.reporting.published import has_column
from chat_pipeline.workbook.sheets import Column, Sheet

if TYPE_CHECKING:
    from chat_pipeline.reporting.parts import Scope

NAME, MOST_LETTERS = "conversation_log", 300


def conversation_log(scope: Scope) -> list[Sheet]:
    """The sheet, if settings want it."""
    most = scope.settings.report.conversation_log
    if not most:
        return []
    found = _conversations(scope, most)
    names = customer_names(scope, sorted({row[1] for row in found if row[1]}))
    zone = ZoneInfo(scope.settings.shop.time_zone)
    rows = []
    for key, customer, started, query, answer, seconds, outcome, rating in found:
        known = names.get(customer, ())
        local = started.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None)
        rows.append([key, local, _said(query, known), _said(answer, known), seconds, outcome, rating])
    columns = (
        *(Column("Conversation id", width=34), Column(f"Time ({zone.key})", "time", 22)),
        *(Column("Customer query", width=60), Column("Chatbot response", width=60)),
        *(Column("Resolution time", "seconds", 16), Column("Outcome", width=20), Column("CSAT", width=12)),
    )
    says = (
        f"One row per conversation, the newest {most:,} without test traffic: the customer's first own words and the"
        " bot's answer to them. Addresses, links, names and whatever holds a digit are masked. CSAT as the customer rated:"
        " positive, neutral, negative. The id is conversation_key of all tables."
    )
    return [Sheet(NAME, says, columns, rows)]


def _conversations(scope: Scope, most: int) -> list[tuple]:
    """Key, customer, start, query, answer, seconds to the resolution, outcome and rating, newest first."""
    text = "text" if has_column(scope.con, "marts", "fct_messages", "text") else "cast(null as varchar)"
    return scope.con.execute(
        f"""
        with newest as (
            select conversation_key, customer_key, started_at, satisfaction from marts.fct_conversations
            where not is_test order by started_at desc, conversation_key limit ?
        ),
        said as (
            select conversation_key, sequence, author, left({text}, {4 * MOST_LETTERS}) as words from marts.fct_messages
            where conversation_key in (select conversation_key from newest) and content_type = 'text'
                and not is_reverted
        ),
        asked as (
            select conversation_key, min(sequence) as sequence, min_by(words, sequence) as words from said
            where author = 'user' and not starts_with(coalesce(words, ''), '/') group by conversation_key
        ),
        answered as (
            select said.conversation_key, min_by(said.words, said.sequence) as words from said
            inner join asked on asked.conversation_key = said.conversation_key and said.sequence > asked.sequence
            where said.author = 'bot' group by said.conversation_key
        )
        select newest.conversation_key, newest.customer_key, newest.started_at,
            case when asked.conversation_key is not null then coalesce(asked.words, '{LEFT_OUT}') end,
            case when answered.conversation_key is not null then coalesce(answered.words, '{LEFT_OUT}') end,
            outcomes.resolution_seconds, coalesce(outcomes.outcome, outcomes.state), newest.satisfaction
        from newest
        left join asked on asked.conversation_key = newest.conversation_key
        left join answered on answered.conversation_key = newest.conversation_key
        left join analytics.conversation_outcomes as outcomes on outcomes.conversation_key = newest.conversation_key
        order by newest.started_at desc, newest.conversation_key
        """,
        [most],
    ).fetchall()


def _said(text: str | None, names: tuple[str, ...]) -> str | None:
    if not text:
        return None
    masked = mask(text, names)
    return masked if len(masked) <= MOST_LETTERS else f"{masked[:MOST_LETTERS]} …"
