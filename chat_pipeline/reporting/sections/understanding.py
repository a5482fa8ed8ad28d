"""What the bot does not understand: fallbacks by intent, and the questions that it can't answer."""

from __future__ import annotations

from typing import Any

from chat_pipeline.reporting import charts
from chat_pipeline.reporting.figures import PERIODS
from chat_pipeline.reporting.parts import Chart, Column, Scope, Section, Table
from chat_pipeline.reporting.published import has_column, listed, rows

MOST_QUESTIONS, OF_PLATFORM = 25, 8
MOST_INTENTS = 15


def section(scope: Scope) -> Section:
    intents = _intents(scope)
    questions = _questions(scope)
    if not intents and not questions.rows:
        return Section(
            "understanding",
            "What the bot does not understand",
            "",
            missing="No export tells of fallbacks: a bot's own export with its fallback intents or actions fills this, or GA4's chatbot_fallback events.",
        )
    return Section(
        id="understanding",
        title="What the bot does not understand",
        lead="Where conversations fail on it, and in the customers' own words.",
        follows="The chart follows the period, for all platforms together; the questions are of all time and follow the platform.",
        blocks=(
            Chart(
                "intents",
                "Fallback rate by intent",
                "Engaged conversations with a fallback in the last two requests before hand-over or abandonment, of all with that primary intent group. The bar is the 95 % interval, the tick the rate of all.",
                charts.dots("share"),
                (
                    Column("label", "Intent group"),
                    Column("said", "Fallback rate"),
                    Column("between", "95 % interval"),
                    Column("n", "Conversations with it", "count"),
                    Column("d", "Of", "count"),
                ),
                view="intents",
            ),
            questions,
        ),
        extra={"intents": intents},
    )


def _intents(scope: Scope) -> dict[str, dict[str, list[list[Any]]]]:
    """Grain -> period -> [intent group, n, d, low, high] of the fallback rate, the largest groups."""
    found: dict[str, dict[str, list[list[Any]]]] = {}
    for grain, most in PERIODS.items():
        if grain == "day":
            continue
        for row in rows(
            scope.con,
            """
            select period_start, dimension_value, numerator, denominator, interval_low, interval_high
            from analytics.metrics
            where metric = 'fallback_rate' and grain = ? and dimension = 'intent_group' and denominator > 0
            qualify dense_rank() over (order by period_start desc) <= ?
                and row_number() over (partition by period_start order by denominator desc, dimension_value) <= ?
            order by period_start, denominator desc, dimension_value
            """,
            [grain, most, MOST_INTENTS],
        ):
            found.setdefault(grain, {}).setdefault(row.pop("period_start"), []).append(list(row.values()))
    return found


def _questions(scope: Scope) -> Table:
    question = (
        "questions.question"
        if has_column(scope.con, "marts", "unanswered_questions", "question")
        else "'(left out)'"
    )
    found = listed(
        scope.con,
        f"""
        select {question} as question, questions.platform, case questions.instance when 'default' then questions.platform
                else questions.platform || ' (' || questions.instance || ')' end as account, questions.conversation_count,
            questions.handoff_count, questions.last_intent, cast(questions.last_asked_at as date) as last_asked,
            questions.last_message_key, questions.question_key
        from marts.unanswered_questions as questions
        """,
        "conversation_count desc, question_key",
        MOST_QUESTIONS,
        OF_PLATFORM,
    )
    asked = _asked_in(scope, [row["last_message_key"] for row in found])
    for row in found:
        row["conversation_key"] = scope.name(
            asked.get(row["last_message_key"]), "A question that the bot could not answer"
        )
    return Table(
        "questions",
        "What the bot can't answer",
        (
            *(
                Column("question", "Question (masked)"),
                Column("account", "Platform"),
                Column("conversation_count", "Conversations", "count"),
            ),
            *(
                Column("handoff_count", "Handed over", "count"),
                Column("last_intent", "Taken for"),
                Column("last_asked", "Last asked", "date"),
            ),
            Column("conversation_key", "Newest", "conversation"),
        ),
        found,
        note="E-mail addresses, links and whatever holds a digit are masked; equal but for case and marks is one question.",
        empty="No question that the bot did not understand.",
        by_platform=True,
    )


def _asked_in(scope: Scope, messages: list[str | None]) -> dict[str | None, str]:
    """The conversations of these messages."""
    found = rows(
        scope.con,
        "select message_key, conversation_key from marts.fct_messages where message_key in (select unnest(?))",
        [messages],
    )
    return {row["message_key"]: row["conversation_key"] for row in found}
