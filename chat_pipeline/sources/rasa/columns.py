"""The raw columns of a Rasa event, and where in the event's JSON each lies."""

from __future__ import annotations

from chat_pipeline.source import Column

COLUMNS = (
    Column(
        "sender_id", "varchar", "Rasa's sender: who talks, and the conversation's id at once.", personal=True
    ),
    Column("event", "varchar", "Kind of event: user, bot, agent, action, slot, session_started, ..."),
    Column("occurred_at", "timestamp", "When Rasa recorded the event (UTC), to the microsecond."),
    Column(
        "sequence",
        "bigint",
        "The tracker store's id of the event; else its line or position in the file.",
        is_place=True,
    ),
    Column("name", "varchar", "Name of the action, slot, form or other named event."),
    Column("text", "varchar", "What was said, or the payload of a pressed button.", personal=True),
    Column("input_channel", "varchar", "Channel that a user's message came by."),
    Column("message_id", "varchar", "Rasa's id of a user's message."),
    Column("intent_name", "varchar", "Intent that won."),
    Column("intent_confidence", "double", "Confidence of that intent, 0 to 1."),
    Column(
        "parse_data",
        "varchar",
        "The whole reading of a user's message: intents, entities (JSON).",
        personal=True,
    ),
    Column("data", "varchar", "Buttons, images and other parts of a bot's message (JSON).", personal=True),
    Column("value", "varchar", "Value that a slot was set to (JSON).", personal=True),
    Column("metadata", "varchar", "What channel, response and model added (JSON).", personal=True),
    Column("policy", "varchar", "Policy that chose an action."),
    Column("confidence", "double", "Confidence of that policy."),
    Column("action_text", "varchar", "Text of an end-to-end action.", personal=True),
    Column("hide_rule_turn", "boolean", "Whether the action's turn is hidden from the policies."),
    Column("flow_id", "varchar", "Flow that was started, completed, cancelled, interrupted or resumed."),
    Column("step_id", "varchar", "Step of the flow."),
)

# Field of the event -> type it is taken as; nested and free parts stay JSON text.
FIELDS = {
    "event": "VARCHAR",
    "timestamp": "DOUBLE",
    "sender_id": "VARCHAR",
    "name": "VARCHAR",
    "text": "VARCHAR",
    "input_channel": "VARCHAR",
    "message_id": "VARCHAR",
    "parse_data": "JSON",
    "data": "JSON",
    "value": "JSON",
    "metadata": "JSON",
    "policy": "VARCHAR",
    "confidence": "DOUBLE",
    "action_text": "VARCHAR",
    "hide_rule_turn": "BOOLEAN",
    "flow_id": "VARCHAR",
    "step_id": "VARCHAR",
}
