"""The first look into a JSON object that is larger than what is looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chat_pipeline.sniff.json_head import object_head

ROWS = [{"id": i, "text": "a ], b"} for i in range(50)]


def _head(tmp_path: Path, value: Any, length: int = 200) -> Any:
    path = tmp_path / "large.json"
    text = json.dumps(value)
    path.write_text(text, encoding="utf-8")
    return object_head(path, text[:length], 3)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"done": True, "rows": ROWS}, {"done": True, "rows": ROWS[:3]}),
        ({"rows": ROWS, "next": {"of": [1]}, "n": 2}, {"rows": ROWS[:3], "next": {"of": [1]}, "n": 2}),
        ({"rows": ROWS, "note": '], "n": 1'}, {"rows": ROWS[:3], "note": '], "n": 1'}),
        ({"result": {"rows": ROWS}}, {"result": {"rows": ROWS[:3]}}),
    ],
)
def test_the_first_long_list_is_cut_and_what_follows_is_kept(tmp_path, value, found):
    assert _head(tmp_path, value) == found


@pytest.mark.parametrize(
    "value",
    [
        {"rows": ROWS, "text": "x" * 5000},  # what follows is longer than the end that is read
        {"result": {"rows": ROWS, "done": True}, "n": 1},  # the list lies deeper than its followers
        {"rows": [{"text": "x" * 500}]},  # an element is longer than the head
        {"few": [1, 2], "text": "x" * 500},
    ],
)
def test_what_only_the_whole_file_tells_is_not_guessed(tmp_path, value):
    assert _head(tmp_path, value) is None
