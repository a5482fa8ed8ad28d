"""Reading a settings file, and the commented one to begin with."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from chat_pipeline.settings.models import Settings
from chat_pipeline.settings.problems import Problem, SettingsError, problems_of
from chat_pipeline.settings.shipped import SHIPPED

TEMPLATE = Path(__file__).parent.parent / "settings_template.toml"


def load_settings(path: Path | None, sources: Collection[str] | None = None) -> Settings:
    """The settings of the file, or the defaults for None.

    `sources` are the names that [sources] may have, by default those found in `chat_pipeline/sources/`
    (none found: not checked). Raises `SettingsError` with everything that is wrong.
    """
    table = _read(path) if path else {}
    found = _found_sources() if sources is None else sources
    context = {
        "sources": frozenset(found) | SHIPPED["sources"].keys() if found else None,
        "goals": _names(table, "goals"),
        "groups": _names(table, "intent_groups"),
    }
    try:
        return Settings.model_validate(table, context=context)
    except ValidationError as error:
        # Without its cause: that one says the same in words for programmers.
        raise SettingsError(path, problems_of(error, Settings)) from None


def write_template(path: Path) -> None:
    """A settings file with every key, its default and what it does. Raises FileExistsError."""
    with path.open("x", encoding="utf-8") as file:
        file.write(TEMPLATE.read_text(encoding="utf-8"))


def _read(path: Path) -> dict[str, Any]:
    try:
        # Windows editors put a byte order mark in front.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        problem = Problem(
            "", f"can't be read: {error.strerror}", "check the path, or write one with `chat-pipeline init`"
        )
        raise SettingsError(path, [problem]) from error
    except UnicodeDecodeError as error:
        problem = Problem("", f"is not UTF-8 (byte {error.start + 1})", "save it as UTF-8")
        raise SettingsError(path, [problem]) from error
    except tomllib.TOMLDecodeError as error:
        problem = Problem("", f"is no valid TOML: {error}", "correct that line; nothing else was checked")
        raise SettingsError(path, [problem]) from error


def _found_sources() -> Collection[str]:
    # Imported here: source modules may read settings themselves.
    from chat_pipeline.sources import discover

    return discover().keys()


def _names(table: dict[str, Any], key: str) -> frozenset[str]:
    names = table.get(key)
    return frozenset(names) if isinstance(names, dict) else frozenset()
