"""What is peculiar to Bot Framework transcripts, as far as it shows in raw."""

from __future__ import annotations

import csv
import json


def activity(number: int | None, text: str = "hi", **more) -> dict:
    own = {} if number is None else {"id": f"a{number}"}
    return {
        **own,
        "type": "message",
        "timestamp": "2026-03-02T09:00:00.000Z",
        "channelId": "webchat",
        "from": {"id": "u1"},
        "conversation": {"id": "c1"},
        "text": text,
        **more,
    }


def test_array_object_and_single_activities_are_read(extract, export):
    found = extract("bot_framework", export("bot_framework"))
    assert found.shapes == {
        "a_first.transcript": "transcript_array",
        "b_second.json": "transcript_object",
        "c_one_activity.json": "activity",
    }
    assert [row[1:] for row in found.set_aside()] == [
        (39, "no JSON object"),
        (40, "no JSON object"),
        (41, "no conversation id"),
        (42, "no readable timestamp"),
        (43, "no field type"),
    ]


def test_an_activity_has_one_key_in_every_file_and_channels_are_kept_apart(extract):
    found = extract(
        "bot_framework",
        {
            "a.transcript": json.dumps([activity(1), activity(1, channelId="sms")]),
            "b.transcript": json.dumps({"transcript": [activity(1, "edited", type="messageUpdate")]}),
        },
    )
    keys = [row[0] for row in found.raw("activities", "_record_key")]
    assert keys == ["webchat|c1|a1", "sms|c1|a1", "webchat|c1|a1"]


def test_activities_without_id_are_counted_within_a_file_and_known_between_files(extract):
    typing = json.dumps([activity(None, type="typing"), activity(None, type="typing")])
    found = extract("bot_framework", {"a.transcript": typing, "b.transcript": typing + "\n"})
    keys = [row[0] for row in found.raw("activities", "_record_key")]
    assert len(set(keys)) == 2
    assert keys[:2] == keys[2:]


def test_times_are_utc_with_any_offset_and_many_decimals(extract):
    times = ["2026-03-02T09:00:00.1234567Z", "2026-03-02T10:00:00+01:00", "2026-03-02T09:00:00"]
    acts = [activity(n, timestamp=time) for n, time in enumerate(times)]
    acts.append(activity(9, timestamp=None, localTimestamp="2026-03-02T04:00:00-05:00"))
    found = extract("bot_framework", {"a.transcript": json.dumps(acts)})
    assert [row[0] for row in found.raw("activities", "cast(occurred_at as varchar)")] == [
        "2026-03-02 09:00:00.123456",
        *["2026-03-02 09:00:00"] * 3,
    ]


def test_a_card_of_300_kb_and_unknown_fields_load(extract):
    card = [{"contentType": "image/png", "contentUrl": "data:image/png;base64," + "A" * 300_000}]
    found = extract(
        "bot_framework", {"a.transcript": json.dumps([activity(1, attachments=card, importance="high")])}
    )
    assert found.raw("activities", "length(attachments) > 300000, _extra") == [
        (True, '{"importance":"high"}')
    ]


def test_a_broken_file_costs_only_itself_and_says_where(extract):
    broken = '[\n{"type": "message"},\n]'
    found = extract("bot_framework", {"a.transcript": json.dumps([activity(1)]), "b.transcript": broken})
    assert len(found.raw("activities", "1")) == 1
    reasons = {file.path: file.reason for file in found.report.files if file.state != "loaded"}
    assert list(reasons) == ["b.transcript"]


def test_shapes_and_rows_of_vendors_files(extract, real_files):
    with (real_files / "expected.csv").open(newline="") as stream:
        expected = [row for row in csv.DictReader(stream) if row["source"] == "bot_framework"]
    found = extract(
        "bot_framework", {row["path"]: real_files / "bot_framework" / row["path"] for row in expected}
    )
    files = {file.path: file for file in found.report.files}
    for row in expected:
        file = files[row["path"]]
        assert (file.state, file.shape) == (row["state"], row["shape"]), row["path"]
        if row["state"] == "loaded":
            assert file.tables["activities"]["loaded"] == int(row["rows"]), row["path"]
        else:
            assert file.reason == row["reason"]
