"""The raw columns of a table of turns, and the names that its headers can be mapped to."""

from __future__ import annotations

from chat_pipeline.source import Column

COLUMNS = (
    Column("thread_id", "varchar", "The conversation's id."),
    Column("message_id", "varchar", "The message's or turn's id, where the export has one."),
    Column("sent_at", "timestamp", "When the turn or message was sent (UTC)."),
    Column("user_text", "varchar", "What the user said in the turn.", personal=True),
    Column("bot_text", "varchar", "What the bot answered in the turn.", personal=True),
    Column("author", "varchar", "Who wrote `text`: user, bot or human_agent."),
    Column("text", "varchar", "What was said, in an export with a row per message.", personal=True),
    Column("intent", "varchar", "Intent that the bot saw in it."),
    Column("is_fallback", "boolean", "Whether the bot did not understand it."),
    Column("resolution_time", "varchar", "How long the conversation took to be resolved, as delivered."),
    Column("resolution_seconds", "double", "The same in seconds; null where its unit can't be told."),
    Column("rating", "varchar", "The user's rating of the conversation, as delivered."),
    Column("user_id", "varchar", "Who talked, as the bot knows them.", personal=True),
    Column("email", "varchar", "The user's e-mail address.", personal=True),
    Column("phone", "varchar", "The user's phone number.", personal=True),
    Column("language", "varchar", "Language of the talk."),
    Column("channel", "varchar", "Channel that the talk came by."),
)
# Names that headers can be mapped to: the columns, the duration under the name of what it becomes.
NAMES = tuple(column.name for column in COLUMNS if column.name != "resolution_time")
REQUIRED = ("thread_id", "sent_at")
DEFAULT_COLUMNS = {
    "conversation id": "thread_id",
    "timestamp": "sent_at",
    "customer query": "user_text",
    "chatbot response": "bot_text",
    "resolution time": "resolution_seconds",
    "csat score": "rating",
}
