"""Export files turned hostile: each case is a vendor's file with one thing done to it, drawn from a seed."""

from __future__ import annotations

import csv
import gzip
import io
import random
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

LEAF = re.compile(rb'(?<=[:,\[])(\s*)("(?:[^"\\\r\n]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null)(?=\s*[,}\]])')
MEMBER = re.compile(rb'("(?:[^"\\\r\n]|\\.)*")\s*:\s*(?="|-?\d|true|false|null)')
NUMBERS = (
    b"9007199254740993", b"18446744073709551616", b"-1", b"1e308", b"1e400", b"-0.0", b"1" + b"0" * 5000, b"0.1e-400"
)  # fmt: skip
NOT_JSON = (b"NaN", b"Infinity", b"-Infinity", b"0x1F", b"1_000", b"'x'")
DATES = (
    b'"1601-01-01T00:00:00Z"', b'"9999-12-31T23:59:59.999Z"', b'"0001-01-01"', b'"1582-10-10 10:00:00"', b"-11644473600",
    b"253402300799", b"253402300799999", b"99999999999999999999", b'"2026-02-30T25:61:61Z"', b'"+275760-09-13"', b'"infinity"',
)  # fmt: skip
TEXTS = (
    b"'; drop schema marts cascade; --", b"{{ 1/0 }} {% raw %}", b"%s%n%d", b"../../../etc/passwd", b"\xe2\x80\xae\xf0\x9f\x92\xa9",
    b"\\u0000", b"\\ud800", b"=cmd|' /C calc'!A0", b"$(touch x)", b"null", b"",
)  # fmt: skip
NAMES = (
    "it's",
    'say "hi"',
    "two\nlines",
    "100%20 %s",
    "a..b",
    "x[1]*{a,b}",
    "back\\slash",
    "\u202egnp",
    "a" * 240,
    "-- ; drop",
)
UNPACKED = 400 << 20


@dataclass(frozen=True)
class Case:
    """`keeps_rows`: what was done touches values or the packing alone, so that each row is there still, good or
    set aside."""

    mutation: str
    source: str
    origin: str
    name: str
    data: bytes
    keeps_rows: bool = False


Mutation = Callable[[random.Random, Case], Case]


def truncated(chance: random.Random, case: Case) -> Case:
    return replace(case, data=case.data[: chance.randrange(len(case.data))])


def flipped(chance: random.Random, case: Case) -> Case:
    data = bytearray(case.data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return replace(case, data=bytes(data))


def garbled(chance: random.Random, case: Case) -> Case:
    """Bytes put in or taken out."""
    at = chance.randrange(len(case.data))
    middle = chance.choice(
        (b"\0", b"\0" * 4096, b"\xff\xfe", b"\r", b"\n\n", b'"', b"}", b"[", chance.randbytes(20))
    )
    return replace(case, data=case.data[:at] + middle + case.data[at + chance.choice((0, 1, 30)) :])


def padded(chance: random.Random, case: Case) -> Case:
    """What a file system leaves behind a file whose end was not written."""
    return replace(case, data=case.data + b"\0" * chance.choice((1, 512, 4096)))


def encoded(chance: random.Random, case: Case) -> Case:
    encoding = chance.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp1252", "shift_jis", "utf-7"))
    data = case.data.decode("utf-8-sig", errors="replace").encode(encoding, errors="replace")
    return replace(case, data=data, keeps_rows=encoding in ("utf-16", "utf-8-sig"))


def _value(case: Case, chance: random.Random, value: bytes) -> Case:
    """Another value in place of one: a JSON leaf or a cell."""
    leaves = (
        list(LEAF.finditer(case.data)) if case.data.lstrip(b"\xef\xbb\xbf \r\n")[:1] in (b"{", b"[") else []
    )
    if leaves:
        leaf = chance.choice(leaves)
        return replace(case, data=case.data[: leaf.start(2)] + value + case.data[leaf.end(2) :])
    text = case.data.decode("utf-8-sig", errors="replace")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    row = chance.choice([row for row in rows[1:] if row] or [[""]])
    row[chance.randrange(len(row))] = value.decode(errors="replace").strip('"')
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return replace(case, data=out.getvalue().encode())


def numbers(chance: random.Random, case: Case) -> Case:
    return replace(_value(case, chance, chance.choice(NUMBERS)), keeps_rows=True)


def no_numbers(chance: random.Random, case: Case) -> Case:
    return _value(case, chance, chance.choice(NOT_JSON))


def dates(chance: random.Random, case: Case) -> Case:
    return replace(_value(case, chance, chance.choice(DATES)), keeps_rows=True)


def texts(chance: random.Random, case: Case) -> Case:
    return replace(_value(case, chance, b'"' + chance.choice(TEXTS) + b'"'), keeps_rows=True)


def huge(chance: random.Random, case: Case) -> Case:
    return replace(
        _value(case, chance, b'"' + b"x" * chance.choice((140_000, 2_200_000)) + b'"'), keeps_rows=True
    )


def nested(chance: random.Random, case: Case) -> Case:
    depth = chance.choice((60, 900, 5_000, 100_000))
    begin, end = chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return _value(case, chance, begin * depth + b"1" + end * depth)


def repeated_keys(chance: random.Random, case: Case) -> Case:
    members = list(MEMBER.finditer(case.data))
    if not members:
        return replace(case, data=case.data.replace(b",", b",,", 1))
    member = chance.choice(members)
    again = member.group(1) + b': "again", '
    return replace(
        case, data=case.data[: member.start()] + again + case.data[member.start() :], keeps_rows=True
    )


def packed(chance: random.Random, case: Case) -> Case:
    data = gzip.compress(case.data, 1)
    kind = chance.choice(("whole", "cut", "flipped", "more"))
    if kind == "cut":
        data = data[: chance.randrange(4, len(data))]
    elif kind == "flipped":
        data = flipped(chance, replace(case, data=data)).data
    elif kind == "more":
        data += b"behind the end"
    return replace(case, data=data, keeps_rows=kind == "whole")


def zipped(chance: random.Random, case: Case) -> Case:
    kind = chance.choice(("outside", "absolute", "twice", "locked", "inner", "cut"))
    names = {
        "outside": ["../../outside.json"],
        "absolute": ["/tmp/outside.json"],
        "twice": ["a.json", "a.json"],
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names.get(kind, ["a.json"]):
            archive.writestr(name, case.data)
    data = held.getvalue()
    if kind == "locked":  # the mark of a password, in both headers
        data = bytearray(data)
        data[6] |= 1
        data[data.rindex(b"PK\x01\x02") + 8] |= 1
    elif kind == "inner":
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w") as archive:
            archive.writestr("inner.zip", data)
        data = outer.getvalue()
    elif kind == "cut":
        data = data[: chance.randrange(4, len(data))]
    return replace(case, data=bytes(data), keeps_rows=kind in ("outside", "absolute"))


def named(chance: random.Random, case: Case) -> Case:
    name = chance.choice(NAMES) + chance.choice(("", Path(case.name).suffix))
    return replace(case, name=name, keeps_rows=True)


OF_BYTES: tuple[Mutation, ...] = (truncated, flipped, garbled, padded, packed, zipped, named)
OF_TEXT: tuple[Mutation, ...] = (encoded, numbers, no_numbers, dates, texts, huge, nested, repeated_keys)


def cases(files: dict[str, list[Path]], count: int, seed: int) -> list[Case]:
    """`count` cases over the files of each source, every mutation in turn."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        mutation = (*OF_BYTES, *OF_TEXT)[number % (len(OF_BYTES) + len(OF_TEXT))]
        source = chance.choice(sorted(files))
        fitting = [path for path in files[source] if mutation in OF_BYTES or b"\0" not in path.read_bytes()]
        path = chance.choice(fitting)
        plain = Case(mutation.__name__, source, path.name, path.name, path.read_bytes())
        found.append(mutation(chance, plain))
    return found


def bomb(kind: str, unpacked: int = UNPACKED) -> bytes:
    """An archive of next to nothing that unpacks to much more."""
    zeros = bytes(1 << 20)
    held = io.BytesIO()
    if kind == "gzip":
        with gzip.GzipFile(fileobj=held, mode="wb", compresslevel=6) as out:
            for _ in range(unpacked >> 20):
                out.write(zeros)
    elif kind == "zstd":
        import zstandard

        with zstandard.ZstdCompressor(level=1).stream_writer(held, closefd=False) as out:
            for _ in range(unpacked >> 20):
                out.write(zeros)
    else:
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            if kind == "excel":
                archive.writestr("[Content_Types].xml", "<Types/>")
            with archive.open("xl/worksheets/sheet1.xml" if kind == "excel" else "a.json", "w") as out:
                for _ in range(unpacked >> 20):
                    out.write(zeros)
    return held.getvalue()
