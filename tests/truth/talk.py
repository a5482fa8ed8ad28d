"""What was said in each conversation, turn by turn, as far as its outcome hangs on it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

import pandas as pd

from truth.shop import BLIND, ONE_VOICE, THREAD, Told, matched

# What the demo's bot does with each thing it says; all else is an answer.
ACTS = {
    "utter_greet": "greeting",
    "utter_ask_order_number": "question",
    "utter_ask_email": "question",
    "utter_ask_phone": "question",
    "utter_recommend": "question",
    "action_default_fallback": "fallback",
    "utter_ask_rating": "survey",
    "utter_thank_rating": "survey",
    "utter_goodbye": "closing",
}
POLITE = {
    "session_start": "opening",
    "greet": "greeting",
    "thanks": "courtesy",
    "goodbye": "courtesy",
    "rate": "rating",
}
GROUPS = {
    **dict.fromkeys(("product_info", "stock", "buy_product"), "product"),
    **dict.fromkeys(("track_order", "shipping_info", "payment_problem"), "orders"),
    **dict.fromkeys(("return_request", "complaint", "human_handoff"), "support"),
    "opening_hours": "shop",
}
# Answers to what the bot asked: what a chat is about only if nothing else was said.
REPLIES = ("inform", "affirm", "deny")
IN_A_ROW = pd.Timedelta(seconds=30)


@dataclass(frozen=True)
class Said:
    """One message: of whom, its intent or action, what it does, its turn (0: before the user's first), its time."""

    author: str
    name: str
    act: str
    turn: int
    at: pd.Timestamp


@cache
def talks_of(told: Told) -> dict[int, list[Said]]:
    """The messages of each conversation, by its row in `matched`."""
    said = told.truth("said")
    rows = {key: row for row, key in zip(matched(told).index, _keys(matched(told)), strict=True)}
    found: dict[int, list[Said]] = {row: [] for row in rows.values()}
    for key, event in zip(_keys(said), said.itertuples(), strict=True):
        platform, so_far = key[0], found[rows[key]]
        if event.kind not in ("user", "bot", "agent"):
            continue
        if event.kind == "user" and event.name == "session_start" and platform != "rasa":
            continue  # only Rasa's tracker shows that the window opened
        turn = sum(message.author == "user" for message in so_far) + (event.kind == "user")
        author = "bot" if event.kind == "agent" and platform in ONE_VOICE else event.kind
        so_far.append(Said(author, event.name, _act(platform, event), turn, event.told_at))
    return found


def _keys(frame: pd.DataFrame) -> list[tuple]:
    return list(frame[[*THREAD, "number"]].itertuples(index=False, name=None))


def _act(platform: str, event) -> str:
    if event.kind == "bot":
        return ACTS.get(event.name, "answer")
    if event.kind == "agent":
        return "answer"
    # Without intents a thanks is a message like any other.
    return "request" if platform in BLIND else POLITE.get(event.name, "request")


def last_act(messages: list[Said]) -> Said | None:
    """The bot's last act that is neither a goodbye nor a survey."""
    acts = [m for m in messages if m.author == "bot" and m.act not in ("closing", "survey")]
    return acts[-1] if acts else None


def last_unanswered(messages: list[Said]) -> Said | None:
    """The last request that nobody answered; of several typed in a row the last one waits for the answer."""
    found = None
    for message, after in zip(messages, [*messages[1:], None], strict=True):
        waits = after is None or (after.author == "user" and after.at - message.at > IN_A_ROW)
        if waits and message.author == "user" and message.act == "request":
            found = message
    return found


def first_said(messages: list[Said]) -> pd.Timestamp | None:
    """When the user first said something; that the window opened is nothing said."""
    return next((m.at for m in messages if m.author == "user" and m.act != "opening"), None)


def first_response(messages: list[Said]) -> float | None:
    """Seconds from what the user first said to what anybody answered."""
    said = next((n for n, m in enumerate(messages) if m.author == "user" and m.act != "opening"), None)
    if said is None:
        return None
    answer = next((m.at for m in messages[said:] if m.author != "user"), None)
    return (answer - messages[said].at).total_seconds() if answer else None


def last_answer(messages: list[Said], by_turn: bool) -> pd.Timestamp | None:
    """The bot's last answer, else its last act; `by_turn`: the export has one time per turn, that of the question."""
    act = last_act(messages)
    answers = [m for m in messages if m.author == "bot" and m.act == "answer"] or ([act] if act else [])
    if not answers:
        return None
    asked = [m.at for m in messages if m.author == "user" and m.turn == answers[-1].turn]
    return asked[0] if by_turn and asked else answers[-1].at


def fell_back_last(messages: list[Said], until: pd.Timestamp | None, web: list[pd.Timestamp] | None) -> bool:
    """Whether one of the last two requests (up to a hand-over at `until`) was misunderstood. `web`: only these
    moments show it."""
    requests = [
        m for m in messages if m.author == "user" and m.act == "request" and (until is None or m.at <= until)
    ]
    missed = [m.name == "nlu_fallback" and web != [] for m in requests]
    return any(missed[-2:])


def primary_group(messages: list[Said]) -> tuple[str | None, str | None]:
    """Group with most turns (courtesy and fallback aside; ties: first) and its foremost intent."""
    names = [
        m.name for m in messages
        if m.author == "user" and m.name and m.name not in POLITE.keys() - {"rate"} and m.name != "nlu_fallback"
    ]  # fmt: skip
    if not names:
        return None, None
    names = [name for name in names if name not in REPLIES] or names
    groups = [GROUPS.get(name, name) for name in names]
    counts = Counter(groups)
    group = max(counts, key=lambda g: (counts[g], -groups.index(g)))
    of_group = Counter(name for name in names if GROUPS.get(name, name) == group)
    return group, max(of_group, key=lambda n: (of_group[n], -names.index(n)))
