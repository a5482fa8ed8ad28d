"""The workbook `reports/latest.xlsx`, and the analytics tables as CSV: the published file for spreadsheets.

`contents.py` and `log.py` read the published file, `sheets.py` says what a sheet is, `book.py` writes with openpyxl,
`csv_files.py` writes the CSV. No number is computed here that is not in the published file.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat_pipeline.home import Home
    from chat_pipeline.settings import Settings

WORKBOOK, CSV_FOLDER = "latest.xlsx", "csv"


@dataclass(frozen=True)
class WrittenWorkbook:
    """What was written. `sheets`: rows by sheet; `csv_files`: how many; `shortened`, `left_out`: of what is too
    large for CSV, from which period on a table is in it, and tables that are not."""

    path: Path
    version: int
    size: int
    seconds: float
    sheets: dict[str, int]
    csv_files: int
    shortened: dict[str, str]
    left_out: list[str]


def write_workbook(home: Home, settings: Settings) -> WrittenWorkbook:
    """Makes `reports/latest.xlsx` and `reports/csv/` from what is published. The caller holds the lock."""
    from chat_pipeline.engine import memory_limit
    from chat_pipeline.publish import current_publication
    from chat_pipeline.reporting import NothingPublished
    from chat_pipeline.reporting.files import put_file
    from chat_pipeline.reporting.head import Stand
    from chat_pipeline.reporting.parts import Scope
    from chat_pipeline.reporting.published import opened
    from chat_pipeline.workbook.book import workbook_bytes
    from chat_pipeline.workbook.contents import contents
    from chat_pipeline.workbook.csv_files import write_csv_files
    from chat_pipeline.workbook.front import front

    begun = time.perf_counter()
    publication = current_publication(home)
    if publication is None:
        raise NothingPublished("nothing is published yet: run `chat-pipeline sync`")
    with opened(home.published, memory_limit(settings)) as con:
        scope = Scope(con, settings)
        sheets = contents(scope)
        notes = front(scope, Stand(publication.version, publication.published_at, None), sheets)
        path = put_file(home, WORKBOOK, workbook_bytes(sheets, notes))
        csv = write_csv_files(con, home.reports / CSV_FOLDER)
    return WrittenWorkbook(
        path=path,
        version=publication.version,
        size=path.stat().st_size,
        seconds=time.perf_counter() - begun,
        sheets={sheet.name: len(sheet.rows) for sheet in sheets},
        csv_files=len(csv.written),
        shortened=csv.shortened,
        left_out=csv.left_out,
    )
