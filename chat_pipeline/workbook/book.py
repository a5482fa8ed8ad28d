"""Sheets as an Excel file.

What customers have written can't become a formula: every text is stored as text, and one that a spreadsheet would
read as something else when it is edited carries Excel's own mark for that (the quote prefix).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from math import ceil, isfinite
from typing import TYPE_CHECKING, Any

from chat_pipeline.workbook.native_charts import native_chart
from chat_pipeline.workbook.sheets import FORMATS, Cell, Column, Note, Sheet

if TYPE_CHECKING:
    from openpyxl import Workbook

DAY = 86400
# What a spreadsheet takes for a formula, an error or its own mark.
NOT_TEXT = "=+-@#'\t\r\n＝＋－＠"
MOST_LETTERS = 32_000
# Number of the paper in the file.
A4 = 9
LETTERS, LETTERS_OF_A_LINE, LINE_HEIGHT = "Calibri", 110, 15.5
ROWS_OF_A_CHART = 20
SCALE = ("F7FBFF", "6BAED6")


def workbook_bytes(sheets: Sequence[Sheet], notes: Sequence[Note]) -> bytes:
    """The file: a sheet that says what is what, one with the charts, and the tables."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    _front(book, notes)
    drawn = [(sheet, chart) for sheet in sheets for chart in sheet.charts]
    place: Any = book.create_sheet("Charts") if drawn else None
    if drawn:
        _for_paper(place)
        place.page_setup.orientation, place.page_setup.fitToHeight = "portrait", 1
    written = {sheet.name: _sheet(book, sheet) for sheet in sheets}
    for number, (sheet, chart) in enumerate(drawn):
        row, column = divmod(number, 2)
        made = native_chart(written[sheet.name], sheet, chart)
        place.add_chart(made, f"{'AK'[column]}{1 + row * ROWS_OF_A_CHART}")
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _front(book: Workbook, notes: Sequence[Note]) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet("Read me")
    sheet.column_dimensions["A"].width = LETTERS_OF_A_LINE
    _for_paper(sheet)
    for number, note in enumerate(notes, 1):
        # Not every program makes a row as high as what is in it.
        sheet.row_dimensions[number].height = LINE_HEIGHT * ceil(len(note.text) / (LETTERS_OF_A_LINE + 5))
        cell = _text_cell(sheet, note.text) if note.text[:1] in NOT_TEXT else WriteOnlyCell(sheet, note.text)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if note.is_title:
            cell.font = Font(name=LETTERS, bold=True, size=13)
            sheet.row_dimensions[number].height = 1.4 * LINE_HEIGHT
        sheet.append([cell])


def _sheet(book: Workbook, sheet: Sheet) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.formatting.rule import ColorScaleRule
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    made = book.create_sheet(sheet.name)
    made.freeze_panes = "A2"
    made.print_title_rows = "1:1"
    _for_paper(made)
    for number, column in enumerate(sheet.columns, 1):
        made.column_dimensions[get_column_letter(number)].width = column.width
    heads = [WriteOnlyCell(made, column.title) for column in sheet.columns]
    for head in heads:
        head.font, head.fill = Font(name=LETTERS, bold=True), PatternFill("solid", fgColor="E8ECF1")
        head.alignment = Alignment(wrap_text=True, vertical="top")
    if any(len(column.title) > column.width - 2 for column in sheet.columns):
        made.row_dimensions[1].height = 2 * LINE_HEIGHT
    made.append(heads)
    for row in sheet.rows:
        made.append([_cell(made, column, value) for column, value in zip(sheet.columns, row, strict=True)])
    last = get_column_letter(len(sheet.columns))
    made.auto_filter.ref = f"A1:{last}{len(sheet.rows) + 1}"
    for column in sheet.scaled if sheet.rows else ():
        letter = get_column_letter(column + 1)
        low, high = SCALE
        rule = ColorScaleRule(start_type="min", start_color=low, end_type="max", end_color=high)
        made.conditional_formatting.add(f"{letter}2:{letter}{len(sheet.rows) + 1}", rule)
    return made


def _for_paper(sheet: Any) -> None:
    """Printed or made a PDF, a sheet is as wide as the page."""
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _cell(sheet: Any, column: Column, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell

    kind = column.kind
    if isinstance(value, Cell):
        value, kind = value.value, value.kind
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float | date | datetime):
        text = _clean(str(value))
        return _text_cell(sheet, text) if text[:1] in NOT_TEXT else text
    if isinstance(value, float) and not isfinite(value):
        return None
    cell: Any = WriteOnlyCell(sheet)
    cell.value = value / DAY if kind == "seconds" else value  # pyright: ignore[reportOperatorIssue]
    if kind in FORMATS:
        cell.number_format = FORMATS[kind]
    return cell


def _clean(text: str) -> str:
    """Without what a workbook can't hold, and not longer than a cell."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return ILLEGAL_CHARACTERS_RE.sub("", text)[:MOST_LETTERS]


def _text_cell(sheet: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
