"""Defaults for mappings: names that vendors' own starter bots and exports use.

A key of the file replaces the one here as a whole (`identifiers.rasa.slots`, `signals.handoff.rasa`).
"""

from __future__ import annotations

from typing import Any

SHIPPED: dict[str, dict[str, dict[str, Any]]] = {
    "sources": {
        "rasa": {"shared_ids": ["default", "user"]},
        "chat_table": {
            "columns": {
                "conversation id": "thread_id",
                "timestamp": "sent_at",
                "customer query": "user_text",
                "chatbot response": "bot_text",
                "resolution time": "resolution_seconds",
                "csat score": "rating",
            }
        },
    },
    "identifiers": {
        "rasa": {
            "slots": {"email": "email", "phone": "phone", "phone_number": "phone", "user_id": "user_id"}
        },
    },
    "signals": {
        "handoff": {
            "rasa": {
                "actions": ["action_human_handoff", "action_handoff", "utter_handoff"],
                "intents": ["human_handoff"],
                "flows": ["pattern_human_handoff"],
            }
        },
    },
}


def with_shipped(table: Any) -> Any:
    """The file's tables and the shipped keys that they lack; what is no table stays, to be refused later."""
    return _under(table, SHIPPED, 3) if isinstance(table, dict) else table


def _under(table: dict[str, Any], shipped: dict[str, Any], depth: int) -> dict[str, Any]:
    merged = {**shipped, **table}
    for key in shipped.keys() & table.keys():
        if depth > 1 and isinstance(table[key], dict):
            merged[key] = _under(table[key], shipped[key], depth - 1)
    return merged
