"""How conversations end, and where they break off."""

from __future__ import annotations

from chat_pipeline.reporting import charts
from chat_pipeline.reporting.parts import Chart, Column, Scope, Section, Table
from chat_pipeline.reporting.published import rows
from chat_pipeline.reporting.sections.numbers import trend_chart

MOST_STEPS, OF_PLATFORM = 12, 6
REASONS = {
    "abandoned_question": "left a question of the bot unanswered",
    "abandoned_fallback": "left after the bot did not understand",
    "abandoned_error": "left after an error of the bot",
    "abandoned_unanswered": "got no answer",
    "negative": "gave negative feedback",
    "returned": "came back within 24 hours",
    "other": "nothing tells that it was resolved",
}


def section(scope: Scope) -> Section:
    if not rows(
        scope.con,
        "select 1 as one from analytics.metrics where metric = 'resolution_rate' and denominator > 0 limit 1",
    ):
        return Section(
            "outcomes",
            "How conversations end",
            "",
            missing="No conversation can be judged yet: they count 24 hours after their last message, at the newest data of every source.",
        )
    return Section(
        id="outcomes",
        title="How conversations end",
        lead="Every engaged conversation, judged 24 hours after its last message.",
        follows="Charts follow period, platform and segment; the table of last steps is of the last 4 weeks and follows the platform.",
        blocks=(
            _outcomes(),
            trend_chart(
                "resolution_rate",
                "Resolution rate",
                "share",
                "Resolved conversations (confirmed or assumed) of all engaged ones that can be judged.",
            ),
            _steps(scope),
        ),
    )


def _outcomes() -> Chart:
    return Chart(
        "outcomes",
        "Outcomes",
        "Of the engaged conversations that can be judged. Resolved: a goal was reached, positive feedback, or the bot's last word was an answer and nobody came back within 24 hours. "
        "Handed over: to a human, or should have been. Abandoned: left on a question, a misunderstanding, an error or without an answer. Otherwise unresolved: negative feedback, back within a day, or nothing tells.",
        charts.outcomes(),
        (
            Column("label", "From"),
            Column("outcome", "Outcome"),
            Column("said", "Share"),
            Column("count", "Conversations", "count"),
            Column("of", "Of", "count"),
        ),
        view="outcomes",
    )


def _steps(scope: Scope) -> Table:
    """The commonest last steps of unresolved conversations of the last 4 weeks, of all and of each platform."""
    found = rows(
        scope.con,
        """
        with counted as (
            select outcomes.platform, outcomes.reason, coalesce(outcomes.last_step, 'not known') as last_step,
                count(*) as conversations, max_by(
                    outcomes.conversation_key, concat(outcomes.judged_at, outcomes.conversation_key)
                ) as newest
            from analytics.conversation_outcomes as outcomes
            where outcomes.outcome = 'unresolved' and not outcomes.is_test
                and outcomes.started_date > (select max(started_date) from analytics.conversation_outcomes) - 28
            group by grouping sets ((reason, last_step), (platform, reason, last_step))
        )
        select *, platform is null as in_all from counted
        qualify row_number() over (partition by platform order by conversations desc, last_step, reason)
            <= case when platform is null then ? else ? end
        order by conversations desc, last_step, reason, platform
        """,
        [MOST_STEPS, OF_PLATFORM],
    )
    for row in found:
        row["reason"] = REASONS.get(row["reason"], row["reason"])
        row["newest"] = scope.name(row["newest"], f"Unresolved at {row['last_step']}: {row['reason']}")
    return Table(
        "last-steps",
        "Where unresolved conversations broke off, last 4 weeks",
        (
            Column("last_step", "Last step"),
            Column("reason", "What happened"),
            Column("conversations", "Conversations", "count"),
            Column("newest", "Newest", "conversation"),
        ),
        found,
        empty="No unresolved conversation in the last 4 weeks.",
        by_platform=True,
    )
