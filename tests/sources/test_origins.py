"""Where each source's made-up exports come from: every shape has a vendor's file or names a page, here and in the docs."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from chat_pipeline.source import Source
from chat_pipeline.sources import discover

FOLDER = Path(__file__).parent
DOCS = FOLDER.parents[1] / "docs" / "sources"
# No vendor's: headers are ours, or named by the settings.
OF_NO_VENDOR = ("chat_table", "dashboards")
ALONE = "No file of a real account was at hand for "
each_source = pytest.mark.parametrize("source", discover().values(), ids=lambda source: source.name)


def origins(source: Source) -> dict[str, str]:
    """Shape -> what the README beside its fixtures says of its origin."""
    found: dict[str, str] = {}
    for line in (FOLDER / source.name / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            for shape in re.findall("`([a-z0-9_]+)`", cells[0]):
                found[shape] = f"{found.get(shape, '')} {cells[2]}".strip()
    return found


@each_source
def test_every_shape_has_an_origin_and_every_fixture_named_is_there(source: Source) -> None:
    told = origins(source)
    assert set(told) == {shape.name for shape in source.shapes}
    text = (FOLDER / source.name / "README.md").read_text(encoding="utf-8")
    named = {name for line in text.splitlines() if line.startswith("|") for name in re.findall(r"`((?:export/)?[\w./-]+\.\w+|export/\w+/)`", line)}  # fmt: skip
    assert named
    assert [name for name in named if not (FOLDER / source.name / name).exists()] == []
    pages = ("https://", "the same", "vendor's files", "no page", "no vendor")
    assert {shape for shape, origin in told.items() if not any(page in origin for page in pages)} == set()


@each_source
def test_what_rests_on_documentation_alone_is_what_no_vendors_file_shows(
    source: Source, real_files: Path
) -> None:
    with (real_files / "expected.csv").open(newline="") as stream:
        shown = {
            row["shape"]
            for row in csv.DictReader(stream)
            if row["source"] == source.name and row["state"] in ("loaded", "test_cases")
        }
    seen = {shape for shape, origin in origins(source).items() if "vendor's files" in origin}
    assert seen == shown
    if source.name in OF_NO_VENDOR:
        return
    text = " ".join((DOCS / f"{source.name}.md").read_text(encoding="utf-8").split())
    (told,) = re.findall(re.escape(ALONE) + "(.*?): ", text)
    assert set(re.findall("`([a-z0-9_]+)`", told)) == {shape.name for shape in source.shapes} - shown
