"""A home of the made-up vendor for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from retold import SOURCE, Raw

from chat_pipeline.settings import Settings


@pytest.fixture(autouse=True)
def no_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat_pipeline.extract.audit.audit", lambda *given: None)
    monkeypatch.setattr("chat_pipeline.decisions.discover", lambda: {"rasa": SOURCE})


@pytest.fixture
def raw(tmp_path: Path, settings: Settings) -> Raw:
    return Raw(tmp_path / "home", settings)
