"""The rows that the published checks leave for docs/validation.md."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from results import VARIABLE, check, record


def test_rows_go_to_the_file_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.jsonl"
    monkeypatch.setenv(VARIABLE, str(path))
    record("a", "rows", 3, 3, "equal")
    check("a", "share", 0.25, 0.2500000001)
    with pytest.raises(AssertionError, match="published 2, ours 3"):
        check("a", "count", 2, 3)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["verdict"] for row in rows] == ["equal", "within 1e-6", "differs"]
    assert rows[0] == {"dataset": "a", "figure": "rows", "published": "3", "ours": "3", "verdict": "equal"}


def test_without_the_variable_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    record("a", "rows", 3, 3, "equal")
    assert not list(tmp_path.iterdir())


def test_digits_are_of_the_rounded_values(monkeypatch: pytest.MonkeyPatch) -> None:
    # Made up: no row of the page.
    monkeypatch.delenv(VARIABLE, raising=False)
    check("a", "share", 12.6, 12.6004, digits=1)
    with pytest.raises(AssertionError):
        check("a", "share", 12.6, 12.66, digits=1)
