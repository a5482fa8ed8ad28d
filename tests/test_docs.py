"""The documents name only what is there: commands, options, files, tables, shapes, settings."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path

import pytest
import typer

from chat_pipeline import analytics
from chat_pipeline.cli import app
from chat_pipeline.home import project_folder
from chat_pipeline.settings import load_settings
from chat_pipeline.sources import discover

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
# Calls in blocks and between single backticks, up to where the shell goes on.
CALL = re.compile(r"(?:^|[\s`/(\"])chat-pipeline\b([^\n`|;#>)]*)")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def blocks(page: Path, language: str) -> list[str]:
    return [text for found, text in BLOCK.findall(page.read_text(encoding="utf-8")) if found == language]


def calls(page: Path) -> list[list[str]]:
    """The words behind `chat-pipeline` wherever the page calls it."""
    text = page.read_text(encoding="utf-8")
    inline = re.findall(r"`(chat-pipeline[^`]*)`", BLOCK.sub("", text))
    shell = [
        line
        for language in ("console", "cron")
        for block in blocks(page, language)
        for line in block.splitlines()
    ]
    found = [match for line in (*inline, *shell) for match in CALL.findall(line)]
    return [shlex.split(words.replace('"', "")) for words in found if words.strip()]


def options(command: object) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts}


@each_page
def test_commands_and_their_options_exist(page: Path):
    whole = typer.main.get_command(app)
    commands = whole.commands
    for words in calls(page):
        while words and words[0].startswith("--"):
            assert words[0] in options(whole), f"chat-pipeline {words[0]}"
            words = words[2:]
        if not words:
            continue
        name, *rest = words
        assert name in commands, f"chat-pipeline {name}"
        unknown = {word for word in rest if word.startswith("--")} - options(commands[name])
        assert not unknown, f"chat-pipeline {name} {unknown}"


@each_page
def test_links_lead_somewhere(page: Path):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@each_page
def test_targets_of_make_exist(page: Path):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shell = "\n".join(blocks(page, "console"))
    named = set(re.findall(r"`make ([a-z-]+)`", page.read_text(encoding="utf-8")))
    assert named | set(re.findall(r"^make ([a-z-]+)$", shell, re.MULTILINE)) <= targets


# Those of settings.md build on each other: tests/settings/test_settings.py reads them together.
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name != "settings.md"],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_examples_of_settings_are_valid(page: Path, tmp_path: Path):
    for number, text in enumerate(blocks(page, "toml")):
        file = tmp_path / f"{number}.toml"
        file.write_text(text, encoding="utf-8")
        load_settings(file)


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "sources").glob("*.md")), ids=lambda page: page.stem)
def test_the_page_of_a_source_names_its_shapes(page):
    source = discover()[page.stem]
    text = page.read_text(encoding="utf-8")
    assert [shape.name for shape in source.shapes if f"`{shape.name}`" not in text] == []
    assert f"docs/sources/{page.name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_parts_that_follow_from_the_code_are_up_to_date():
    make = runpy.run_path(str(ROOT / "docs" / "make.py"))
    stale = []
    for (page, name), text in make["parts"]().items():
        kept = (ROOT / "docs" / page).read_text(encoding="utf-8")
        if make["with_part"](kept, name, text) != kept:
            stale.append(f"docs/{page}: {name}")
    assert not stale, "run `make docs`"


def test_the_tables_for_bi_are_those_that_are_published():
    marts = {f"marts.{path.stem}" for path in (project_folder() / "models" / "marts").glob("*.sql")}
    published = marts | {f"analytics.{name}" for name in analytics.discover()}
    text = (ROOT / "docs" / "bi.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `((?:marts|analytics)\.\w+)` \|", text, re.MULTILINE)) == published


def test_pictures_are_small_enough_for_a_page():
    for picture in (ROOT / "docs" / "pictures").glob("*.png"):
        assert picture.stat().st_size < 300 * 1024, picture.name
