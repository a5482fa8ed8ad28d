"""Remakes the pictures of the README and of docs/tour.md from a demo shop: `make pictures`. Needs Chromium (or Chrome).

One export is added to the demo's whose confidences are percentages, so that there is a held file to see.
"""

from __future__ import annotations

import html
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
BROKEN = HERE.parents[1] / "tests" / "sources" / "rasa" / "broken" / "events" / "percent.jsonl"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Root, as in a container, may not have the sandbox; what is shown is our own.
SANDBOX = ["--no-sandbox"] if os.getuid() == 0 else []
WIDTH = 1400
PHONE = {"width": 390, "height": 844}
# Sections of the report, each shown from its heading on.
SECTIONS = ("numbers", "insights", "volume", "outcomes", "understanding", "funnels", "retention", "sentiment")
NEEDS_A_LOOK = 3
FAILED = "confidences_are_shares"
# The terminal shows this much of what `sync` prints: the first metrics, and all that follows them.
FROM, AGAIN_FROM = "metrics over all days", "rows set aside"
METRIC_LINES = 20
LINE_HEIGHT = 24
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 24px 32px; background: #11151c; color: #d7dce4 }}
pre {{ margin: 0; font: 18px/{line}px "DejaVu Sans Mono", Menlo, monospace }}
b {{ color: #8fd18b; font-weight: normal }} i {{ color: #7b8494; font-style: normal }}
</style><pre><b>$ chat-pipeline --home data/demo sync</b>
<i>...</i>
{text}</pre>"""


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        # The name that a reader's own home will have.
        home = Path(scratch) / "data" / "demo"
        printed = synced_home(home)
        report(home / "reports" / "latest.html")
        terminal(Path(scratch), printed.replace(str(home), "data/demo"))
        with served(home) as url:
            screenshot(f"{url}/asset-groups", HERE / "assets.png", 800)
            screenshot(f"{url}/assets/rasa/events?view=checks&checkDetail={FAILED}", HERE / "held.png", 640)
            screenshot(f"{url}/runs/{run_id(home)}", HERE / "run.png", 900)


def command(home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "chat_pipeline.cli", "--home", str(home), *arguments]


def synced_home(home: Path) -> str:
    """A demo shop with one file to hold, synced; what `sync` printed."""
    subprocess.run(command(home, "demo"), check=True, stdout=subprocess.DEVNULL)
    # Without the mark it is a home like any other: it may hold a file that the demo did not write.
    (home / "demo.json").unlink()
    shutil.copy(BROKEN, home / "exports" / "rasa" / "broker" / "percentages.jsonl")
    done = subprocess.run(command(home, "sync"), check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode != NEEDS_A_LOOK:
        raise SystemExit(f"sync ended with {done.returncode}, not {NEEDS_A_LOOK}")
    return done.stdout


def terminal(scratch: Path, printed: str) -> None:
    metrics = printed[printed.index(FROM) : printed.index(AGAIN_FROM)].splitlines()[:METRIC_LINES]
    text = "\n".join([*metrics, " ...", "", printed[printed.index(AGAIN_FROM) :].rstrip()])
    page = scratch / "terminal.html"
    page.write_text(PAGE.format(text=html.escape(text), line=LINE_HEIGHT), encoding="utf-8")
    screenshot(page.as_uri(), HERE / "terminal.png", 48 + LINE_HEIGHT * (text.count("\n") + 3))


def report(page: Path) -> None:
    """The report's sections, and how it begins on a phone in the dark."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser(), args=SANDBOX)
        desk = chromium.new_page(viewport={"width": WIDTH, "height": 960}, reduced_motion="reduce")
        desk.goto(page.as_uri())
        desk.wait_for_selector("html[data-drawn]")
        for section in SECTIONS:
            desk.evaluate(f"document.getElementById('{section}').scrollIntoView()")
            desk.wait_for_timeout(500)  # charts are drawn when they come into view
            desk.screenshot(path=HERE / f"report_{section}.png")
        phone = chromium.new_page(viewport=PHONE, color_scheme="dark", reduced_motion="reduce")
        phone.goto(page.as_uri())
        phone.wait_for_selector("html[data-drawn]")
        phone.screenshot(path=HERE / "report_phone.png")
        chromium.close()


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Dagster's web interface on the home; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        command(home, "ui", "--port", str(port)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        answer(f"{url}/server_info")
        time.sleep(15)  # until the code location is loaded
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def answer(url: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except OSError:
            time.sleep(1)
    raise SystemExit(f"{url} does not answer")


def run_id(home: Path) -> str:
    return json.loads((home / "marts" / "current" / "publication.json").read_text(encoding="utf-8"))["run_id"]


def browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise SystemExit(f"needs one of {', '.join(BROWSERS)}")
    return found


def screenshot(url: str, target: Path, height: int) -> None:
    with tempfile.TemporaryDirectory() as profile:
        options = [
            *("--headless", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=30000"),
            *(f"--window-size={WIDTH},{height}", f"--user-data-dir={profile}", f"--screenshot={target}"),
            *SANDBOX,
        ]
        subprocess.run([browser(), *options, url], check=True, capture_output=True, timeout=300)
    print(f"{target.relative_to(HERE.parents[1])}: {target.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
