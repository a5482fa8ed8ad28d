"""The shipped funnels and the demo's own, followed event by event from the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatch

import pandas as pd

from truth.outcomes import outcomes_of, persons
from truth.rates import CRMS
from truth.shop import BLIND, Told, cutoff_of_chat, cutoffs, matched
from truth.talk import GROUPS

INQUIRY = ("intent product_*", "intent *_product", "intent stock")
PRODUCT = tuple(f"intent {name}" for name, group in GROUPS.items() if group == "product")
# Funnel: its unit and steps, each any of (kind of thing, pattern); "?" marks an optional step.
FUNNELS = {
    "product_inquiry": ("conversation", (
        INQUIRY,
        ("action utter_product*", "action utter_recommend*", "action utter_stock*", "ga4 view_item"),
        ("ga4 add_to_cart", "event add_to_cart*", "action *add_to_cart*"),
        ("ga4 begin_checkout",),
        ("order",),
    )),
    "order_tracking": ("conversation", (
        ("intent *track*",),
        ("slot order_number", "intent inform*"),
        ("action utter_order_status*", "event order_status*"),
        ("intent thank*", "intent goodbye*", "intent affirm*"),
    )),
    "purchase": ("customer", (
        (*PRODUCT, "ga4 view_item"),
        ("ga4 add_to_cart", "event add_to_cart_event"),
        ("?", "ga4 view_cart"),
        ("ga4 begin_checkout",),
        ("order",),
    )),
}  # fmt: skip
# The events that Bot Framework's bot sends.
SENT = {"utter_order_status": "order_status_shown", "action_add_to_cart": "add_to_cart_event"}
DAY_SECONDS = 86_400
WINDOW = DAY_SECONDS


@dataclass(frozen=True)
class Thing:
    """Something that happened: what, in which second, of which conversation (or -1) and person; `stream` and
    `place` order things of one second."""

    what: str
    second: int
    row: int
    person: str | None
    stream: str
    place: int
    number: int


def followed(told: Told, name: str, window: int = WINDOW, by_date: bool = False) -> pd.DataFrame:
    """A row per entry: unit, second of entry, state, and the steps reached (a set of numbers). `window` in seconds;
    `by_date`: as if only the day of each thing were known, which is how not to do it."""
    unit, steps = FUNNELS[name]
    things = [*_said(told), *_visited(told)]
    things += _ordered(told, things, steps[0]) if unit == "conversation" else _ordered(told)
    if by_date:
        things = [
            replace(t, second=t.second // DAY_SECONDS * DAY_SECONDS, stream=f"{n}")
            for n, t in enumerate(things)
        ]
    of_unit: dict[object, list[Thing]] = {}
    for thing in things:
        key = thing.person if unit == "customer" else thing.row if thing.row >= 0 else None
        if key is not None and not pd.isna(key):
            of_unit.setdefault(key, []).append(thing)
    rows = [
        (key, second, reached)
        for key, own in of_unit.items()
        for second, reached in _entries(
            sorted(own, key=lambda t: (t.second, t.place, t.number)), steps, window
        )
    ]
    found = pd.DataFrame(rows, columns=["unit", "second", "reached"])
    required = {n for n, step in enumerate(steps, 1) if step[0] != "?"}
    reach = _reach(told, unit, steps, found["unit"])
    found["last_step"] = [max(reached & required) for reached in found["reached"]]
    at = pd.to_datetime(found["second"] + window, unit="s")
    found["state"] = [
        "open" if late else "converted" if last == max(required) else "dropped"
        for late, last in zip(at > reach, found["last_step"], strict=True)
    ]
    return found


def _reach(told: Told, unit: str, steps: tuple, units: pd.Series) -> pd.Series | pd.Timestamp:
    """How far the sources that a funnel reads have come: a conversation waits for its own platform."""
    flat = [each for step in steps for each in step]
    others = (["ga4"] if any(e.startswith("ga4") for e in flat) else []) + (
        ["shopify"] if "order" in flat else []
    )
    if unit == "conversation":
        return cutoff_of_chat(told, matched(told), *others).loc[units].to_numpy()
    return min(at for (source, _), at in cutoffs(told).items() if source not in CRMS)


def _second(at: pd.Timestamp) -> int:
    return int(at.timestamp())


def _said(told: Told) -> list[Thing]:
    chats, said, ends = matched(told), told.truth("said"), outcomes_of(told)
    key = ["platform", "instance", "thread_id", "number"]
    rows = said.merge(chats[key].assign(row=chats.index), on=key).sort_values(["row", "seq"])
    found = []
    for number, event in enumerate(rows[~rows["is_test"]].itertuples()):
        for what in _shown(event.platform, event.kind, event.name):
            stream = ("m" if event.kind == "user" else "e") + str(event.row)
            person = ends.at[event.row, "person"]
            found.append(Thing(what, _second(event.told_at), event.row, person, stream, event.seq, number))
    return found


def _shown(platform: str, kind: str, name: str) -> list[str]:
    """What a platform's export shows of something said or done."""
    if kind == "user" and platform not in BLIND and name:
        return [f"intent {name}"]
    if platform == "rasa" and kind in ("bot", "action"):
        return [f"action {name}"]
    if kind == "slot" and platform in ("rasa", "dialogflow_cx"):
        return [f"slot {name}"]
    if platform == "bot_framework" and name in SENT:
        return [f"event {SENT[name]}"]
    return []


def _visited(told: Told) -> list[Thing]:
    """Hits of visits; each lies in the last conversation that its visit holds by then."""
    chats, ends = matched(told), outcomes_of(told)
    owners = dict(zip(told.truth("web_sessions")["web_session"], persons(told).sessions, strict=True))
    held = ends[chats["web_session"].notna() & ~chats["is_test"]].assign(session=chats["web_session"])
    begun = {session: rows.sort_values("started_at") for session, rows in held.groupby("session")}
    found = []
    for number, hit in enumerate(told.truth("web_events").itertuples()):
        row = -1
        if hit.web_session in begun:
            before = begun[hit.web_session]
            before = before[before["started_at"] <= hit.happened_at]
            row = int(before.index[-1]) if len(before) else -1
        found.append(
            Thing(
                f"ga4 {hit.name}",
                _second(hit.happened_at),
                row,
                owners[hit.web_session],
                f"w{number}",
                0,
                number,
            )
        )
    return found


def _ordered(told: Told, things: list[Thing] | None = None, first: tuple = ()) -> list[Thing]:
    """Counted orders; with `things`, each in the latest conversation tied to it that began the funnel before."""
    orders = told.truth("orders").assign(person=persons(told).orders)
    chats, ends = matched(told), outcomes_of(told)
    began = [(t.second, t.row) for t in things or [] if t.row >= 0 and _fits(t, first)]
    found = []
    for number, order in enumerate(orders[orders["is_counted"]].itertuples()):
        second = _second(order.ordered_at)
        tied = set(chats.index[
            (ends["person"] == order.person) | (chats["web_session"] == order.web_session)
            | (chats["thread_id"] == order.told_thread_id)
        ])  # fmt: skip
        latest = max(((s, row) for s, row in began if s <= second and row in tied), default=(0, -1))
        found.append(Thing("order", second, latest[1], order.person, f"o{number}", 0, number))
    return found


def _fits(thing: Thing, step: tuple) -> bool:
    return any(fnmatch(thing.what, pattern) for pattern in step)


def _entries(things: list[Thing], steps: tuple, window: int) -> list[tuple[int, set[int]]]:
    """Second and steps reached of each entry; the next one begins after the last converted or expired."""
    found, barrier = [], -1
    for start in things:
        if start.second <= barrier or not _fits(start, steps[0]):
            continue
        reached, now, until = {1: start}, start, start.second + window
        required = [n for n, step in enumerate(steps, 1) if step[0] != "?"]
        for number in required[1:]:
            after = _first_after(things, steps[number - 1], now, until, set(reached.values()))
            if after is None:
                break
            reached[number] = now = after
        done = max(reached) == len(steps)
        barrier = now.second if done else until
        for number in (n for n, step in enumerate(steps, 1) if step[0] == "?"):
            if number - 1 in reached:
                last = reached[number + 1].second if number + 1 in reached else until
                between = _first_after(
                    things, steps[number - 1][1:], reached[number - 1], last, set(reached.values())
                )
                if between:
                    reached[number] = between
        found.append((start.second, set(reached)))
    return found


def _first_after(things: list[Thing], step: tuple, now: Thing, until: int, used: set[Thing]) -> Thing | None:
    for thing in things:
        is_later = thing.second > now.second or thing.stream != now.stream or thing.place > now.place
        if now.second <= thing.second <= until and is_later and thing not in used and _fits(thing, step):
            return thing
    return None
