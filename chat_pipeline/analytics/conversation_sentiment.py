"""How the user of each conversation sounded: mean, lowest point, way from first to last, alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def conversation_sentiment(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.conversation_sentiment`."""
    # Whole ten-thousandths: a sum of fractions would depend on its order.
    chosen = settings.sentiment
    return f"""
    with turns as (
        select
            s.conversation_key, s.engine, s.score, cast(round(s.score * 10000) as bigint) as points,
            row_number() over (
                partition by s.conversation_key, s.score is null order by m.sequence, s.message_key
            ) as place,
            row_number() over (
                partition by s.conversation_key, s.score is null order by m.sequence desc, s.message_key desc
            ) as place_from_end
        from analytics.message_sentiment as s
        inner join marts.fct_messages as m on m.message_key = s.message_key
    ),
    summed as (
        select
            conversation_key, min(engine) as engine, count(*) as typed_turns, count(points) as scored_turns,
            sum(points) as points, min(points) as lowest,
            max(case when place_from_end = 1 then points end) - max(case when place = 1 then points end) as moved,
            sum(case when place_from_end <= {chosen.alert_turns} and score <= {chosen.alert_score} then 1 else 0 end)
                as low_turns
        from turns
        group by conversation_key
    )
    select
        conversation_key, engine, typed_turns, scored_turns,
        round(points / nullif(scored_turns, 0) / 10000, 4) as mean,
        lowest / 10000 as minimum,
        case when scored_turns >= 2 then moved / 10000 end as last_minus_first,
        round(points / nullif(scored_turns, 0) / 10000, 4) <= {chosen.negative_score} as is_negative,
        case when scored_turns > 0 then low_turns >= {chosen.alert_turns} end as is_alert
    from summed
    """


TABLE = AnalyticsTable(
    name="conversation_sentiment",
    description=(
        "One row per conversation with a message that a user typed, test traffic aside. A turn is a typed user message;"
        " turns without a score (another language) are left out, and a conversation without any scored turn has"
        " nulls."
    ),
    columns=(
        Column("conversation_key", "varchar", "Conversation (`marts.fct_conversations`)."),
        Column("engine", "varchar", "Engine of the scores."),
        Column("typed_turns", "bigint", "Messages that the user typed."),
        Column("scored_turns", "bigint", "Of these, messages with a score."),
        Column("mean", "double", "Mean score of the scored turns, -1 to 1, four decimals."),
        Column("minimum", "double", "Lowest score, -1 to 1."),
        Column(
            "last_minus_first",
            "double",
            "Score of the last scored turn minus that of the first, -2 to 2; null under two scored turns.",
        ),
        Column(
            "is_negative", "boolean", "The mean is at or under `[sentiment] negative_score` (default -0.05)."
        ),
        Column(
            "is_alert",
            "boolean",
            "Each of the last `alert_turns` (default 3) scored turns is at or under `alert_score` (default -0.3); with"
            " fewer scored turns false.",
        ),
    ),
    key=("conversation_key",),
    build=conversation_sentiment,
    needs=("message_sentiment",),
)
