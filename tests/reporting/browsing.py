"""A real browser (Debian's Chromium) for the tests: pages opened without a network, and what they should not have done."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from chat_pipeline.home import Home
from chat_pipeline.reporting.head import Stand
from chat_pipeline.reporting.render import render
from chat_pipeline.reporting.whole import whole_report
from chat_pipeline.settings import load_settings

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
STAND = Stand(1, "2026-11-22T04:00:00+00:00", None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))),
        None,
    )
    if found is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        # Without Chromium's own sandbox, which root in a container may not have; what is opened is ours.
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@dataclass
class Opened:
    """A page, and whatever it should not have done."""

    page: Page
    wrong: list[str] = field(default_factory=list)

    def drawn(self) -> None:
        """Waits until every chart is drawn for what is chosen now."""
        self.page.wait_for_selector("html[data-drawn]", timeout=90_000)

    def choose(self, **filters: str) -> None:
        for name, value in filters.items():
            self.page.select_option(f"#f-{name}", value)


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """Opens a file at a width and in a scheme, without any network."""
    contexts = []

    def at(path: Path, size: str = "desktop", scheme: Any = "light", is_report: bool = True) -> Opened:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        context.set_offline(True)
        found = Opened(context.new_page())
        found.page.on(
            "console", lambda message: found.wrong.append(message.text) if message.type == "error" else None
        )
        found.page.on("pageerror", lambda error: found.wrong.append(str(error)))
        found.page.on("dialog", lambda dialog: (found.wrong.append("dialog"), dialog.dismiss()))
        found.page.on(
            "request",
            lambda request: (
                None if request.url.startswith(("file:", "data:")) else found.wrong.append(request.url)
            ),
        )
        found.page.goto(path.as_uri())
        if is_report:
            found.drawn()
        return found

    yield at
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def report(demo_home_once: Home, kept: Path) -> Path:
    """The demo shop's report."""
    settings = load_settings(demo_home_once.settings_file)
    path = kept / "report.html"
    path.write_text(render(whole_report(demo_home_once.published, settings, STAND), kept), encoding="utf-8")
    return path


def tile(page: Page, metric: str) -> str:
    return page.locator(f'.tile[data-metric="{metric}"] .told').inner_text().replace("\u00a0", " ")


def published_rows(home: Home, sql: str, *parameters: Any) -> list[tuple]:
    with duckdb.connect(str(home.published), read_only=True) as con:
        return con.execute(sql, list(parameters)).fetchall()


def plain_percent(share: float) -> str:
    return f"{100 * share:.1f} %" if 0 < share < 0.1 else f"{100 * share:.0f} %"
