"""Records of Dialogflow CX, each as one of its routes writes it."""

from __future__ import annotations

import random
from typing import Any

from bench.records_chat import INTENTS
from bench.words import iso, moment, sentence

Record = dict[str, Any]
AGENT = "projects/shop/locations/eu/agents/a1b2"


def cx_turn(rng: random.Random, number: int) -> Record:
    """A turn's request and response."""
    session, text = f"{AGENT}/sessions/s{number // 6}", sentence(rng)
    intent = {"name": f"{AGENT}/intents/i{number % 5}", "displayName": INTENTS[number % 5]}
    said = [
        {
            "text": {"text": [sentence(rng, 6, 25)]},
            "source": "VIRTUAL_AGENT",
            "responseType": "HANDLER_PROMPT",
        }
    ]
    return {
        "request": {"session": session, "queryInput": {"text": {"text": text}, "languageCode": "en"},
                    "queryParams": {"channel": "DF_MESSENGER", "timeZone": "Europe/Berlin"}},
        "response": {"responseId": f"r{number}-{rng.getrandbits(64):x}", "responseType": "FINAL", "queryResult": {
            "text": text, "languageCode": "en", "parameters": {"order_number": str(number), "zip": "10115"},
            "match": {"intent": intent, "matchType": "INTENT", "confidence": round(rng.random(), 6), "resolvedInput": text,
                      "parameters": {"order_number": str(number)}},
            "intent": intent, "intentDetectionConfidence": 0.9, "responseMessages": said,
            "sentimentAnalysisResult": {"score": 0.1, "magnitude": 0.4},
            "currentPage": {"name": f"{AGENT}/flows/f/pages/p", "displayName": "Order Status"},
            "currentFlow": {"name": f"{AGENT}/flows/f", "displayName": "Tracking"},
            "diagnosticInfo": {"Session Id": f"s{number // 6}", "Triggered Transition Names": ["t1", "t2"]},
        }},
    }  # fmt: skip


def cx_log(rng: random.Random, number: int) -> Record:
    return {
        "project_id": "shop", "agent_id": "a1b2", "conversation_name": f"{AGENT}/sessions/s{number // 6}",
        "turn_position": str(number % 6 + 1), "request_time": f"{moment(number):%Y-%m-%d %H:%M:%S.%f} UTC",
        "language_code": "en", **cx_turn(rng, number),
        "conversation_signals": {"turnSignals": {"noMatch": False, "sentimentScore": 0.1}},
    }  # fmt: skip


def cx_conversation(rng: random.Random, number: int) -> Record:
    turns = [cx_turn(rng, number * 6 + i) for i in range(6)]
    return {
        "name": f"{AGENT}/conversations/s{number}", "type": "TEXT", "languageCode": "en", "startTime": iso(number * 6),
        "duration": "60.5s", "metrics": {"interactionCount": 6}, "environment": {"displayName": "prod"},
        "interactions": [
            {**turn, "requestUtterances": "", "responseUtterances": "", "createTime": iso(number * 6 + i)}
            for i, turn in enumerate(turns)
        ],
    }  # fmt: skip


def cx_entry(rng: random.Random, number: int) -> Record:
    turn = cx_turn(rng, number)
    return {
        "insertId": f"e{number}", "jsonPayload": turn["response" if number % 2 else "request"],
        "labels": {"agent_id": "a1b2", "environment_id": "prod", "location_id": "eu", "session_id": f"s{number // 6}"},
        "logName": "projects/shop/logs/dialogflow-runtime.googleapis.com%2Frequests", "receiveTimestamp": iso(number),
        "resource": {"labels": {"project_id": "shop"}, "type": "global"}, "severity": "INFO", "timestamp": iso(number),
    }  # fmt: skip


def cx_test_case(rng: random.Random, number: int) -> Record:
    turns = [
        {
            "userInput": {"input": {"text": {"text": sentence(rng)}, "languageCode": "en"}, "isWebhookEnabled": True},
            "virtualAgentOutput": {
                "sessionParameters": {"zip": "10115"}, "triggeredIntent": {"name": f"{AGENT}/intents/i{i}"},
                "currentPage": {"name": f"{AGENT}/flows/f/pages/p{i}"}, "textResponses": [{"text": [sentence(rng)]}],
            },
        }
        for i in range(5)
    ]  # fmt: skip
    return {
        "name": f"{AGENT}/testCases/{number}",
        "displayName": f"case {number}",
        "tags": ["#x"],
        "testCaseConversationTurns": turns,
    }
