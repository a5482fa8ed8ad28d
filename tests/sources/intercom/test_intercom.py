"""What is peculiar to Intercom's conversations."""

from __future__ import annotations

import json
from typing import Any

import pytest
from deliveries import stage_deliveries

USER = {"type": "user", "id": "u1", "name": "Ann", "email": "ann@example.com"}
KIM = {"type": "admin", "id": "9001", "name": "Kim", "email": "kim@shop.example"}


def part(number: int, at: int, author: dict | None, body: str | None = None, **more: Any) -> dict:
    return {
        "type": "conversation_part",
        "id": str(number),
        "part_type": "comment",
        "created_at": 1772442000 + at,
        "author": author,
        "body": body,
        **more,
    }


def conversation(*parts: dict, **more: Any) -> dict:
    return {
        "type": "conversation",
        "id": "215",
        "created_at": 1772442000,
        "updated_at": 1772443000,
        "source": {"type": "conversation", "id": "1", "body": "<p>Hi</p>", "author": USER},
        "conversation_parts": {"conversation_parts": list(parts), "total_count": len(parts)},
        **more,
    }


def staged(folder, *conversations: dict, toml: str = ""):
    text = "".join(json.dumps(c) + "\n" for c in conversations)
    return stage_deliveries(folder, "intercom", [{"c.jsonl": text}], toml)


def test_every_way_to_hold_a_conversation_gives_the_same_rows(extract_apart):
    one = conversation(part(2, 10, KIM, "<p>Hello</p>"))
    pages = {"type": "conversation.list", "conversations": [one], "pages": {}}
    found = extract_apart(
        "intercom",
        {
            "a.json": json.dumps(one, indent=1),
            "b.jsonl": json.dumps(one) + "\n",
            "c.json": json.dumps([one]),
            "d.json": json.dumps(pages),
        },
    )
    assert found.shapes == {
        "a.json": "conversations",
        "b.jsonl": "conversations",
        "c.json": "conversations",
        "d.json": "conversation_page",
    }
    rows = found.raw("parts", "_source_file, _record_key, created_at, body, author_type")
    by_file = {file: [row[1:] for row in rows if row[0] == file] for file in found.shapes}
    assert by_file["a.json"][0][0] == "215|source"
    assert len({str(rows) for rows in by_file.values()}) == 1


@pytest.mark.parametrize(
    ("content", "shape"),
    [
        ({"type": "conversation.list", "conversations": [{"type": "conversation", "id": "1"}]}, "conversation_list"),
        ([{"type": "conversation", "id": "1", "source": None}], "conversation_list"),
        ([["acme/conversations", {"_meta": {"uuid": "x"}, "id": "1"}]], "connector_landing"),
        ({"type": "conversation.list", "conversations": []}, ""),
    ],
)  # fmt: skip
def test_what_lacks_the_messages_is_refused_by_name(extract, content, shape):
    found = extract("intercom", {"a.json": json.dumps(content)})
    (file,) = found.report.files
    assert (file.state, file.shape) == ("not_of_this_kind", shape)
    assert file.reason


def test_the_report_of_the_screen_is_refused_by_name(extract):
    found = extract("intercom", {"a.csv": "Conversation ID,Started at\n1,2026-03-02\n"})
    assert found.shapes == {"a.csv": "conversation_report"}


def test_rows_that_cannot_be_used_are_set_aside_and_cost_only_themselves(extract):
    lines = [
        json.dumps(conversation(part(2, 10, KIM, "<p>ok</p>"), {**part(3, 11, KIM), "created_at": "soon"})),
        '{"type": "conversation"',
        json.dumps({**conversation(), "id": None, "source": None}),
    ]
    found = extract("intercom", {"a.jsonl": "\n".join(lines)})
    assert found.set_aside() == [
        ("a.jsonl", 2, "broken JSON"),
        ("a.jsonl", 3, "no field id"),
        ("a.jsonl", 3, "no time in seconds"),
    ]
    assert len(found.raw("parts", "1")) == 2


def test_a_later_delivery_brings_parts_and_takes_none_away(tmp_path):
    first = conversation(part(2, 10, KIM, "<p>one</p>"), part(3, 20, USER, "<p>two</p>"))
    later = conversation(
        part(3, 20, USER, "", redacted=True), part(4, 30, KIM, "<p>three</p>"), updated_at=1772444000
    )
    ask = stage_deliveries(
        tmp_path, "intercom", [{"a.json": json.dumps(first)}, {"b.json": json.dumps(later)}]
    )
    rows = ask("select message_id, text from staging.stg_intercom__messages order by sequence")
    assert [(row["message_id"], row["text"]) for row in rows] == [
        ("source", "Hi"),
        ("2", "one"),
        ("3", None),
        ("4", "three"),
    ]


def test_html_becomes_text_and_notes_stay_inside(tmp_path):
    ask = staged(
        tmp_path,
        conversation(
            part(2, 10, KIM, "<p>Tom &amp; Jerry<br>&amp;lt;b&gt; 3 < 4</p>\n<ul><li>a</li><li>b</li></ul>"),
            part(3, 11, KIM, "<p>he is lying</p>", part_type="note"),
            part(4, 12, KIM, '<p><img src="https://x.example/a.png"></p>'),
            part(5, 13, KIM, "<p>Bye</p>", part_type="close"),
        ),
    )
    rows = ask("select text, content_type from staging.stg_intercom__messages order by sequence")
    assert [(row["text"], row["content_type"]) for row in rows[1:]] == [
        ("Tom & Jerry &lt;b> 3 < 4 a b", "text"),
        (None, "image"),
        ("Bye", "text"),
    ]
    assert ask("select 1 from staging.stg_intercom__events where value like '%lying%'") == []


def test_bots_hide_behind_teammates(tmp_path):
    ask = staged(
        tmp_path,
        conversation(
            part(2, 10, {**KIM, "from_ai_agent": True}, "<p>answer</p>"),
            part(3, 20, {**KIM, "id": "5"}, "<p>by a script</p>"),
            part(4, 30, {**KIM, "name": "Robo"}, "<p>by another</p>"),
            part(5, 40, KIM, "<p>me</p>"),
            part(6, 50, {"type": "team", "id": "7"}, "<p>away</p>"),
            source={
                "type": "conversation",
                "id": "1",
                "delivered_as": "automated",
                "body": "<p>Hi</p>",
                "author": KIM,
            },
        ),
        toml='[sources.intercom.options]\nbot_agents = ["5", "Robo"]\n',
    )
    rows = ask("select author from staging.stg_intercom__messages order by sequence")
    assert [row["author"] for row in rows] == ["bot", "bot", "bot", "bot", "human_agent", "bot"]


@pytest.mark.slow
def test_only_an_assignment_after_a_bot_asks_for_a_person(tmp_path):
    bot = {"type": "bot", "id": "b"}
    to_team = {"part_type": "assignment", "assigned_to": {"type": "team", "id": "7"}}
    to_nobody = {"part_type": "assignment", "assigned_to": {"type": "nobody_admin", "id": None}}
    ask = staged(
        tmp_path,
        conversation(
            part(2, 10, bot, **to_team),
            part(3, 20, bot, "<p>?</p>"),
            part(4, 30, bot, **to_nobody),
            part(5, 40, bot, **to_team),
            part(6, 50, KIM, "<p>!</p>"),
            part(7, 60, KIM, **to_team),
        ),
    )
    rows = ask("select event_id from staging.stg_intercom__events where event_type = 'handoff_requested'")
    assert [row["event_id"] for row in rows] == ["5"]


@pytest.mark.slow
def test_a_rating_is_known_from_when_it_was_given(tmp_path):
    rating = {"rating": 2, "remark": "slow", "created_at": 1772442100}
    ask = staged(
        tmp_path,
        conversation(part(2, 400, USER, part_type="conversation_rating_changed"), conversation_rating=rating),
        conversation(id="216", conversation_rating={"rating": None, "remark": None, "created_at": None}),
    )
    rows = ask(
        "select thread_id, event_type, cast(occurred_at as varchar) as at, value from staging.stg_intercom__events "
        "where event_type like 'feedback%' order by all"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("215", "feedback", "2026-03-02 09:06:40", "2"),
        ("215", "feedback_requested", "2026-03-02 09:01:40", None),
    ]
