"""The raw columns of Intercom conversations and their parts, and where in the JSON each lies."""

from __future__ import annotations

from chat_pipeline.source import Column

CONVERSATION_COLUMNS = (
    Column("conversation_id", "varchar", "Intercom's id of the conversation."),
    Column("created_at", "timestamp", "When the conversation began (UTC)."),
    Column("updated_at", "timestamp", "When anything of it last changed (UTC)."),
    Column("state", "varchar", "open, closed or snoozed."),
    Column("priority", "varchar", "priority or not_priority; newer versions none to urgent."),
    Column("title", "varchar", "Title given to the conversation.", personal=True),
    Column("channel", "varchar", "What it came by: conversation (the Messenger), email, whatsapp, ..."),
    Column("delivered_as", "varchar", "Who began it: customer_initiated, automated, operator_initiated, ..."),
    Column("url", "varchar", "Page on which it began.", personal=True),
    Column("contacts", "varchar", "Who takes part from outside (JSON).", personal=True),
    Column("admin_assignee_id", "varchar", "Teammate it is assigned to."),
    Column("team_assignee_id", "varchar", "Team it is assigned to."),
    Column("tags", "varchar", "Tags put on it, with time and who did (JSON)."),
    Column("topics", "varchar", "Topics that Intercom found in it (JSON)."),
    Column("custom_attributes", "varchar", "The shop's own attributes of it (JSON).", personal=True),
    Column("conversation_rating", "varchar", "Rating from 1 to 5 with a remark (JSON).", personal=True),
    Column("ai_agent_participated", "boolean", "Whether the AI agent (Fin) took part."),
    Column("ai_agent", "varchar", "How the AI agent fared: resolution, rating (JSON).", personal=True),
    Column("statistics", "varchar", "Intercom's own counts and times (JSON)."),
    Column("part_total", "bigint", "Parts that Intercom says the conversation has."),
    Column("part_count", "bigint", "Parts that came with it; Intercom gives at most 500."),
)
PART_COLUMNS = (
    Column("conversation_id", "varchar", "Conversation that the part belongs to."),
    Column("part_id", "varchar", "Intercom's id of the part; `source` for the first message."),
    Column("part_type", "varchar", "source, comment, note, assignment, open, close, quick_reply, ..."),
    Column("created_at", "timestamp", "When it was written or happened (UTC)."),
    Column("updated_at", "timestamp", "When it was last changed (UTC)."),
    Column("body", "varchar", "What was said, as HTML.", personal=True),
    Column("author_type", "varchar", "user, lead, contact, admin, bot or team."),
    Column("author_id", "varchar", "Intercom's id of the author.", personal=True),
    Column("author_name", "varchar", "The author's name.", personal=True),
    Column("author_email", "varchar", "The author's e-mail address.", personal=True),
    Column("from_ai_agent", "boolean", "Whether the AI agent sent it."),
    Column("is_ai_answer", "boolean", "Whether the AI agent wrote its text."),
    Column(
        "assigned_to_type", "varchar", "Whom it assigned the conversation to: admin, team, bot, nobody_admin."
    ),
    Column("assigned_to_id", "varchar", "Id of whom it assigned the conversation to."),
    Column("delivered_as", "varchar", "Of the first message: who began the conversation."),
    Column("redacted", "boolean", "Whether the text was taken out."),
    Column("attachments", "varchar", "Files and images (JSON).", personal=True),
    Column("metadata", "varchar", "Quick replies offered or chosen (JSON).", personal=True),
    Column("event_details", "varchar", "What an event changed (JSON).", personal=True),
    Column("external_id", "varchar", "The shop's own id of the part.", personal=True),
)

_AUTHOR = {
    "type": "VARCHAR",
    "id": "VARCHAR",
    "name": "VARCHAR",
    "email": "VARCHAR",
    "from_ai_agent": "BOOLEAN",
    "is_ai_answer": "BOOLEAN",
}
CONVERSATION_FIELDS = {
    "id": "VARCHAR",
    "created_at": "VARCHAR",
    "updated_at": "VARCHAR",
    "state": "VARCHAR",
    "priority": "VARCHAR",
    "title": "VARCHAR",
    "source": {"type": "VARCHAR", "delivered_as": "VARCHAR", "url": "VARCHAR"},
    "contacts": "JSON",
    "admin_assignee_id": "VARCHAR",
    "team_assignee_id": "VARCHAR",
    "tags": {"tags": "JSON"},
    "topics": {"topics": "JSON"},
    "custom_attributes": "JSON",
    "conversation_rating": "JSON",
    "ai_agent_participated": "BOOLEAN",
    "ai_agent": "JSON",
    "statistics": "JSON",
    "conversation_parts": {"total_count": "BIGINT"},
}
# Fields that repeat others or say nothing about the talk; named so that they are no drift. The first
# message and the people were called otherwise before version 2.0.
CONVERSATION_IGNORED = ("type", "open", "read", "waiting_since", "snoozed_until", "teammates", "first_contact_reply",
                        "sla_applied", "linked_objects", "ticket", "company", "conversation_message", "user", "customers",
                        "customer_first_reply", "assignee")  # fmt: skip
PART_FIELDS = {
    "id": "VARCHAR",
    "part_type": "VARCHAR",
    "created_at": "VARCHAR",
    "updated_at": "VARCHAR",
    "body": "VARCHAR",
    "author": _AUTHOR,
    "assigned_to": "JSON",
    "delivered_as": "VARCHAR",
    "redacted": "BOOLEAN",
    "attachments": "JSON",
    "metadata": "JSON",
    "event_details": "JSON",
    "external_id": "VARCHAR",
}
PART_IGNORED = ("type", "notified_at", "url", "subject", "state", "tags", "email_message_metadata", "app_package_code",
                "admin_assignee_id", "team_assignee_id")  # fmt: skip
