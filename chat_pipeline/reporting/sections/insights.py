"""What to look at first: the findings of analytics.insights, with the conversations to read."""

from __future__ import annotations

from chat_pipeline.reporting.parts import Scope, Section
from chat_pipeline.reporting.published import has_column, rows
from chat_pipeline.reporting.words import counted

# So many are in sight; the rest is a click away.
FIRST = 6
SEVERITY = {"problem": "Problem of the data", "warning": "Worth a look", "notice": "Good to know"}


def section(scope: Scope) -> Section:
    found = rows(
        scope.con,
        """
        select insight_key, rank, kind, value, severity, title, text, advice, worth_conversations, worth_money, evidence
        from analytics.insights order by rank, insight_key
        """,
    )
    to_read = rows(
        scope.con,
        "select insight_key, conversation_key from analytics.insight_conversations order by insight_key, reading_rank",
    )
    questions = _questions(scope)
    for row in found:
        named = (
            scope.name(r["conversation_key"], row["title"])
            for r in to_read
            if r["insight_key"] == row["insight_key"]
        )
        row["conversations"] = [key for key in named if key]
        row["question"] = questions.get(row["value"]) if row["kind"] == "unanswered_question" else None
        for name in ("title", "text"):
            row[name] = (row[name] or "").replace(" %", "\u00a0%")
        row["said"] = SEVERITY.get(row["severity"], row["severity"])
        row["worth"] = _worth(row["worth_conversations"], row["worth_money"], scope.settings.shop.currency)
    return Section(
        id="insights",
        title="What to look at first",
        lead="Differences that are too large or too steady to be chance, and what is wrong with the data. The most pressing stand first.",
        follows="Not filtered: findings are about the latest complete weeks.",
        template="insights",
        extra={"insights": found, "first": FIRST, "none": "" if found else _NONE},
    )


_NONE = "Nothing stands out: no difference was large or steady enough to tell, and nothing is wrong with the data. Findings need some complete weeks and at least 30 persons on either side."


def _questions(scope: Scope) -> dict[str, str]:
    """The masked words of the questions that findings are about."""
    if not has_column(scope.con, "marts", "unanswered_questions", "question"):
        return {}
    found = rows(
        scope.con,
        """
        select question_key, question from marts.unanswered_questions
        where question_key in (select value from analytics.insights where kind = 'unanswered_question')
        """,
    )
    return {row["question_key"]: row["question"] for row in found}


def _worth(conversations: float | None, money: float | None, currency: str) -> str:
    if conversations is None:
        return ""
    about = f"about {counted(round(conversations), 'conversation')} a month"
    return f"Estimate: {about}" + (f", worth about {money:,.0f} {currency}" if money else "")
