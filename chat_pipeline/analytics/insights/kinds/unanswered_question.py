"""Questions that the bot could not answer, asked again and again. Counted, not tested; their text stays in marts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import run_date, shop_date
from chat_pipeline.analytics.insights._kinds import Finding, PlainKind, Told
from chat_pipeline.analytics.insights._words import day, share
from chat_pipeline.analytics.insights._worth import WEEKS_OF_A_MONTH, prices_of

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

# Not asked for so long, a question is settled.
RECENT_DAYS = 28


def findings(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Finding]:
    """Asked in at least `least_questions` conversations, and by several persons where persons are known, lately too."""
    rows = con.execute(
        f"""
        select
            question_key, conversation_count, handoff_count, {shop_date("first_asked_at", settings)},
            {shop_date("last_asked_at", settings)},
            greatest(1, date_diff('day', begun.first_date, {run_date(settings)})) / 7.0
        from marts.unanswered_questions as q
        inner join (
            select platform, instance, min(started_date) as first_date from marts.fct_conversations
            group by platform, instance
        ) as begun on begun.platform = q.platform and begun.instance = q.instance
        where conversation_count >= ? and person_count <> 1
            and {shop_date("last_asked_at", settings)} > {run_date(settings)} - {RECENT_DAYS}
        order by question_key asc nulls last
        """,
        [settings.insights.least_questions],
    ).fetchall()
    price = prices_of(con, settings).agent
    return [_finding(*row, price=price) for row in rows]


def _finding(key, asked, handed_over, first, last, weeks, price: float | None) -> Finding:
    monthly = asked / float(weeks) * WEEKS_OF_A_MONTH
    told = Told(
        title=f"A question that the bot can't answer came up in {asked:,} conversations, about {monthly:.0f} a month",
        text=(
            f"First on {day(first)}, last on {day(last)}; {share(handed_over, asked)} of these conversations were handed"
            f" over to a human. The words are in marts.unanswered_questions under question_key {key}."
        ),
        advice="Write an answer and teach the bot the wording.",
        evidence=f"marts.unanswered_questions where question_key = '{key}'",
        worth_conversations=monthly,
        worth_at_least=monthly,
        worth_money=None if price is None else monthly * price,
    )
    return Finding(
        kind="unanswered_question",
        severity="warning",
        told=told,
        metric="conversations",
        dimension="question_key",
        value=key,
        n=asked,
        estimate=float(asked),
    )


KIND = PlainKind(
    name="unanswered_question",
    findings=findings,
    conversations="""
        select q.question_key as value, m.conversation_key
        from (
            select question_key, unnest(string_split(recent_message_keys, ',')) as message_key
            from marts.unanswered_questions
        ) as q
        inner join marts.fct_messages as m on m.message_key = q.message_key
    """,
)
