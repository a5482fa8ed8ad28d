"""dbt's own documentation of the models, sources, tests and exposures, as one page.

Made from the project alone: no database is opened, so it can be made during a sync, and in a home that
never had one. Hence without the catalog; types and descriptions are in the models' YAML.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings


def models_page(settings: Settings) -> str:
    """The page as text, scripts and data in it. Names no home: what is parsed is that of no one."""
    from chat_pipeline.dbt import document

    with TemporaryDirectory(prefix="dbt-docs-") as folder:
        return document(settings, Path(folder)).read_text(encoding="utf-8")
