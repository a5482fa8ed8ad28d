"""Defaults for mappings: names that vendors' own starter bots and exports use.

A key of the file replaces the one here as a whole (`identifiers.rasa.slots`, `signals.handoff.rasa`).
"""

from __future__ import annotations

from typing import Any

# Intents of people who look for something to buy, and what means that something was put into the cart.
INQUIRY = [
    {"intent": name} for name in ("product_*", "*_product", "*_products", "stock", "*availability*", "price*")
]
CART = [{"ga4": "add_to_cart"}, {"event": "add_to_cart*"}, {"action": "*add_to_cart*"}]
CHECKOUT = [{"ga4": "begin_checkout"}]

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
    "funnels": {
        "product_inquiry": {
            "unit": "conversation",
            "window": "24h",
            "steps": [
                {"name": "inquiry", "any": INQUIRY},
                {
                    "name": "details",
                    "any": [
                        {"action": "utter_product*"},
                        {"action": "utter_recommend*"},
                        {"action": "utter_stock*"},
                        {"ga4": "view_item"},
                    ],
                },
                {"name": "cart", "any": CART},
                {"name": "checkout", "any": CHECKOUT},
                {"name": "order", "any": [{"order": True}]},
            ],
        },
        "order_tracking": {
            "unit": "conversation",
            "window": "24h",
            "steps": [
                {"name": "asked", "any": [{"intent": "*track*"}, {"intent": "*order_status*"}]},
                {
                    "name": "verified",
                    "any": [
                        {"slot": "order_number"},
                        {"slot": "order_id"},
                        {"parameter": "order*number"},
                        {"parameter": "order*id"},
                        {"intent": "inform*"},
                        {"intent": "*order_number*"},
                    ],
                },
                {
                    "name": "status",
                    "any": [
                        {"action": "utter_order_status*"},
                        {"action": "action_order_status*"},
                        {"event": "order_status*"},
                    ],
                },
                {
                    "name": "confirmed",
                    "any": [{"intent": name} for name in ("thank*", "goodbye*", "affirm*", "confirm*")],
                },
            ],
        },
        "purchase": {
            "unit": "customer",
            "window": "24h",
            "steps": [
                {"name": "inquiry or view", "any": [*INQUIRY, {"ga4": "view_item"}]},
                {"name": "cart", "any": CART},
                {"name": "view cart", "any": [{"ga4": "view_cart"}], "optional": True},
                {"name": "checkout", "any": CHECKOUT},
                {"name": "order", "any": [{"order": True}]},
            ],
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
