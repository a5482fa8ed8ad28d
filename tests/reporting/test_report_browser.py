"""The report in a real browser (Debian's Chromium): filters, widths, light and dark, keyboard, screen reader, paper."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import SIZES
from playwright.sync_api import Page

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_it_opens_whole_and_quietly_and_can_be_used_by_all(opened, report, size, scheme):
    found = opened(report, size, scheme)
    page = found.page
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.wait_for_timeout(1500)
    assert page.locator("figure svg").count() >= 8
    good_to_look_at(page, size)
    if (size, scheme) in (("desktop", "light"), ("phone", "dark")):
        # With every filter at once, which leaves little to show.
        found.choose(grain="month", platform="rasa", segment="purchase_history.status=repeat")
        found.drawn()
        good_to_look_at(page, size)
    assert found.wrong == []


def good_to_look_at(page: Page, size: str) -> None:
    """Nothing wider than the page, no label cut, and nothing serious that axe finds."""
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    # No label of a chart is cut by its frame.
    cut = page.evaluate("""[...document.querySelectorAll('.chart svg text')].filter((text) => {
        const [own, frame] = [text.getBoundingClientRect(), text.closest('.chart').getBoundingClientRect()];
        return own.width && (own.left < frame.left - 1.5 || own.right > frame.right + 1.5);
    }).map((text) => text.textContent)""")
    assert cut == []
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    serious = [
        (one["id"], one["nodes"][0]["html"][:200])
        for one in results.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_tables_and_pages_are_a_key_away_and_back(opened, report):
    found = opened(report)
    page = found.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus(".tile details summary")
    page.keyboard.press("Enter")
    page.wait_for_selector(".tile.open table")
    assert page.locator(".tile.open .chart svg").count() == 1
    assert "Counts" in page.inner_text(".tile.open .definition")
    link = page.locator("section a[href^='#conversation-']").first
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    link.focus()
    page.keyboard.press("Enter")
    assert page.inner_text("h1:focus").startswith("Conversation ")
    assert page.locator(".talk li").count() > 0
    assert not page.locator("#report").is_visible()
    pages = "JSON.parse(document.getElementById('data').textContent).pages.conversations"
    known_person = f"Object.entries({pages}).find(([, one]) => one.customer_key)[0]"
    page.evaluate(f"location.hash = '#conversation-' + {known_person}")
    page.click("#one a[href^='#customer-']")
    assert page.inner_text("h1:focus").startswith("Customer ")
    assert "Known from" in page.inner_text("#one .facts")
    assert "object" not in page.inner_text("#one .facts")
    page.go_back()
    page.click("text=Back to the report")
    page.wait_for_selector("#report", state="visible")
    keys = page.evaluate(
        "[...new Set([...document.querySelectorAll('a[href^=\"#conversation-\"]')].map((a) => a.hash))]"
    )
    known = page.evaluate(
        "Object.keys(JSON.parse(document.getElementById('data').textContent).pages.conversations)"
    )
    assert {key.removeprefix("#conversation-") for key in keys} <= set(known)
    # Whoever is known stands beside the conversation in each list.
    lists = page.evaluate(
        """() => {
            const { customers, conversations } = JSON.parse(document.getElementById('data').textContent).pages;
            const known = (a) => conversations[a.hash.slice(14)].customer_key in customers;
            return [...document.querySelectorAll('main a[href^="#conversation-"]')].filter(known)
                .map((a) => a.parentElement.querySelectorAll('a[href^="#customer-"]').length);
        }"""
    )
    assert set(lists) == {1}
    assert found.wrong == []


def test_it_can_be_printed(opened, report):
    found = opened(report, scheme="dark")
    page = found.page
    page.emulate_media(media="print")
    assert not page.locator(".nav").is_visible()
    # Paper is white, whatever the screen was.
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("figure svg").first.is_visible()
    assert page.pdf(format="A4").count(b"/Type /Page\n") + page.pdf(format="A4").count(b"/Type /Page ") > 3
