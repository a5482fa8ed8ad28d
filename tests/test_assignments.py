"""Files that put persons into arms: what is read, and what each broken row or file comes to."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from chat_pipeline.assignments import read_assignments
from chat_pipeline.settings import Settings, load_settings

SETTINGS = """
[shop]
time_zone = "Europe/Berlin"
[experiments.tone]
hypothesis = "Warmth sells"
primary = "csat"
arms = { plain = 0.5, warm = 0.5 }
assignment = { file = "experiments/tone.csv" }
from = 2026-09-01
to = 2026-09-30
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "chat_pipeline.toml"
    path.write_text(SETTINGS)
    (tmp_path / "experiments").mkdir()
    return load_settings(path)


def test_rows_are_read_with_the_shops_time(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "experiments/tone.csv").write_text(
        "\ufeffperson,arm,time,note\n"
        " ana@shop.example ,warm,2026-09-01 10:00,x\n"
        "u-7,plain,2026-09-01T10:00:00Z,\n"
        "u-8,lukewarm,2026-09-01,\n"
        "u-9,warm,yesterday,\n"
        ",warm,2026-09-01,\n"
        "u-10\n"
    )
    assert list(read_assignments(settings, tmp_path)) == [
        ("tone", 1, "ana@shop.example", "warm", datetime(2026, 9, 1, 8), None),
        ("tone", 2, "u-7", "plain", datetime(2026, 9, 1, 10), None),
        ("tone", 3, "u-8", None, None, "no_arm"),
        ("tone", 4, "u-9", "warm", None, "no_time"),
        ("tone", 5, None, None, None, "no_person"),
        ("tone", 6, "u-10", None, None, "no_arm"),
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "no_file"),
        (b"who,arm,time\na,warm,2026-09-01\n", "no_columns"),
        (b"", "no_columns"),
        (b"person,arm,time\n\xff\xfe,warm,2026-09-01\n", "unreadable"),
    ],
)
def test_a_file_that_can_not_be_read_is_one_row(
    tmp_path: Path, settings: Settings, content: bytes | None, problem: str
) -> None:
    if content is not None:
        (tmp_path / "experiments/tone.csv").write_bytes(content)
    assert list(read_assignments(settings, tmp_path)) == [("tone", 1, None, None, None, problem)]


def test_other_assignments_need_no_file(tmp_path: Path) -> None:
    path = tmp_path / "chat_pipeline.toml"
    path.write_text(SETTINGS.replace('{ file = "experiments/tone.csv" }', '{ slot = "tone" }'))
    assert list(read_assignments(load_settings(path), tmp_path)) == []
