"""A first look into a file: what it is by content, and its first records, columns or tables.

A shape is told apart by what is seen here, never by the file's name. Only the beginning of a file
is read, unless its first JSON value is larger than that.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from chat_pipeline.json_head import object_head

HEAD_BYTES = 1 << 20
SAMPLES = 20
DELIMITERS = ",;\t|^`"
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
AVRO_MARK = b"Obj\x01"

FileKind = Literal["json", "csv", "xlsx", "sqlite", "parquet", "avro", "empty", "other"]


@dataclass(frozen=True)
class Sniff:
    """What the beginning of a file shows.

    `samples`: the first JSON records (lines, array elements, or the one object). `columns`: header of
    a CSV or Excel sheet, or column names of a Parquet or Avro file. `tables`: table -> columns of a SQLite file.
    `rows`: first records below such a header, as text. `name` is the file's name: a hint at most.
    `mapping`: header -> name as the settings of the file's source and account map them; empty until
    the file is compared with that source's shapes.
    """

    name: str
    kind: FileKind
    layout: Literal["lines", "array", "object", ""] = ""
    samples: list[Any] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    mapping: Mapping[str, str] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(default_factory=dict)
    delimiter: str = ","
    # Why a file that began like a known kind is none after all (for the reason shown to users).
    trouble: str = ""

    @property
    def keys(self) -> set[str]:
        """Top-level keys over the sampled records that are objects."""
        return {key for sample in self.samples if isinstance(sample, dict) for key in sample}

    @property
    def headers(self) -> list[str]:
        """The columns, each under the name that the settings map it to (in any case, trimmed)."""
        names = {header.strip().casefold(): name for header, name in self.mapping.items()}
        return [names.get(column.strip().casefold(), column) for column in self.columns]


def sniff(path: Path, name: str) -> Sniff:
    """Look at a file that is already plain (decompressed, UTF-8 if text)."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head.strip(b" \t\r\n"):
        return Sniff(name, "empty")
    if head.startswith(b"SQLite format 3\0"):
        return _sqlite(path, name)
    if head.startswith(b"PAR1"):
        return _parquet(path, name)
    if head.startswith(b"PK\x03\x04"):
        return _excel(path, name)
    if head.startswith(OLD_EXCEL):
        return Sniff(name, "other", trouble="an Excel file of the old kind: export as CSV or XLSX, not XLS")
    if head.startswith(AVRO_MARK):
        return _avro(path, name)
    if b"\0" in head:
        return Sniff(name, "other", trouble="binary data")
    text = head.decode("utf-8", errors="ignore")
    start = text.lstrip()[:1]
    if start in ("{", "["):
        return _json(path, name, text, whole=len(head) < HEAD_BYTES)
    lines = _lines(text, whole=len(head) < HEAD_BYTES)
    if lines:
        return Sniff(name, "json", "lines", samples=lines)
    return _csv(name, text)


def _json(path: Path, name: str, text: str, *, whole: bool) -> Sniff:
    lines = _lines(text, whole=whole)
    first = text.lstrip()[:1]
    # One object in one line may be a file of one record: the same either way.
    if first == "{" and lines:
        return Sniff(name, "json", "lines", samples=lines)
    layout = "array" if first == "[" else "object"
    # One object larger than the head: its first elements tell enough, and parsing all would take longer than reading it.
    large = object_head(path, text, SAMPLES) if layout == "object" and not whole else None
    samples = [large] if large else _values(text)
    if not samples and not whole:
        text = path.read_text(encoding="utf-8", errors="replace")
        if first == "{" and (lines := _lines(text, whole=True)):
            return Sniff(name, "json", "lines", samples=lines)
        samples = _values(text)
    return Sniff(name, "json", layout, samples=samples, trouble="" if samples else _why_empty(path))


def _why_empty(path: Path) -> str:
    from chat_pipeline.reading import json_trouble

    return json_trouble(path) or "no element in it"


def _lines(text: str, *, whole: bool) -> list[Any]:
    """The objects among the first lines, if these are records of their own."""
    lines = text.split("\n")
    if not whole:
        lines = lines[:-1]
    filled = [line for line in lines if line.strip()][:SAMPLES]
    found = []
    for line in filled:
        try:
            value = json.loads(line, parse_int=_whole)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            found.append(value)
    # Single lines of a pretty-printed document can parse too ("{}"), but never most of them.
    return found if found and 2 * len(found) >= len(filled) else []


def _values(text: str) -> list[Any]:
    """The one object, or the first elements of the array, that are complete in the text."""
    decoder = json.JSONDecoder(parse_int=_whole)
    position = len(text) - len(text.lstrip())
    found: list[Any] = []
    try:
        if text[position] == "{":
            return [decoder.raw_decode(text, position)[0]]
        position += 1
        while len(found) < SAMPLES:
            position = _skip(text, position, " \t\r\n,")
            if position >= len(text) or text[position] == "]":
                break
            value, position = decoder.raw_decode(text, position)
            found.append(value)
    except (ValueError, RecursionError):
        # What follows is cut off or broken: the elements before it still tell the shape.
        return found
    return found


def _whole(digits: str) -> int | float:
    """A whole number; Python refuses one of thousands of digits, which is JSON all the same."""
    return int(digits) if len(digits) < 100 else float(digits)


def _skip(text: str, position: int, characters: str) -> int:
    while position < len(text) and text[position] in characters:
        position += 1
    return position


def _csv(name: str, text: str) -> Sniff:
    delimiter = max(DELIMITERS, key=text.split("\n", 1)[0].count)
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        header = next((row for row in rows if any(cell.strip() for cell in row)), [])
    except csv.Error as error:
        return Sniff(name, "other", trouble=f"no readable header line ({error})")
    columns = [cell.strip() for cell in header]
    if len(columns) < 2:
        return Sniff(name, "other", columns=columns, trouble="text without columns")
    return Sniff(name, "csv", columns=columns, rows=_first_rows(rows), delimiter=delimiter)


def _first_rows(rows: Iterator[list[str]]) -> list[list[str]]:
    """The first records; those before one that can't be read (a cell beyond all limits) if there is one."""
    found: list[list[str]] = []
    try:
        found.extend(itertools.islice(rows, SAMPLES))
    except csv.Error:
        return found
    return found


def _sqlite(path: Path, name: str) -> Sniff:
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as db:
            names = [row[0] for row in db.execute("select name from sqlite_master where type = 'table'")]
            tables = {
                table: [row[1] for row in db.execute("select * from pragma_table_info(?)", [table])]
                for table in names
            }
    except sqlite3.DatabaseError as error:
        return Sniff(name, "other", trouble=f"damaged SQLite file ({error})")
    return Sniff(name, "sqlite", tables=tables)


def _parquet(path: Path, name: str) -> Sniff:
    import duckdb

    from chat_pipeline.reading import sql_path

    try:
        with duckdb.connect() as con:
            rows = con.execute(f"describe select * from read_parquet({sql_path(path)})").fetchall()
    except duckdb.Error as error:
        words = str(error).splitlines()[0].replace(str(path), name)
        return Sniff(name, "other", trouble=f"damaged Parquet file ({words})")
    columns = [row[0] for row in rows]
    if any("\0" in column for column in columns):
        return Sniff(name, "other", trouble="damaged Parquet file (NUL in a column's name)")
    return Sniff(name, "parquet", columns=columns)


def _avro(path: Path, name: str) -> Sniff:
    import fastavro

    try:
        with path.open("rb") as stream:
            schema: Any = fastavro.reader(stream).writer_schema
    except Exception as error:  # of whatever kind: fastavro checks little of what it reads
        return Sniff(name, "other", trouble=f"damaged Avro file ({type(error).__name__})")
    fields = schema.get("fields", []) if isinstance(schema, dict) else []
    return Sniff(name, "avro", columns=[field["name"] for field in fields])


def _excel(path: Path, name: str) -> Sniff:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(path) as archive:
            if "[Content_Types].xml" not in archive.namelist():
                return Sniff(name, "other", trouble="an archive in an archive: unpack the outer one")
        with path.open("rb") as stream:
            book = load_workbook(stream, read_only=True, data_only=True)
            rows = book.worksheets[0].iter_rows(values_only=True) if book.worksheets else iter(())
            header = next((row for row in rows if any(cell is not None for cell in row)), ())
            first = [[_text(cell) for cell in row] for row in itertools.islice(rows, SAMPLES)]
            book.close()
    except Exception as error:  # of whatever kind: openpyxl checks little of what it reads
        return Sniff(name, "other", trouble=f"damaged Excel file ({type(error).__name__})")
    return Sniff(name, "xlsx", columns=[_text(cell) for cell in header], rows=first)


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()
