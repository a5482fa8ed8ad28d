"""Columns of the raw telemetry, and where the export's columns and properties hold them."""

from __future__ import annotations

from chat_pipeline.source import Column

COLUMNS = (
    Column(
        "name", "varchar", "Kind of event: BotMessageReceived, BotMessageSend, LuisResult, WaterfallStep, ..."
    ),
    Column("occurred_at", "timestamp", "When it was sent (UTC)."),
    Column("conversation_id", "varchar", "The conversation's id within the channel."),
    Column("channel_id", "varchar", "Channel, where the event names it."),
    Column("activity_id", "varchar", "The activity it is about; of an answer mostly the question's."),
    Column("reply_activity_id", "varchar", "Of an answer: the activity that it answers."),
    Column("activity_type", "varchar", "Kind of that activity: message, conversationUpdate, ..."),
    Column("from_id", "varchar", "Who sent the activity.", personal=True),
    Column(
        "from_name", "varchar", "The sender's name, if logging personal information is on.", personal=True
    ),
    Column("recipient_id", "varchar", "Who received the activity.", personal=True),
    Column("text", "varchar", "What was said, if logging personal information is on.", personal=True),
    Column("speak", "varchar", "What a voice channel says, likewise.", personal=True),
    Column("attachments", "varchar", "Cards, images and files (JSON), likewise.", personal=True),
    Column("locale", "varchar", "Language of the text."),
    Column("intent", "varchar", "Intent that won; of a knowledge base the question that matched."),
    Column("intent_score", "double", "Its score, 0 to 1, rounded by the bot."),
    Column("intent2", "varchar", "The next intent."),
    Column("intent2_score", "double", "Its score."),
    Column("entities", "varchar", "Entities found (JSON).", personal=True),
    Column(
        "question", "varchar", "What was recognised, if logging personal information is on.", personal=True
    ),
    Column("article_found", "boolean", "Whether a knowledge base had an answer."),
    Column("sentiment_label", "varchar", "positive, neutral or negative."),
    Column("sentiment_score", "double", "Sentiment, 0 (negative) to 1 (positive)."),
    Column("dialog_id", "varchar", "Dialog that was started, went on, was completed or cancelled."),
    Column("dialog_instance_id", "varchar", "Which run of the dialog."),
    Column("step_name", "varchar", "Step of the dialog."),
    Column("user_id", "varchar", "Channel and sender glued together.", personal=True),
    Column("operation_id", "varchar", "Request during which it was sent."),
    Column("device", "varchar", "Kind of client, as the service saw it."),
    Column("country", "varchar", "Country of the client, as the service saw it."),
    Column("item_count", "bigint", "How many events this row stands for: above 1 it is a sample."),
    Column("properties", "varchar", "All properties (JSON).", personal=True),
    Column("measurements", "varchar", "All measurements (JSON)."),
)
# Column of the export, in any of its spellings -> our name.
HEADERS = {
    "timestamp [UTC]": "utc_time", "timestamp": "time", "TimeGenerated": "time", "TimeGenerated [UTC]": "utc_time",
    "name": "name", "customDimensions": "properties", "Properties": "properties",
    "customMeasurements": "measurements", "Measurements": "measurements", "user_Id": "user_id", "UserId": "user_id",
    "operation_Id": "operation_id", "OperationId": "operation_id", "client_Type": "device", "ClientType": "device",
    "client_CountryOrRegion": "country", "ClientCountryOrRegion": "country", "itemCount": "item_count",
    "ItemCount": "item_count",
}  # fmt: skip
# The same for JSON; its own "time" is UTC too.
FIELDS = {**HEADERS, "Name": "name", "time": "time"}
# Properties by what they hold; several spellings, the first filled one counts.
PROPERTIES = {
    "conversation_id": ("conversationId", "ConversationId"),
    "channel_id": ("channelId", "ChannelId"),
    "activity_id": ("activityId", "ActivityId"),
    "reply_activity_id": ("replyActivityId",),
    "activity_type": ("type", "activityType"),
    "from_id": ("fromId",),
    "from_name": ("fromName",),
    "recipient_id": ("recipientId",),
    "text": ("text",),
    "speak": ("speak",),
    "attachments": ("attachments",),
    "locale": ("locale",),
    "intent": ("intent", "TopIntent", "matchedQuestion"),
    "intent_score": ("intentScore", "TopIntentScore", "score"),
    "intent2": ("intent2",),
    "intent2_score": ("intentScore2", "intent2Score"),
    "entities": ("entities", "Entities"),
    "question": ("question", "Text"),
    "article_found": ("articleFound",),
    "sentiment_label": ("sentimentLabel",),
    "sentiment_score": ("sentimentScore",),
    "dialog_id": ("DialogId", "dialogId"),
    "dialog_instance_id": ("InstanceId", "instanceId"),
    "step_name": ("StepName", "stepName"),
}
NUMBERS = ("intent_score", "intent2_score", "sentiment_score")
