"""`reports/`: the latest report under one name, the dated ones beside it, the oldest taken away."""

from __future__ import annotations

import os
from pathlib import Path

from chat_pipeline.disk import flush
from chat_pipeline.home import Home

LATEST = "latest.html"
# Customers' words, masked, are in it: for whom the home belongs to alone, until that one hands it on.
OWNER_ALONE = 0o600
FOLDER_OWNER_ALONE = 0o700


def put(home: Home, html: str, published_at: str, keep: int) -> Path:
    """Writes `<date>.html` and `latest.html`, each at once or not at all; the path of the latter. The date is
    that of the publication (UTC): a report made again of the same day takes its place."""
    put_file(home, f"{published_at[:10]}.html", html.encode())
    latest = put_file(home, LATEST, html.encode())
    for old in dated(home)[keep:]:
        old.unlink()
    return latest


def put_file(home: Home, name: str, content: bytes) -> Path:
    """Writes a file of `reports/` at once or not at all; its path."""
    home.reports.mkdir(mode=FOLDER_OWNER_ALONE, parents=True, exist_ok=True)
    path = _write(home.reports / name, content)
    flush(home.reports)
    return path


def dated(home: Home) -> list[Path]:
    """The dated reports, newest first."""
    return sorted(home.reports.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].html"), reverse=True)


def _write(path: Path, content: bytes) -> Path:
    aside = path.with_name(f".{path.name}.new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE), "wb") as file:
        file.write(content)
    flush(aside)
    aside.replace(path)
    return path
