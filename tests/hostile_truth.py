"""Whether a refusal says the truth about a file, found out without the code that refuses."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable

from hostile import Case

HALF_A_PAIR = re.compile("[\ud800-\udfff]")
LARGEST_CELL = 131_072


def is_json(text: str) -> bool:
    """Strictly: no NaN, and no half of a surrogate pair."""

    def refused(constant: str) -> None:
        raise ValueError(constant)

    try:
        value = json.loads(text, parse_constant=refused, parse_int=float)
    except RecursionError:
        return depth(text) < 500
    except ValueError:
        return False
    return not HALF_A_PAIR.search(json.dumps(value, ensure_ascii=False))


def depth(text: str) -> int:
    """How deep brackets open, those in texts too."""
    deepest = now = 0
    for sign in text:
        now += (sign in "[{") - (sign in "]}")
        deepest = max(deepest, now)
    return deepest


def text_of(case: Case) -> str:
    data = case.data
    return (
        data.decode("utf-16")
        if data[:2] in (b"\xff\xfe", b"\xfe\xff")
        else data.decode("utf-8-sig", "replace")
    )


def _is_sound_archive(data: bytes) -> bool:
    try:
        if data[:2] == b"PK":
            return zipfile.ZipFile(io.BytesIO(data)).testzip() is None
        return bool(gzip.decompress(data))
    except Exception:
        return False


def _is_empty(case: Case) -> bool:
    return not case.data.strip(b" \t\r\n")


def _has_large_cell(case: Case) -> bool:
    return max(map(len, re.split(rb"[,;\t]", case.data))) > LARGEST_CELL or case.data.count(b'"') % 2 == 1


# What a reason says -> whether it is so.
TRUTHS: dict[str, Callable[[Case], bool]] = {
    r"damaged archive": lambda case: not _is_sound_archive(case.data),
    r"asks for a password": lambda case: bool(case.data[6] & 1),
    r"holds two files named": lambda case: case.data.count(b"PK\x01\x02") > 1,
    r"an archive in an archive": lambda case: b"inner.zip" in case.data,
    r"packed in a way that is not read": lambda case: case.data[:2] == b"PK",
    r"nested too deeply": lambda case: depth(text_of(case)) > 500,
    r"invalid JSON": lambda case: not is_json(text_of(case)),
    r"the file is empty": _is_empty,
    r"lines of # without a table below": lambda case: all(line.strip(' ,;\t"')[:1] in ("", "#", "-") for line in text_of(case).splitlines()),
    r"binary data": lambda case: b"\0" in case.data,
    r"field larger than field limit": _has_large_cell,
    r"new-line character seen in unquoted field": lambda case: b"\r" in case.data,
    r"damaged (Parquet|Excel|SQLite|Avro) file": lambda case: case.data[:4] in (b"PAR1", b"PK\x03\x04", b"SQLi", b"Obj\x01"),
    # Of Parquet and of what DuckDB alone can tell.
    r"^(Invalid Input|IO|Invalid) Error": lambda case: case.data[:4] == b"PAR1",
}  # fmt: skip


def untrue(case: Case, state: str, reason: str) -> str:
    """What is wrong with a refusal; empty if it is true."""
    for pattern, holds in TRUTHS.items():
        if re.search(pattern, reason):
            return "" if holds(case) else f"it is not so: {reason}"
    if state == "not_of_this_kind" and (
        "expected from" in reason or "not the vendor's" in reason or ":" in reason
    ):
        return ""
    return f"no known reason: {reason}"
