"""What is peculiar to Zendesk Chat."""

from __future__ import annotations

import json
from typing import Any

import pytest
from deliveries import stage_deliveries


def said(second: int, nick: str, msg: str, number: int, **more: Any) -> dict:
    return {
        "type": "chat.msg",
        "timestamp": f"2026-03-02T09:00:{second:02d}Z",
        "nick": nick,
        "name": nick,
        "msg": msg,
        "msg_id": f"m{number}",
        **more,
    }


def chat(*history: dict, **more: Any) -> dict:
    return {
        "id": "c1",
        "type": "chat",
        "timestamp": "2026-03-02T09:00:00Z",
        "update_timestamp": "2026-03-02T10:00:00Z",
        "visitor": {"id": "v1", "email": "", "phone": ""},
        "history": list(history),
        **more,
    }


def staged(folder, *chats: dict, toml: str = ""):
    return stage_deliveries(folder, "zendesk_chat", [{"c.json": json.dumps({"chats": list(chats)})}], toml)


def test_pages_lines_arrays_and_single_chats_give_the_same_rows(extract_apart):
    one = chat(said(1, "visitor:1", "Hi", 1))
    found = extract_apart(
        "zendesk_chat",
        {
            "a.json": json.dumps({"chats": [one], "count": 1, "next_page": "x"}),
            "b.jsonl": json.dumps(one) + "\n",
            "c.json": json.dumps([one]),
            "d.json": json.dumps(one, indent=1),
        },
    )
    assert set(found.shapes.values()) == {"chat_page", "chats"}
    rows = found.raw("chats", "_record_key, started_at, visitor_id, history")
    assert len(rows) == 4
    assert len(set(rows)) == 1


@pytest.mark.parametrize(
    ("content", "shape"),
    [
        ({"chats": [{"id": "c1"}, {"id": "c2"}], "count": 2}, "chat_ids"),
        ({"results": [{"id": "c1", "type": "chat", "preview": "Hi"}], "count": 1}, "chat_search"),
    ],
)
def test_what_lacks_the_messages_is_refused_by_name(extract, content, shape):
    found = extract("zendesk_chat", {"a.json": json.dumps(content)})
    (file,) = found.report.files
    assert (file.state, file.shape) == ("not_of_this_kind", shape)
    assert "fields=chats(*)" in file.reason


def test_a_connectors_event_table_is_refused_by_name_under_any_company(extract):
    header = "chat_id,created_at,_Company_synced,actor_id,chat_index,message,original_message,type\n"
    found = extract(
        "zendesk_chat", {"a.csv": header + "c1,2023-12-12 11:20:28,x,agent:1,3,Hi,{},ChatMessage\n"}
    )
    assert found.shapes == {"a.csv": "connector_landing"}


def test_a_chat_without_time_is_set_aside_unless_it_was_deleted(extract):
    gone = {"id": "c3", "type": "chat", "deleted": True, "visitor": {"id": "v"}}
    found = extract("zendesk_chat", {"a.json": json.dumps([chat(), chat(id="c2", timestamp="soon"), gone])})
    assert found.set_aside() == [("a.json", 2, "no readable timestamp")]
    assert [row[0] for row in found.raw("chats", "_record_key")] == ["c1", "c3"]


def test_the_newest_version_of_a_chat_stands_and_a_deleted_one_goes(tmp_path):
    old = [chat(said(1, "visitor:1", "old", 1)), chat(said(1, "visitor:1", "mine", 1), id="c2")]
    new = [
        chat(said(1, "visitor:1", "new", 1), update_timestamp="2026-03-02T11:00:00Z"),
        {
            "id": "c2",
            "type": "chat",
            "deleted": True,
            "update_timestamp": "2026-03-03T00:00:00Z",
            "visitor": {"id": "v"},
        },
    ]
    deliveries = [{"a.json": json.dumps(new)}, {"b.json": json.dumps(old)}]
    ask = stage_deliveries(tmp_path, "zendesk_chat", deliveries)
    rows = ask("select thread_id, text from staging.stg_zendesk_chat__messages")
    assert [(row["thread_id"], row["text"]) for row in rows] == [("c1", "new")]
    assert ask("select 1 from staging.stg_zendesk_chat__identifiers where thread_id = 'c2'") == []


@pytest.mark.slow
def test_triggers_and_bots_speak_under_agents_names(tmp_path):
    ask = staged(
        tmp_path,
        chat(
            said(1, "agent:11", "a trigger", 1, sender_type="Trigger"),
            said(2, "agent:trigger", "another", 2),
            said(3, "agent:12", "our bot", 3),
            said(4, "agent:13", "a person", 4),
            said(5, "visitor:9", "me", 5),
            said(6, "agent:14", "me under another name", 6, sender_type="Visitor"),
        ),
        toml='[sources.zendesk_chat.options]\nbot_agents = ["12"]\n',
    )
    rows = ask("select author from staging.stg_zendesk_chat__messages order by sequence")
    assert [row["author"] for row in rows] == ["bot", "bot", "bot", "human_agent", "user", "user"]


@pytest.mark.slow
def test_unsorted_history_is_ordered_and_doubled_messages_are_one(tmp_path):
    ask = staged(
        tmp_path,
        chat(
            said(9, "visitor", "b", 2),
            said(1, "visitor", "a", 1),
            said(9, "visitor", "b", 2),
            said(9, "visitor", "c", 3),
        ),
    )
    rows = ask("select text from staging.stg_zendesk_chat__messages order by sequence")
    assert [row["text"] for row in rows] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("history", "rating", "expected"),
    [
        pytest.param([("", "good")], "good", ["up"], marks=pytest.mark.slow),
        ([("", "bad"), ("bad", "good")], "good", ["down", "up"]),
        # Changed after the chat: the history does not know it.
        ([("", "good")], "bad", ["up", "down"]),
        pytest.param([], "good", ["up"], marks=pytest.mark.slow),
        pytest.param([("good", "")], None, [], marks=pytest.mark.slow),
    ],
)
def test_a_rating_counts_once_and_may_change(tmp_path, history, rating, expected):
    entries = [
        {
            "type": "chat.rating",
            "timestamp": f"2026-03-02T09:01:0{n}Z",
            "nick": "visitor",
            "rating": old,
            "new_rating": new,
        }
        for n, (old, new) in enumerate(history)
    ]
    ask = staged(tmp_path, chat(*entries, rating=rating, comment="so so"))
    rows = ask(
        "select value from staging.stg_zendesk_chat__events where event_type = 'feedback' order by occurred_at, sequence"
    )
    assert [row["value"] for row in rows] == expected
    assert ask("select 1 from staging.stg_zendesk_chat__events where value = 'so so' or name = 'so so'") == []


def test_an_offline_message_is_a_form_that_still_says_who_wrote(tmp_path):
    form = {
        "id": "o1",
        "type": "offline_msg",
        "timestamp": "2026-03-02T09:00:00Z",
        "message": "call me",
        "visitor": {"id": "v", "email": "a@example.com", "phone": ""},
    }
    ask = staged(tmp_path, form)
    assert ask("select 1 from staging.stg_zendesk_chat__messages") == []
    (event,) = ask("select name, value from staging.stg_zendesk_chat__events")
    assert event == {"name": "offline_msg", "value": None}
    kinds = ask("select identifier_type from staging.stg_zendesk_chat__identifiers order by all")
    assert [row["identifier_type"] for row in kinds] == ["email", "platform_user_id", "thread_id"]
