"""Records of chat platforms, each as its vendor writes one; `number` makes them differ."""

from __future__ import annotations

import random
from typing import Any

from bench.words import CITIES, FIRST, LAST, email, iso, moment, sentence

Record = dict[str, Any]
INTENTS = ("track_order", "return_item", "opening_hours", "talk_to_human", "greet")


def rasa_event(rng: random.Random, number: int) -> Record:
    event: Record = {
        "sender_id": f"sender-{number // 24}",
        "event": ("user", "bot", "action", "slot")[number % 4],
        "timestamp": moment(number).timestamp(),
        "metadata": {"model_id": "0f3c", "assistant_id": "shop"},
    }
    intent = {"name": rng.choice(INTENTS), "confidence": round(rng.random(), 12)}
    if event["event"] == "user":
        text = sentence(rng)
        ranking = [{"name": name, "confidence": round(rng.random(), 12)} for name in rng.sample(INTENTS, 4)]
        event |= {
            "text": text,
            "input_channel": "rest",
            "message_id": f"{rng.getrandbits(128):032x}",
            "parse_data": {
                "intent": intent, "entities": [], "text": text, "message_id": None, "metadata": {},
                "intent_ranking": [intent, *ranking], "text_tokens": [[0, 5], [6, 9]],
            },
        }  # fmt: skip
    elif event["event"] == "bot":
        event |= {
            "text": sentence(rng, 6, 30),
            "data": {"elements": None, "quick_replies": None, "buttons": None},
        }
    elif event["event"] == "action":
        event |= {"name": f"utter_{intent['name']}", "policy": "policy_2_TEDPolicy", "confidence": intent["confidence"],
                  "action_text": None, "hide_rule_turn": False}  # fmt: skip
    else:
        event |= {"name": "order_number", "value": str(rng.randint(1000, 9999))}
    return event


def rasa_tracker(rng: random.Random, number: int) -> Record:
    events = [rasa_event(rng, number * 24 + i) for i in range(24)]
    for event in events:
        del event["sender_id"]
    return {
        "sender_id": f"sender-{number}", "slots": {"order_number": None}, "latest_event_time": events[-1]["timestamp"],
        "paused": False, "events": events,
    }  # fmt: skip


def activity(rng: random.Random, number: int) -> Record:
    user = {"id": f"user-{number // 10}", "name": rng.choice(FIRST), "role": "user"}
    bot = {"id": "shop-bot", "name": "Shop", "role": "bot"}
    asked = number % 2 == 0
    return {
        "type": "message", "id": f"{rng.getrandbits(64):016x}|{number:07d}", "timestamp": iso(number),
        "localTimestamp": iso(number), "channelId": "directline", "from": user if asked else bot,
        "conversation": {"id": f"conversation-{number // 10}"}, "recipient": bot if asked else user,
        "serviceUrl": "https://directline.botframework.com/", "locale": "en-US", "text": sentence(rng),
        "attachments": [], "entities": [{"type": "ClientCapabilities", "supportsListening": True}],
        "channelData": {"clientActivityID": f"{rng.getrandbits(60)}"}, "inputHint": "acceptingInput",
        "replyToId": None if asked else f"{rng.getrandbits(64):016x}|{number - 1:07d}",
    }  # fmt: skip


def telemetry(rng: random.Random, number: int) -> Record:
    text = sentence(rng)
    return {
        "timestamp": iso(number), "name": "BotMessageReceived" if number % 2 else "LuisResult",
        "customDimensions": {
            "activityId": f"{rng.getrandbits(64):016x}", "conversationId": f"conversation-{number // 10}",
            "channelId": "directline", "fromId": f"user-{number // 10}", "locale": "en-US", "text": text, "type": "message",
            "intent": rng.choice(INTENTS), "intentScore": f"{rng.random():.4f}", "question": text, "entities": "{}",
        },
        "customMeasurements": {"activityDurationMs": rng.randint(5, 900)}, "user_Id": f"directlineuser-{number // 10}",
        "operation_Id": f"{rng.getrandbits(128):032x}", "client_Type": "Browser", "client_CountryOrRegion": "Norway",
        "itemCount": 1, "itemType": "customEvent", "cloud_RoleName": "shop-bot", "sdkVersion": "node:1.8.10",
    }  # fmt: skip


def _intercom_author(number: int, *, admin: bool) -> Record:
    if admin:
        return {"type": "admin", "id": "9001", "name": "Kim", "email": "kim@shop.example"}
    return {
        "type": "user",
        "id": f"u{number}",
        "name": f"{FIRST[number % 9]} {LAST[number % 8]}",
        "email": email(number),
    }


def intercom_conversation(rng: random.Random, number: int) -> Record:
    at = int(moment(number, 61).timestamp())
    source = {"type": "conversation", "id": f"m{number}", "delivered_as": "customer_initiated", "subject": "",
              "body": f"<p>{sentence(rng)}</p>", "author": _intercom_author(number, admin=False), "attachments": [],
              "url": "https://shop.example/cart", "redacted": False}  # fmt: skip
    parts = [
        {"type": "conversation_part", "id": f"{number}{i}", "part_type": "comment", "body": f"<p>{sentence(rng)}</p>",
         "created_at": at + i * 40, "updated_at": at + i * 40, "notified_at": at + i * 40, "assigned_to": None,
         "author": _intercom_author(number, admin=i % 2 == 0), "attachments": [], "external_id": None, "redacted": False}
        for i in range(8)
    ]  # fmt: skip
    return {
        "type": "conversation", "id": str(215_000_000 + number), "created_at": at, "updated_at": at + 400,
        "waiting_since": None, "snoozed_until": None, "title": None, "open": False, "state": "closed", "read": True,
        "priority": "not_priority", "admin_assignee_id": 9001, "team_assignee_id": None, "source": source,
        "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": f"u{number}", "external_id": f"c{number}"}]},
        "teammates": {"type": "admin.list", "admins": []}, "tags": {"type": "tag.list", "tags": []},
        "topics": {"type": "topic.list", "topics": [], "total_count": 0}, "custom_attributes": {"Language": "English"},
        "conversation_rating": {"rating": 5, "remark": "quick", "created_at": at + 500},
        "ai_agent_participated": False, "ai_agent": None, "statistics": {"count_conversation_parts": 8},
        "linked_objects": {"type": "list", "data": []},
        "conversation_parts": {"type": "conversation_part.list", "conversation_parts": parts, "total_count": 8},
    }  # fmt: skip


def zendesk_chat(rng: random.Random, number: int) -> Record:
    said = [
        {"type": "chat.msg", "timestamp": iso(number * 8 + i), "nick": f"visitor:{number}", "name": "V", "msg": sentence(rng),
         "channel": f"#supportchat/{number}", "msg_id": f"m{number}-{i}", "sender_type": "Visitor", "options": ""}
        for i in range(8)
    ]  # fmt: skip
    return {
        "id": f"2603.1.{number}", "type": "chat", "timestamp": iso(number * 8), "end_timestamp": iso(number * 8 + 9),
        "update_timestamp": iso(number * 8 + 20), "started_by": "visitor",
        "session": {"id": f"s{number}", "browser": "Safari", "platform": "iPhone", "user_agent": "Mozilla/5.0",
                    "city": rng.choice(CITIES), "ip": "192.0.2.7", "country_code": "NO"},
        "visitor": {"id": f"1.{number}", "name": rng.choice(FIRST), "email": email(number), "phone": "", "notes": ""},
        "history": said, "rating": None, "comment": None, "tags": ["shipping"], "agent_ids": ["77"], "agent_names": ["Kim"],
        "webpath": [{"from": "", "title": "Shop", "timestamp": iso(number * 8), "to": "https://shop.example/"}],
        "department_id": 5, "department_name": "Shop", "missed": False, "dropped": False, "triggered": False,
        "triggered_response": False, "unread": False, "duration": 600, "response_time": {"first": 5, "avg": 5.5, "max": 9},
        "count": {"total": 8, "visitor": 8, "agent": 0}, "conversions": [], "zendesk_ticket_id": None, "deleted": False,
    }  # fmt: skip


def turn_row(rng: random.Random, number: int) -> Record:
    """A row of a table of turns."""
    return {
        "conversation id": f"t{number // 6}", "timestamp": f"{moment(number):%Y-%m-%d %H:%M:%S}",
        "customer query": sentence(rng), "chatbot response": sentence(rng, 6, 30), "intent": rng.choice(INTENTS),
        "resolution time": f"{number % 9 + 1} min", "csat score": str(number % 5 + 1), "email": email(number // 6),
        "language": "en", "channel": "web",
    }  # fmt: skip
