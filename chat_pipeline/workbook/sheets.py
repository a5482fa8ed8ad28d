"""What a sheet is made of. Plain data: nothing here knows openpyxl or SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "count", "share", "seconds", "number", "date", "time"]
# How a metric's unit is shown (analytics.metric_definitions, `value_unit`); all else is a count.
KINDS: dict[str, Kind] = {
    "share 0 to 1": "share",
    "seconds": "seconds",
    "points 1 to 5": "number",
    "shop's currency": "number",
}
# How a program shows a kind.
FORMATS = {
    "count": "#,##0",
    "share": "0.0%",
    "seconds": "[h]:mm:ss",
    "number": "#,##0.00",
    "date": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm",
}


@dataclass(frozen=True)
class Cell:
    """A value that is not of its column's kind."""

    value: Any
    kind: Kind


@dataclass(frozen=True)
class Column:
    """`width` in letters. Seconds are given as such and shown as hours, minutes and seconds."""

    title: str
    kind: Kind = "text"
    width: int = 14


@dataclass(frozen=True)
class Chart:
    """A native chart over rows `first` to `last` (from 0) of its sheet: labels and values by column, from 0. Where
    `by_row`, a series is a row, its name in column `labels`, and `values` are the columns along the axis. `of_days`: its labels are days."""

    title: str
    kind: Literal["line", "columns", "bars"]
    labels: int
    values: Sequence[int]
    first: int
    last: int
    unit: Kind = "count"
    by_row: bool = False
    of_days: bool = False


@dataclass(frozen=True)
class Sheet:
    """A table. `says`: a sentence for the first sheet; `scaled`: columns to be coloured by their values."""

    name: str
    says: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    charts: Sequence[Chart] = ()
    scaled: Sequence[int] = ()


@dataclass(frozen=True)
class Note:
    """A line of the first sheet. `is_title`: in bold."""

    text: str
    is_title: bool = False
