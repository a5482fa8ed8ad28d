"""Sheets as an Excel file.

What customers have written can't become a formula: every text is stored as text, and one that a spreadsheet would
read as something else when it is edited carries Excel's own mark for that (the quote prefix).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from math import isfinite
from typing import TYPE_CHECKING, Any

from chat_pipeline.workbook.sheets import Cell, Chart, Column, Note, Sheet

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.chart._chart import ChartBase

FORMATS = {
    "count": "#,##0",
    "share": "0.0%",
    "seconds": "[h]:mm:ss",
    "number": "#,##0.00",
    "date": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm",
}
DAY = 86400
# What a spreadsheet takes for a formula, an error or its own mark.
NOT_TEXT = "=+-@#'\t\r\n＝＋－＠"
MOST_LETTERS = 32_000
# For the colour-blind (Okabe and Ito).
COLOURS = ("0072B2", "D55E00", "009E73", "CC79A7", "E69F00", "56B4E9", "000000", "999999")
CHART_WIDTH, CHART_HEIGHT, ROWS_OF_A_CHART = 17.0, 9.0, 20
SCALE = ("F7FBFF", "6BAED6")


def workbook_bytes(sheets: Sequence[Sheet], notes: Sequence[Note]) -> bytes:
    """The file: a sheet that says what is what, one with the charts, and the tables."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    _front(book, notes)
    drawn = [(sheet, chart) for sheet in sheets for chart in sheet.charts]
    place: Any = book.create_sheet("Charts") if drawn else None
    written = {sheet.name: _sheet(book, sheet) for sheet in sheets}
    for number, (sheet, chart) in enumerate(drawn):
        row, column = divmod(number, 2)
        made = _chart(written[sheet.name], sheet, chart)
        place.add_chart(made, f"{'AK'[column]}{1 + row * ROWS_OF_A_CHART}")
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _front(book: Workbook, notes: Sequence[Note]) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet("Read me")
    sheet.column_dimensions["A"].width = 110
    for note in notes:
        cell = _text_cell(sheet, note.text) if note.text[:1] in NOT_TEXT else WriteOnlyCell(sheet, note.text)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if note.is_title:
            cell.font = Font(bold=True, size=13)
        sheet.append([cell])


def _sheet(book: Workbook, sheet: Sheet) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.formatting.rule import ColorScaleRule
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    made = book.create_sheet(sheet.name)
    made.freeze_panes = "A2"
    for number, column in enumerate(sheet.columns, 1):
        made.column_dimensions[get_column_letter(number)].width = column.width
    heads = [WriteOnlyCell(made, column.title) for column in sheet.columns]
    for head in heads:
        head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor="E8ECF1")
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


def _chart(made: Any, sheet: Sheet, chart: Chart) -> ChartBase:
    from openpyxl.chart import BarChart, LineChart, Reference
    from openpyxl.chart.series_factory import SeriesFactory

    drawn = LineChart() if chart.kind == "line" else BarChart()
    if isinstance(drawn, BarChart):
        drawn.type = "bar" if chart.kind == "bars" else "col"
        drawn.gapWidth = 60
    top, bottom = chart.first + 2, chart.last + 2
    if chart.by_row:
        left, right = chart.values[0] + 1, chart.values[-1] + 1
        for row in range(top, bottom + 1):
            series = SeriesFactory(Reference(made, min_row=row, max_row=row, min_col=left, max_col=right))
            series.tx = _name(made, row, chart.labels + 1)
            drawn.series.append(series)
        labels = Reference(made, min_row=1, max_row=1, min_col=left, max_col=right)
    else:
        for column in chart.values:
            series = SeriesFactory(Reference(made, min_col=column + 1, min_row=top, max_row=bottom))
            series.tx = _name(made, 1, column + 1)
            drawn.series.append(series)
        labels = Reference(made, min_col=chart.labels + 1, min_row=top, max_row=bottom)
    drawn.set_categories(labels)
    _dress(drawn, chart)
    return drawn


def _name(made: Any, row: int, column: int) -> Any:
    """A series' name: what stands in that cell."""
    from openpyxl.chart import Reference
    from openpyxl.chart.data_source import StrRef
    from openpyxl.chart.series import SeriesLabel

    return SeriesLabel(strRef=StrRef(str(Reference(made, min_row=row, min_col=column))))


def _dress(drawn: Any, chart: Chart) -> None:
    drawn.title, drawn.width, drawn.height = chart.title, CHART_WIDTH, CHART_HEIGHT
    # Without these, newer versions of Excel leave the axes out.
    drawn.x_axis.delete = drawn.y_axis.delete = False
    drawn.y_axis.number_format = FORMATS[chart.unit]
    drawn.y_axis.scaling.min = 0 if chart.kind != "bars" else None
    if chart.kind == "bars":
        drawn.x_axis.scaling.orientation = "maxMin"
    if len(drawn.series) == 1:
        drawn.legend = None
    else:
        drawn.legend.position = "b"
    for series, colour in zip(drawn.series, COLOURS * 4, strict=False):
        if chart.kind == "line":
            series.graphicalProperties.line.solidFill = colour
            series.graphicalProperties.line.width = 22_000
            series.smooth = False
        else:
            series.graphicalProperties.solidFill = colour
