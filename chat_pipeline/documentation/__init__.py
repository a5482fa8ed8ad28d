"""`reports/docs/`: what is expected of the exports and how the marts are made, as pages to read.

Made by command, not by the nightly run: it costs seconds of processor time and changes with the
project rather than with the data. No values of data are in it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from chat_pipeline.documentation.checks import INDEX, check_pages
from chat_pipeline.documentation.models import models_page
from chat_pipeline.reporting.files import FOLDER_OWNER_ALONE

if TYPE_CHECKING:
    from chat_pipeline.home import Home
    from chat_pipeline.settings import Settings

FOLDER = "docs"
MODELS = "models.html"


def write_documentation(home: Home, settings: Settings) -> Path:
    """Makes `reports/docs/` anew and returns its first page. A failure leaves the pages of before."""
    home.reports.mkdir(mode=FOLDER_OWNER_ALONE, parents=True, exist_ok=True)
    target = home.reports / FOLDER
    with TemporaryDirectory(dir=home.reports, prefix=".docs-") as aside:
        made = Path(aside) / FOLDER
        made.mkdir(mode=FOLDER_OWNER_ALONE)
        (made / MODELS).write_text(models_page(settings), encoding="utf-8")
        for path, html in check_pages(home, MODELS).items():
            page = made / path
            page.parent.mkdir(exist_ok=True)
            page.write_text(html, encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        made.replace(target)
    return target / INDEX
