"""Excel's own charts over the rows of a sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_pipeline.workbook.sheets import FORMATS, Chart, Sheet

if TYPE_CHECKING:
    from openpyxl.chart._chart import ChartBase

# For the colour-blind (Okabe and Ito).
COLOURS = ("0072B2", "D55E00", "009E73", "CC79A7", "E69F00", "56B4E9", "000000", "999999")
TITLE_SIZE = 1200
CHART_WIDTH, CHART_HEIGHT = 17.0, 9.0


def native_chart(made: Any, sheet: Sheet, chart: Chart) -> ChartBase:
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


def _title(text: str) -> Any:
    """Smaller than a program would write it, so that it fits in one line."""
    from openpyxl.chart.text import RichText, Text
    from openpyxl.chart.title import Title
    from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties, RegularTextRun

    letters = CharacterProperties(sz=TITLE_SIZE, b=True)
    line = Paragraph(pPr=ParagraphProperties(defRPr=letters), r=[RegularTextRun(rPr=letters, t=text)])
    return Title(tx=Text(rich=RichText(p=[line])), overlay=False)


def _dress(drawn: Any, chart: Chart) -> None:
    drawn.title = _title(chart.title)
    drawn.width, drawn.height = CHART_WIDTH, CHART_HEIGHT
    # Without these, newer versions of Excel leave the axes out.
    drawn.x_axis.delete = drawn.y_axis.delete = False
    drawn.y_axis.number_format = FORMATS[chart.unit]
    if chart.of_days:
        drawn.x_axis.number_format = "d mmm"
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
