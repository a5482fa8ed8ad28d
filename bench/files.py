"""Writing generated records into files of the forms in which exports come."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]
Maker = Callable[[random.Random, int], "Record | list[Record]"]
SEED = 20261122


def made(make: Maker) -> Iterator[Record]:
    """Records without end; a maker may give several at a time."""
    rng, number = random.Random(SEED), 0
    while True:
        found = make(rng, number)
        yield from found if isinstance(found, list) else [found]
        number += 1


def chunks(make: Maker, size: int, file_bytes: int) -> Iterator[list[str]]:
    """The records as JSON texts, `file_bytes` at a time and `size` bytes in all."""
    chunk: list[str] = []
    filled = total = 0
    for record in made(make):
        text = json.dumps(record, ensure_ascii=False)
        chunk.append(text)
        filled += len(text)
        total += len(text)
        if filled >= file_bytes or total >= size:
            yield chunk
            chunk, filled = [], 0
        if total >= size:
            return


def write_lines(folder: Path, make: Maker, size: int) -> list[Path]:
    path = folder / "export.jsonl"
    with path.open("w", encoding="utf-8") as out:
        out.writelines(text + "\n" for chunk in chunks(make, size, 1 << 20) for text in chunk)
    return [path]


def write_array(folder: Path, make: Maker, size: int) -> list[Path]:
    (chunk,) = chunks(make, size, size + 1)
    path = folder / "export.json"
    path.write_text("[" + ",\n".join(chunk) + "]", encoding="utf-8")
    return [path]


def write_pages(folder: Path, make: Maker, size: int, file_bytes: int, around: tuple[str, str]) -> list[Path]:
    """A file per page: the records between the two texts `around`."""
    found = []
    for number, chunk in enumerate(chunks(make, size, file_bytes)):
        path = folder / f"page_{number:05d}.json"
        path.write_text(around[0] + ", ".join(chunk) + around[1], encoding="utf-8")
        found.append(path)
    return found


def write_csv(folder: Path, make: Maker, size: int) -> list[Path]:
    path = folder / "export.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer: Any = None
        for record in made(make):
            writer = writer or csv.writer(out, lineterminator="\n")
            if out.tell() == 0:
                writer.writerow(record)
            writer.writerow(record.values())
            if out.tell() >= size:
                return [path]
    return [path]


def limited(make: Maker, size: int) -> Iterator[Record]:
    """Records until their JSON would be `size` bytes."""
    total = 0
    for record in made(make):
        yield record
        total += len(json.dumps(record))
        if total >= size:
            return
