"""A first look into text: JSON records in any layout, and the header and first rows of a CSV."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chat_pipeline.sniff.json_head import object_head
from chat_pipeline.sniff.model import SAMPLES, Sniff

DELIMITERS = ",;\t|^`"


def of_json(path: Path, name: str, text: str, *, whole: bool) -> Sniff:
    lines = json_lines(text, whole=whole)
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
        if first == "{" and (lines := json_lines(text, whole=True)):
            return Sniff(name, "json", "lines", samples=lines)
        samples = _values(text)
    return Sniff(name, "json", layout, samples=samples, trouble="" if samples else _why_empty(path))


def _why_empty(path: Path) -> str:
    from chat_pipeline.reading import json_trouble

    return json_trouble(path) or "no element in it"


def json_lines(text: str, *, whole: bool) -> list[Any]:
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


def of_csv(name: str, text: str) -> Sniff:
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
