"""The blocks that the demo's conversations are made of: who does what, in which order; no randomness.

A step is (kind, name, phrase, condition). `kind`: user (name = intent), bot (name = the response's
action), agent, action, slot (phrase = its value). `condition` names a flag of the block, with a `!`
for its opposite; empty: always.
"""

from __future__ import annotations

Step = tuple[str, str, str, str]

SCENARIOS: dict[str, tuple[Step, ...]] = {
    "open_payload": (
        ("user", "session_start", "/session_start", ""),
        ("bot", "utter_greet", "greet_long", "!v13"),
        ("bot", "utter_greet", "greet_short", "v13"),
    ),
    "open_greeting": (
        ("user", "greet", "greet", ""),
        ("bot", "utter_greet", "greet_long", "!v13"),
        ("bot", "utter_greet", "greet_short", "v13"),
    ),
    "open_outbound": (
        ("bot", "utter_greet", "greet_long", "!v13"),
        ("bot", "utter_greet", "greet_short", "v13"),
    ),
    "identify": (
        ("slot", "user_id", "{user_id}", "login"),
        ("slot", "ga_cid", "{ga_cid}", "tells_client"),
        ("slot", "tracking_flow", "{arm}", "in_trial"),
    ),
    "misunderstood": (
        ("user", "nlu_fallback", "gibberish", ""),
        ("bot", "action_default_fallback", "fallback", ""),
    ),
    "track_order": (
        ("user", "track_order", "track_order", ""),
        ("bot", "utter_ask_order_number", "ask_order_number", ""),
        ("user", "inform", "give_order", ""),
        ("slot", "order_number", "{order}", ""),
        ("bot", "utter_ask_email", "ask_email", "types_email"),
        ("user", "inform", "give_email", "types_email"),
        ("slot", "email", "{email}", "types_email"),
        ("bot", "utter_order_status", "order_status", "solved"),
        ("bot", "utter_order_not_found", "order_not_found", "!solved"),
    ),
    "product_info": (
        ("user", "product_info", "product_info", ""),
        ("bot", "utter_product_info", "product_info", "solved"),
        ("bot", "utter_product_unknown", "product_unknown", "!solved"),
    ),
    "stock": (
        ("user", "stock", "stock", ""),
        ("bot", "utter_stock", "stock", ""),
    ),
    "buy_product": (
        ("user", "buy_product", "buy_product", ""),
        ("bot", "utter_recommend", "recommend", ""),
        ("user", "affirm", "affirm", "buys"),
        ("action", "action_add_to_cart", "", "buys"),
        ("bot", "utter_added_to_cart", "added_to_cart", "buys"),
        ("user", "deny", "deny", "!buys"),
        ("bot", "utter_no_problem", "no_problem", "!buys"),
    ),
    "return_request": (
        ("user", "return_request", "return_request", ""),
        ("bot", "utter_ask_email", "ask_email", "types_email"),
        ("user", "inform", "give_email", "types_email"),
        ("slot", "email", "{email}", "types_email"),
        ("bot", "utter_return_steps", "return_steps", ""),
    ),
    "complaint": (
        ("user", "complaint", "complaint", ""),
        ("bot", "utter_complaint", "complaint", ""),
    ),
    "shipping_info": (
        ("user", "shipping_info", "shipping_info", ""),
        ("bot", "utter_shipping", "shipping", ""),
    ),
    "opening_hours": (
        ("user", "opening_hours", "opening_hours", ""),
        ("bot", "utter_hours", "hours", ""),
    ),
    "payment_problem": (
        ("user", "payment_problem", "payment_problem", ""),
        ("bot", "utter_payment", "payment", ""),
        ("bot", "utter_ask_phone", "ask_phone", "types_phone"),
        ("user", "inform", "give_phone", "types_phone"),
        ("slot", "phone", "{phone}", "types_phone"),
        ("bot", "utter_call_back", "call_back", "types_phone"),
    ),
    "lost": (
        ("user", "nlu_fallback", "gibberish", ""),
        ("bot", "action_default_fallback", "fallback", ""),
        ("user", "nlu_fallback", "gibberish", ""),
        ("bot", "action_default_fallback", "fallback", ""),
    ),
    "unanswered": (("user", "shipping_info", "shipping_info", ""),),
    # Asked for in vain: the bot only says when there is somebody.
    "refused": (
        ("user", "human_handoff", "human_handoff", ""),
        ("bot", "utter_desk_hours", "desk_hours", ""),
    ),
    "handoff": (
        ("user", "human_handoff", "human_handoff", ""),
        ("action", "action_human_handoff", "", ""),
        ("bot", "utter_handoff", "handoff", ""),
        ("agent", "", "agent_hello", "agent_joins"),
        ("user", "", "to_agent", "agent_joins"),
        ("agent", "", "agent_answer", "agent_joins"),
    ),
    "farewell": (
        ("user", "thanks", "thanks", ""),
        ("bot", "utter_goodbye", "goodbye", ""),
    ),
    "goodbye": (
        ("user", "goodbye", "goodbye", ""),
        ("bot", "utter_goodbye", "goodbye", ""),
    ),
    "ask_rating": (("bot", "utter_ask_rating", "ask_rating", ""),),
    "rating": (
        ("user", "rate", "rate", ""),
        ("slot", "rating", "{rating}", ""),
        ("bot", "utter_thank_rating", "thank_rating", ""),
    ),
}

# topic -> (share, how often the bot can answer it)
TOPICS: dict[str, tuple[float, float]] = {
    "track_order": (0.27, 0.82),
    "product_info": (0.19, 0.8),
    "stock": (0.09, 0.95),
    "buy_product": (0.14, 0.9),
    "return_request": (0.10, 0.85),
    "complaint": (0.05, 0.45),
    "shipping_info": (0.08, 0.97),
    "opening_hours": (0.03, 0.98),
    "payment_problem": (0.05, 0.6),
}
