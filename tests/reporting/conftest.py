"""Published files by hand, and pages of them. What a page says needs no Vega: making it takes seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from browsing import browser as browser
from browsing import kept as kept
from browsing import opened as opened
from browsing import report as report
from handmade_published import Published

from chat_pipeline.reporting import script
from chat_pipeline.reporting.render import render
from chat_pipeline.reporting.whole import Report


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return Published(tmp_path)


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Report], str]:
    """The page of a report, as text."""
    monkeypatch.setattr(script, "_bundled", lambda: "window.vegaEmbed = null;")
    return lambda report: render(report, tmp_path / "kept")
