"""The first sheet: what is in the book, until when data are covered, what is provisional."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chat_pipeline.reporting.head import Stand, head
from chat_pipeline.reporting.words import day
from chat_pipeline.workbook.sheets import Note, Sheet

if TYPE_CHECKING:
    from chat_pipeline.reporting.parts import Scope


def front(scope: Scope, stand: Stand, sheets: Sequence[Sheet]) -> list[Note]:
    said = head(scope, stand)
    covered = [f"Until {line['day']}: {line['sources']}" for line in said["covered"]]
    still = [line for line in (said["late"], *said["provisional"]) if line]
    return [
        Note("What the chatbot does for the shop", is_title=True),
        Note(f"Version {stand.version}, published on {day(stand.published_at[:10])} (UTC). Days, weeks and months: {scope.settings.shop.time_zone}."),
        Note("Data are covered", is_title=True),
        *(Note(line) for line in covered or ["No data are loaded yet."]),
        *((Note("What is provisional", is_title=True), *map(Note, still)) if still else ()),
        Note("Sheets", is_title=True),
        Note("Charts: the pictures to the tables that follow."),
        *(Note(f"{sheet.name}: {sheet.says}") for sheet in sheets),
    ]  # fmt: skip
