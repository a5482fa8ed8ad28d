"""From exports to the list of signals: what nobody has heard of is counted there, and tags and topics can be used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import pytest
from hypothesis import find
from test_properties import MYSTERY, content_of
from worlds import Form, Record, World, worlds_of

from chat_pipeline.analytics import build_table, discover
from chat_pipeline.dbt import build_models
from chat_pipeline.extract import extract_source
from chat_pipeline.home import Home
from chat_pipeline.settings import load_settings
from chat_pipeline.sources import discover as sources

pytestmark = pytest.mark.long

SETTINGS = """
[exclude]
include_test_traffic = true
[signals.handoff]
intercom = { tags = ["VIP"] }
zendesk_chat = { tag = "needs_*" }
[goals.returned]
entered = [{ topic = "Returns" }]
completed = [{ tag = "refund_done" }]
"""
TAGGED: dict[str, tuple[Record, ...]] = {
    "intercom": (
        {
            "tags": {"type": "tag.list", "tags": [{"id": "1", "name": "VIP"}, {"id": "2", "name": "refund_done"}]},
            "topics": {"type": "topic.list", "topics": [{"type": "topic", "id": 8, "name": "Returns"}]},
        },
        # A topic's name is no tag's.
        {"topics": {"type": "topic.list", "topics": [{"type": "topic", "id": 9, "name": "VIP"}]}},
    ),
    "zendesk_chat": ({"tags": ["needs_person", "refund_done"]}, {"tags": ["VIP", "need"]}),
}  # fmt: skip
# How each platform names what `strange` adds.
UNHEARD = {
    "rasa": "moon_phase",
    "dialogflow_cx": "hologram",
    "bot_framework": "telepathy",
    "intercom": "hologram",
    "zendesk_chat": "chat.hologram",
}
LOADED_AT = datetime(2026, 11, 20, 4)
Built = tuple[duckdb.DuckDBPyConnection, dict[str, Any]]


def first_world(source: str) -> tuple[World, Form, list[Record]]:
    world = next(w for w in worlds_of(source) if w.strange is not None)
    return world, world.forms[0], find(world.records, lambda records: True)


def loads(source: str) -> tuple[dict[str, bytes], ...]:
    """Plain records; then the same with an unheard-of thing and field in each, and a file per set of tags."""
    world, form, records = first_world(source)
    assert world.strange is not None
    strange = [changed for record in records for changed in world.strange(record)]
    files = {"strange": content_of(form, strange, MYSTERY)}
    for number, tags in enumerate(TAGGED.get(source, ()), start=1):
        files[f"tags{number}"] = content_of(form, [{**records[0], "number": 700 + number}], tags)
    return {"plain": content_of(form, records, {})}, files


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """The marts of one home with all of them, and what extract reported by source."""
    home = Home(tmp_path_factory.mktemp("signals") / "home")
    home.root.mkdir()
    home.settings_file.write_text(SETTINGS)
    settings = load_settings(home.settings_file)
    reports = {}
    with pytest.MonkeyPatch.context() as patch:
        # Whether values are plausible is not asked here, and takes most of the time.
        patch.setattr("chat_pipeline.extract.audit.audit", lambda *given: None)
        for source in UNHEARD:
            (home.exports / source).mkdir(parents=True)
            for files in loads(source):
                for name, content in files.items():
                    (home.exports / source / name).write_bytes(content)
                reports[source] = extract_source(home, settings, sources()[source], loaded_at=LOADED_AT)
    outcome = build_models(
        home,
        settings,
        select=[
            f"+fct_{mart}"
            for mart in ("conversation_events", "conversations", "messages", "web_sessions", "web_events")
        ],
        test=[],
    )
    assert not outcome.error
    assert not outcome.broken_models()
    with duckdb.connect(str(home.build)) as con:
        build_table(con, discover()["signals"], settings)
        yield con, reports


def test_every_chat_source_whose_records_are_of_several_kinds_is_here() -> None:
    several = {
        name
        for name, source in sources().items()
        if source.kind == "chat" and any(w.strange for w in worlds_of(name))
    }
    assert several == set(UNHEARD)


@pytest.mark.parametrize("source", UNHEARD)
def test_events_that_nobody_has_heard_of_are_signals(built: Built, source: str) -> None:
    con, _ = built
    row = con.execute(
        "select occurrences + test_occurrences, mapped_to from analytics.signals"
        " where platform = ? and kind = 'event' and name = ?",
        [source, UNHEARD[source]],
    ).fetchone()
    assert row == (len(first_world(source)[2]), None)


@pytest.mark.parametrize("source", UNHEARD)
def test_fields_that_nobody_has_heard_of_are_drift(built: Built, source: str) -> None:
    _, reports = built
    world, _, _ = first_world(source)
    assert reports[source].drift == {world.raw: ["+mystery_field"]}
    assert {file.state for file in reports[source].files} == {"loaded"}


def test_tags_and_topics_can_mean_something(built: Built) -> None:
    con, _ = built
    found = con.execute(
        "select platform, event_type, kind, name, goal from marts.fct_conversation_events"
        " where signal_source = 'settings' order by all"
    ).fetchall()
    assert found == [
        ("intercom", "goal_completed", "tag", "refund_done", "returned"),
        ("intercom", "goal_started", "topic", "Returns", "returned"),
        ("intercom", "handoff_requested", "tag", "VIP", None),
        ("zendesk_chat", "goal_completed", "tag", "refund_done", "returned"),
        ("zendesk_chat", "handoff_requested", "tag", "needs_person", None),
    ]
    mapped = con.execute(
        "select platform, kind, name, mapped_to from analytics.signals where kind in ('tag', 'topic')"
        " order by platform, kind, name"
    ).fetchall()
    assert mapped == [
        ("intercom", "tag", "VIP", "signals.handoff"),
        ("intercom", "tag", "refund_done", "goals.returned completed"),
        ("intercom", "topic", "Returns", "goals.returned entered"),
        ("intercom", "topic", "VIP", None),
        ("zendesk_chat", "tag", "VIP", None),
        ("zendesk_chat", "tag", "need", None),
        ("zendesk_chat", "tag", "needs_person", "signals.handoff"),
        ("zendesk_chat", "tag", "refund_done", "goals.returned completed"),
    ]


def test_a_hand_over_told_by_a_tag_is_one_of_its_conversation_alone(built: Built) -> None:
    con, _ = built
    found = con.execute(
        "select platform, count(*) from marts.fct_conversations where handoff_at is not null group by all order by all"
    ).fetchall()
    assert found == [("intercom", 1), ("zendesk_chat", 1)]
