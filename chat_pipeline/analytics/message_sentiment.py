"""The score of each typed user message, as `chat_pipeline/sentiment` left it on the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def message_sentiment(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.message_sentiment`; needs the temporary table `message_scores`."""
    return """
    select s.message_key, m.conversation_key, s.language, s.score, s.engine, s.unscored
    from message_scores as s
    inner join marts.fct_messages as m on m.message_key = s.message_key
    """


TABLE = AnalyticsTable(
    name="message_sentiment",
    description=(
        "One row per message that a user typed, test traffic aside. Buttons, payloads and the words of bot and human"
        " agents have no sentiment of the customer. All scores of a publication are of one engine."
    ),
    columns=(
        Column("message_key", "varchar", "Message (`marts.fct_messages`)."),
        Column("conversation_key", "varchar", "Its conversation."),
        Column(
            "language",
            "varchar",
            "Language it was scored as: the message's, else the conversation's, else the one in settings; null:"
            " unknown.",
        ),
        Column(
            "score",
            "double",
            "From -1 (negative) to 1 (positive), four decimals. vader: compound score; google: document score; amazon,"
            " azure: positive minus negative; platform: as exported. Null: see `unscored`.",
        ),
        Column("engine", "varchar", "vader, platform, google, amazon, azure."),
        Column(
            "unscored",
            "varchar",
            "Why there is no score: language (unknown, or not one the engine reads), waiting (over the limit of texts,"
            " or the service did not answer), none (the engine has no score for it).",
        ),
    ),
    key=("message_key",),
    build=message_sentiment,
)
