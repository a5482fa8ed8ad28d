"""However files come, and wherever a build was killed, taking in what is new gives what a build of everything gives.

Each story of chats and web days is told to an account (instance) of its own, so that all are built together. Between the
deliveries files are forgotten and builds end after a part of their models.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from delivery_stories import LOADS, Load, World, story

from chat_pipeline import dbt
from chat_pipeline.decisions import forget
from chat_pipeline.extract import extract_source
from chat_pipeline.extract.ledger import read_lines
from chat_pipeline.home import Home
from chat_pipeline.recompute import keep_built, plan, read_ledger
from chat_pipeline.settings import Settings, load_settings
from chat_pipeline.sources import discover

LOADED_AT = datetime(2026, 11, 20, 4)
STAGED = {
    "chat": {name: ["rasa"] for name in ("messages", "intents", "entities", "events", "identifiers")},
    "web": {name: ["ga4"] for name in ("events", "parameters", "items")},
}
KEPT = {
    "build.marts": ("fct_messages", "fct_conversation_events", "fct_web_events"),
    "warehouse.intermediate": (
        "int_chat_identifiers__unioned", "int_chat_entities__unioned", "int_messages__kept", "int_chat_events__kept",
        "int_conversations__spanned", "int_conversation_events__kept", "int_conversations__counted",
        "int_primary_intents__chosen", "int_ratings__chosen", "int_web_events__keyed", "int_web_sessions__grouped",
        "int_web_parameters__unioned", "int_web_items__unioned",
    ),
}  # fmt: skip
ALL = [f"+{name}" for names in KEPT.values() for name in names]
# What a build had done when it was killed.
KILLED_AFTER = (
    ["+int_messages__kept"],
    ["+int_web_events__keyed"],
    ["+int_threads__affected", "+int_web_sessions__grouped"],
    ["+fct_messages"],
    ["+int_chatbot_events__joined"],
)


def _said(number: int, version: int) -> list[Any]:
    """Three threads over some days; a later version tells another intent, or sets a slot beside it."""
    at = datetime(2026, 8, 3, 22, tzinfo=UTC) + timedelta(minutes=9 * number)
    who = {"sender_id": f"ACCOUNT-t{number % 3}", "timestamp": at.timestamp()}
    if number % 2:
        return [{**who, "event": "bot", "text": f"answer {number}", "data": {}}]
    intent = {"name": f"intent{number % 4}", "confidence": 0.9}
    parse = {
        "intent": intent,
        "intent_ranking": [intent],
        "entities": [{"entity": "n", "value": str(version)}],
    }
    said = {
        **who,
        "event": "user",
        "text": f"question {number}",
        "input_channel": "rest",
        "parse_data": parse,
    }
    slot = {**who, "event": "slot", "name": "rating", "value": version + 1}
    return [said, slot] if version else [said]


def _seen(number: int, version: int) -> list[Any]:
    """A day of web events around midnight; a restatement drops some, adds others, and points to another chat."""
    start = int(datetime(2026, 8, number + 3, 23, 30, tzinfo=UTC).timestamp() * 1e6)

    def event(day: int, place: int, name: str) -> dict[str, Any]:
        given = {
            "ga_session_id": {"int_value": str(1791194000 + number)},
            "conversation_id": {"string_value": f"ACCOUNT-t{(number + version) % 4}"},
        }
        return {
            "event_date": f"202608{number + 3 + day:02d}", "event_timestamp": str(start + day * 3600 * 10**6 + place),
            "event_name": name, "event_params": [{"key": key, "value": value} for key, value in given.items()],
            "user_pseudo_id": f"1055.{number // 2}", "stream_id": "34508", "batch_event_index": str(place),
            "items": [{"item_id": f"sku{version}", "item_name": "Tea", "price": 10.0, "quantity": 1}],
        }  # fmt: skip

    names = [
        "page_view",
        "chatbot_satisfaction_yes",
        "chatbot_fallback",
        "add_to_cart",
        "chatbot_goal_completion",
    ]
    return [event(0, place, names[place]) for place in range(version, version + 3)]


def _lines(rows: list[Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


CHATS = World("rasa", ".jsonl", 18, _said, _lines)
VISITS = World("ga4", ".ndjson", 6, _seen, _lines)


def _home(root: Path, accounts: list[str]) -> tuple[Home, Settings]:
    home = Home(root)
    home.root.mkdir()
    tables = [f"[sources.{source}.instances.{name}]" for source in ("rasa", "ga4") for name in accounts]
    home.settings_file.write_text("\n".join(tables) + "\n")
    return home, load_settings(home.settings_file)


def _deliver(home: Home, source: str, account: str, load: Load) -> None:
    for name, (text, delivered) in load.items():
        path = home.exports / source / account / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("ACCOUNT", account), encoding="utf-8")
        os.utime(path, (delivered.timestamp(), delivered.timestamp()))


def _extract(home: Home, settings: Settings) -> None:
    for name in ("rasa", "ga4"):
        report = extract_source(home, settings, discover()[name], loaded_at=LOADED_AT)
        assert report.error is None, report.error


def _build(home: Home, settings: Settings, select: list[str], *, killed: bool = False) -> None:
    ledger = read_ledger(home)
    outcome = dbt.build_models(home, settings, select=select, test=[])
    assert not outcome.error
    assert not outcome.broken_models()
    if not killed:
        keep_built(home, settings, ledger)


def _forget_some(home: Home, accounts: list[str], dice: random.Random) -> None:
    """In every third account a file that is loaded, or all of them."""
    for account in dice.sample(accounts, len(accounts) // 3):
        for source in ("rasa", "ga4"):
            loaded = sorted(
                {line.path for line in read_lines(home, source) if line.path.startswith(f"{account}/")}
            )
            for path in loaded[: dice.choice([1, 1, len(loaded)])]:
                forget(home, f"{source}/{path}", "not ours")


def _difference(one: Home, other: Home) -> dict[str, tuple[int, int]]:
    """Tables that differ: rows that only the one, and only the other, has."""
    found = {}
    with duckdb.connect() as con:
        for name, home in (("one", one), ("other", other)):
            con.execute(f"attach '{home.warehouse}' as {name}_warehouse (read_only)")
            con.execute(f"attach '{home.build}' as {name}_build (read_only)")
        for schema, tables in KEPT.items():
            for table in tables:
                a, b = f"one_{schema}.{table}", f"other_{schema}.{table}"
                counts = [
                    con.execute(f"select count(*) from (from {x} except all from {y})").fetchall()[0][0]
                    for x, y in ((a, b), (b, a))
                ]
                assert con.execute(f"select count(*) from {b}").fetchall() != [(0,)], table
                if any(counts):
                    found[table] = (counts[0], counts[1])
    return found


def _tell(folder: Path, stories: int, built_after: Sequence[int]) -> dict[str, tuple[int, int]]:
    """So many stories told to a home load by load. After some loads what is new is taken in, the first time all, later
    when a build of it was killed; tables that differ from those of a home which has built everything at once."""
    dice = random.Random(5)
    accounts = [f"story{seed}" for seed in range(stories)]
    home, settings = _home(folder / "home", accounts)
    told = {(w.source, name): story(w, seed) for w in (CHATS, VISITS) for seed, name in enumerate(accounts)}
    for number in range(LOADS):
        for (source, account), loads in told.items():
            # Some accounts have a load without files, some begin late.
            if dice.random() < 0.9:
                _deliver(home, source, account, loads[number])
        if number == LOADS - 1:
            _forget_some(home, accounts, dice)
        _extract(home, settings)
        if number not in built_after:
            continue
        if number > built_after[0]:
            assert {p["mode"] for p in (plan(home, settings, []) or {}).values()} == {"none", "touched"}
            _build(home, settings, dice.choice(KILLED_AFTER), killed=True)
        _build(home, settings, ALL)
    anew = Home(folder / "anew")
    anew.root.mkdir()
    shutil.copy(home.settings_file, anew.settings_file)
    shutil.copytree(home.raw, anew.raw)
    _build(anew, settings, ALL)
    return _difference(home, anew)


@pytest.fixture
def two_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dbt, "staged", lambda project=None: STAGED)


@pytest.mark.usefixtures("two_sources")
def test_taking_in_what_is_new_gives_what_a_full_build_gives(tmp_path: Path):
    assert _tell(tmp_path, 5, built_after=range(1, LOADS)) == {}


@pytest.mark.slow
@pytest.mark.usefixtures("two_sources")
def test_taking_in_many_stories_gives_what_a_full_build_gives(tmp_path: Path):
    assert _tell(tmp_path, 50, built_after=range(LOADS)) == {}
