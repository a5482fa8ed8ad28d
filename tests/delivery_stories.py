"""Made-up records of each source in several versions, and random stories of how files bring them.

A world has records, each in VERSIONS versions; `write` makes a file's text from some of them. A story is
a list of loads, each {file name: (text, delivered)}: files of some version holding some records, in any
order, under any name, written over, copied and touched; the newest version of every record is among them.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

VERSIONS = 3
LOADS = 3
START = datetime(2026, 9, 1, tzinfo=UTC)
# What a version's files are delivered within, so that no file of a version is older than one before it.
AGE = timedelta(days=10)
Load = dict[str, tuple[str, datetime]]


@dataclass(frozen=True)
class World:
    """`record(number, version)`: the rows that a file holds of it. `is_versioned`: the vendor's own version
    decides, whenever a file came. `keeps`: rows of a record stay together and in order."""

    source: str
    suffix: str
    count: int
    record: Callable[[int, int], list[Any]]
    write: Callable[[list[Any]], str]
    is_versioned: bool = False
    models: tuple[str, ...] = field(default=())

    def text(self, numbers: Iterable[int], version: int) -> str:
        return self.write([row for number in numbers for row in self.record(number, version)])

    def plainly(self) -> list[Load]:
        """The story without any accident: one file with the newest version of all."""
        return [{f"all{self.suffix}": (self.text(range(self.count), VERSIONS - 1), START + VERSIONS * AGE)}]


def story(world: World, seed: int) -> list[Load]:
    dice = random.Random(f"{world.source} {seed}")
    loads: list[Load] = [{} for _ in range(LOADS)]
    names = [
        f"{name}{world.suffix}" for name in ("export", "Export (1)", "sub/export", "b c", "x[1]", "it's")
    ]

    def deliver(text: str, delivered: datetime, name: str | None = None) -> None:
        chosen, place = name or dice.choice(names), dice.randrange(LOADS)
        while chosen in loads[place]:
            chosen = f"n{dice.randrange(10**6)}{world.suffix}"
        loads[place][chosen] = (text, delivered)

    def day_of(version: int) -> datetime:
        ever = dice.random() * VERSIONS if world.is_versioned else version + dice.random()
        return START + ever * AGE

    def shuffled(numbers: Iterable[int]) -> list[int]:
        listed = list(numbers)
        return dice.sample(listed, len(listed))

    for version in range(VERSIONS):
        for _ in range(2):
            some = shuffled(n for n in range(world.count) if dice.random() < 0.5)
            if some:
                deliver(world.text(some, version), day_of(version))
    halves: tuple[list[int], list[int]] = ([], [])
    for number in shuffled(range(world.count)):
        halves[dice.randrange(2)].append(number)
    for half in halves:
        if half:
            deliver(world.text(half, VERSIONS - 1), day_of(VERSIONS - 1))
    for place, load in enumerate(loads):
        for text, _ in list(load.values()):
            if dice.random() < 0.3:  # a copy made later, of whatever age the content is
                made = START + (VERSIONS + dice.random()) * AGE
                loads[dice.randrange(place, LOADS)][f"copy {dice.random()}{world.suffix}"] = (text, made)
    touched = dice.choice([name for load in loads[:-1] for name in load] or ["none"])
    for place, load in enumerate(loads[:-1]):
        if touched in load and all(touched not in later for later in loads[place + 1 :]):
            loads[place + 1][touched] = (load[touched][0], START + 2 * VERSIONS * AGE)
    return loads


def _moment(number: int) -> datetime:
    return datetime(2026, 8, 3, 9, tzinfo=UTC) + timedelta(minutes=number)


def _lines(rows: list[Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def _table(rows: list[dict[str, Any]]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _rasa(number: int, version: int) -> list[Any]:
    """Two threads; a second export may know more beside the event (metadata)."""
    said: dict[str, Any] = {"event": "bot", "text": f"answer {number}", "data": {}}
    if number % 2 == 0:
        intent = {"name": "greet", "confidence": 0.9}
        said = {"event": "user", "text": f"question {number}", "input_channel": "rest", "message_id": f"m{number}",
                "parse_data": {"intent": intent, "entities": [], "intent_ranking": [intent]}}  # fmt: skip
    marks = {"assistant_id": f"bot{version}"}
    return [
        {
            "sender_id": f"t{number % 4 // 2}",
            "timestamp": _moment(number).timestamp(),
            **said,
            "metadata": marks,
        }
    ]


def _activity(number: int, version: int) -> list[Any]:
    """A message may be edited later: same id, other text."""
    role = "user" if number % 2 == 0 else "bot"
    return [
        {
            "type": "message", "id": f"a{number}", "timestamp": _moment(number).isoformat(), "channelId": "webchat",
            "from": {"id": f"{role}1", "role": role}, "recipient": {"id": "x"}, "conversation": {"id": f"c{number % 3}"},
            "text": f"text {number}, edited {version} times",
        }
    ]  # fmt: skip


def _turn(number: int, version: int) -> list[Any]:
    """A rating comes later and may change."""
    return [
        {
            "Conversation ID": f"c{number % 3}", "Timestamp": _moment(number).isoformat(), "Customer query": f"q {number}",
            "Chatbot response": f"r {number}", "Resolution time": "", "CSAT score": ["", 2, 5][version] if number > 4 else "",
        }
    ]  # fmt: skip


def _contact(number: int, version: int) -> list[Any]:
    """The vendor tells when a contact changed."""
    changed = (_moment(number) + version * timedelta(days=1)).isoformat().replace("+00:00", "Z")
    names = {"firstname": f"Name {version}", "email": f"p{number}@example.org", "lastmodifieddate": changed}
    return [{"id": str(7000 + number), "properties": {"hs_object_id": str(7000 + number), **names},
             "createdAt": "2026-01-05T08:00:00.000Z", "updatedAt": changed, "archived": False}]  # fmt: skip


def order(number: int, version: int) -> list[Any]:
    """One to three lines; later versions are refunded, then have lost a line."""
    lines = max(1, 1 + number % 3 - (version == VERSIONS - 1))
    head = {"Financial Status": ["paid", "partially_refunded", "refunded"][version], "Currency": "EUR", "Total": "30.00",
            "Refunded Amount": ["0.00", "5.00", "30.00"][version], "Id": str(5900000000000 + number)}  # fmt: skip
    return [
        {
            "Name": f"#{1000 + number}", "Email": f"p{number}@example.org", **{k: v if line == 0 else "" for k, v in head.items()},
            "Created at": _moment(number).strftime("%Y-%m-%d %H:%M:%S +0000"), "Lineitem quantity": 1,
            "Lineitem name": f"Tea {line}", "Lineitem price": "10.00", "Lineitem sku": f"T-{line}", "Lineitem discount": "0.00",
        }
        for line in range(lines)
    ]  # fmt: skip


def _day(number: int, version: int) -> list[Any]:
    """A day of GA4: a restatement drops events and adds others."""
    day = f"2026080{number + 1}"
    start = int(datetime(2026, 8, number + 1, 9, tzinfo=UTC).timestamp() * 1e6)
    session = {"key": "ga_session_id", "value": {"int_value": "1791194000"}}
    return [
        {
            "event_date": day, "event_timestamp": str(start + place), "event_name": f"event_{place}", "event_params": [session],
            "user_pseudo_id": "1055.1760000000", "stream_id": "34508", "batch_event_index": str(place),
        }
        for place in range(version, version + 3)
    ]  # fmt: skip


def _page(rows: list[Any]) -> str:
    return json.dumps({"results": rows})


WORLDS = {
    world.source: world
    for world in (
        World("rasa", ".jsonl", 12, _rasa, _lines),
        World("bot_framework", ".transcript", 9, _activity, json.dumps),
        World("chat_table", ".csv", 9, _turn, _table),
        World("hubspot", ".json", 7, _contact, _page, is_versioned=True),
        World("shopify", ".csv", 7, order, _table),
        World("ga4", ".ndjson", 5, _day, _lines),
    )
}
