"""The report: one self-contained page made from the published file, for people who would rather look than read.

`sections/` read aggregates and say what is to be seen, `charts.py` how it is drawn, `render.py` makes the
page of it, `files.py` puts it into `reports/`. No number is computed here that is not in the published file.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat_pipeline.home import Home
    from chat_pipeline.settings import Settings


# What is kept of it among the standing results.
PART = "report"


@dataclass(frozen=True)
class WrittenReport:
    """What was written. `pages`: of conversations and customers in it."""

    path: Path
    version: int
    size: int
    seconds: float
    pages: int


class NothingPublished(Exception):
    """There are no published marts to report on."""


def write_report(home: Home, settings: Settings) -> WrittenReport:
    """Makes `reports/latest.html` and its dated copy from what is published, and keeps what was written
    among the standing results. The caller holds the lock."""
    from chat_pipeline.publish import current_publication
    from chat_pipeline.reporting.files import put
    from chat_pipeline.reporting.head import Stand
    from chat_pipeline.reporting.render import render
    from chat_pipeline.reporting.settings_change import changed_settings
    from chat_pipeline.reporting.whole import whole_report
    from chat_pipeline.standing import keep

    begun = time.perf_counter()
    publication = current_publication(home)
    if publication is None:
        raise NothingPublished("nothing is published yet: run `chat-pipeline sync`")
    changes = changed_settings(home, settings, publication.version)
    stand = Stand(publication.version, publication.published_at, changes)
    report = whole_report(home.published, settings, stand)
    html = render(report, home.state)
    path = put(home, html, publication.published_at, settings.report.keep)
    seconds = round(time.perf_counter() - begun, 3)
    written = WrittenReport(path, publication.version, path.stat().st_size, seconds, report.pages)
    keep(home, PART, {**asdict(written), "path": str(path), "problem": ""})
    return written
