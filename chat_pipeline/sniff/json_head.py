"""The beginning of a JSON object that is too large to be parsed for a first look."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

TAIL_BYTES = 4096
DECODER = json.JSONDecoder()
BLANK = re.compile(r"[ \t\r\n]*")


class _Cut(Exception):
    """The text goes no further, or there is enough of it; `value` is what was read."""

    def __init__(self, value: Any) -> None:
        self.value = value


def object_head(path: Path, head: str, elements: int) -> dict[str, Any] | None:
    """The object in a file of which `head` is the beginning, its first long list cut to so many elements.

    With the members behind that list if they are short (a second long list is not seen). None where this
    can't be told without reading all: no long list, an element beyond the head, long texts behind the list.
    """
    try:
        _value(head, _skip(head, 0), elements)
    except _Cut as cut:
        rest = _members_at_end(path)
        return {**cut.value, **rest} if isinstance(cut.value, dict) and rest is not None else None
    except (ValueError, IndexError, RecursionError):
        return None
    return None


def _skip(text: str, position: int) -> int:
    found = BLANK.match(text, position)
    return found.end() if found else position


def _value(text: str, position: int, elements: int) -> tuple[Any, int]:
    if text[position] == "{":
        return _object(text, position, elements)
    if text[position] == "[":
        return _list(text, position, elements)
    return DECODER.raw_decode(text, position)


def _object(text: str, position: int, elements: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    position = _skip(text, position + 1)
    while text[position] != "}":
        key, position = DECODER.raw_decode(text, position)
        position = _skip(text, _skip(text, position) + 1)
        try:
            found[key], position = _value(text, position, elements)
        except _Cut as cut:
            found[key] = cut.value
            raise _Cut(found) from None
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)
    return found, position + 1


def _list(text: str, position: int, elements: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    position = _skip(text, position + 1)
    while text[position] != "]":
        if len(found) == elements:
            raise _Cut(found)
        value, position = DECODER.raw_decode(text, position)
        found.append(value)
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)
    return found, position + 1


def _members_at_end(path: Path) -> dict[str, Any] | None:
    """The members behind the object's last list; None if they can't be told from the file's last bytes."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - TAIL_BYTES))
        tail = stream.read().decode("utf-8", errors="ignore").rstrip()
    for comma in re.finditer(r"\][ \t\r\n]*,", tail):
        try:
            # Valid only where the comma stands between members of the outermost object.
            return json.loads("{" + tail[comma.end() :])
        except ValueError:
            continue
    return {} if re.search(r"\][ \t\r\n}]*$", tail) else None
