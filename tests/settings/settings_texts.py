"""A settings file in a test's folder: what it loads as, or what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat_pipeline.settings import Settings, SettingsError, load_settings

SOURCES = ("bot_framework", "chat_table", "ga4", "hubspot", "rasa", "shopify")

FULL = (Path(__file__).parent / "full.toml").read_text(encoding="utf-8")


def load(folder: Path, text: str, sources: tuple[str, ...] = SOURCES) -> Settings:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, sources)


def problems(folder: Path, text: str) -> dict[str, str]:
    with pytest.raises(SettingsError) as raised:
        load(folder, text)
    return {problem.key: f"{problem.wrong}; {problem.remedy}" for problem in raised.value.problems}
