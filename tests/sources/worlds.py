"""What a source's module of worlds declares: made-up records, and how each shape writes them.

A world is one kind of record (a Rasa event, a HubSpot deal). `<source>_worlds.py` in the folder of the
source's tests offers `WORLDS`; `test_properties.py` finds it there and knows no vendor.
"""

from __future__ import annotations

import csv
import importlib
import io
import json
import sys
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

Record = dict[str, Any]
START = datetime(2026, 10, 5, 9, tzinfo=UTC)

# What people write: quotes, separators, tags, templates, comments of SQL, several scripts, long texts.
HOSTILE = (
    'She said "hi", twice', "it's; 'quoted'", "a,b;c\td", "two\nlines", "<b>bold</b> & co", "{slot} {{ jinja }} %s %(x)s",
    "'; drop table raw; --", "100 % ?*[x]", "Größe 42 für Łukasz", "你好 🫖", "\\n \\u0041 C:\\temp", "null", "0012", "x" * 3000,
)  # fmt: skip
PLAIN = st.text(
    st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12
)  # no control characters, no blanks at the ends
TEXTS = st.sampled_from(HOSTILE) | PLAIN
NAMES = st.sampled_from(("Kim", "O'Hara", "Zoë", "de la Cruz", "李"))


@dataclass(frozen=True)
class Form:
    """One way to write records: `write(records, more)` gives a file's content, each record with the fields
    `more` beside its own. `shape`: what the source calls it. `is_whole`: a file can't hold a part of the records,
    and its name tells whose they are.
    `silent`: columns of staged models that this form does not tell; none named: the whole model."""

    shape: str
    write: Callable[[list[Record], Record], str | bytes]
    is_whole: bool = False
    silent: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """`records`: some different ones. `together`: records with an equal one stay in one file.
    `raw`: the table that they fill; `filled`: staged models that they must fill.
    `strange(record)`: the same with something of a kind that nobody has heard of, which the SQL `counted` finds
    once per record."""

    name: str
    raw: str
    records: st.SearchStrategy[list[Record]]
    forms: tuple[Form, ...]
    filled: tuple[str, ...]
    together: Callable[[Record], Hashable] = id
    strange: Callable[[Record], list[Record]] | None = None
    counted: str = ""


def worlds_of(source: str) -> tuple[World, ...]:
    """The worlds in a source's folder of tests."""
    folder = Path(__file__).parent / source
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return importlib.import_module(f"{source}_worlds").WORLDS


def numbered(made: st.SearchStrategy[Record], most: int = 6) -> st.SearchStrategy[list[Record]]:
    """Lists of records, each with its `number` and a moment `at` of its own, some minutes apart."""

    def number(records: list[Record]) -> list[Record]:
        return [{**r, "number": n, "at": START + timedelta(minutes=7 * n)} for n, r in enumerate(records)]

    return st.lists(made, min_size=1, max_size=most).map(number)


def zulu(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def json_lines(rows: Iterable[Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def indented(value: Any) -> str:
    return json.dumps(value, indent=1)


def table(rows: Sequence[Record], delimiter: str = ",", quoting: Any = csv.QUOTE_MINIMAL) -> str:
    """A CSV with the first row's names as header."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter, quoting=quoting)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def sheet(rows: Sequence[Record]) -> bytes:
    """An Excel file with the same; texts stay texts, whatever they begin with."""
    from openpyxl import Workbook

    book = Workbook()
    page = book.worksheets[0]
    for place, row in enumerate([{name: name for name in rows[0]}, *rows], start=1):
        for column, name in enumerate(rows[0], start=1):
            value = row[name]
            cell = page.cell(
                place, column, value.replace(tzinfo=None) if isinstance(value, datetime) else value
            )
            if isinstance(value, str):
                cell.data_type = "s"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def grouped(records: Iterable[Record], name: str) -> dict[Any, list[Record]]:
    found: dict[Any, list[Record]] = {}
    for record in records:
        found.setdefault(record[name], []).append(record)
    return found
