"""A log that only grew is read from where it ended: its lines before that are known.

A file grew if its beginning, as long as the file was when it was last loaded, hashes as it did then and ends with
a line. Hashing is cheap, reading is not. Of plain .jsonl files alone: a packed one can't be entered in its middle.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chat_pipeline.engine import insert_rows
from chat_pipeline.extract.ledger import Line
from chat_pipeline.extract.versions import parts_of
from chat_pipeline.home import Home
from chat_pipeline.reading import sql_text
from chat_pipeline.sniff import sniff
from chat_pipeline.source import PlainFile, Source

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.extract.rows import ReadFile

CHUNK = 1 << 20
SUFFIX = ".jsonl"


@dataclass(frozen=True)
class Grown:
    """What is known of a file's beginning: its bytes and lines, and the ledger's lines about it."""

    size: int
    line_count: int
    lines: tuple[Line, ...]


def fingerprint(path: Path, lines: list[Line]) -> tuple[str, Grown | None]:
    """SHA-256 of the file as delivered, and what it grew from, if the ledger's `lines` tell of its beginning."""
    known = lines[0] if lines and path.suffix.lower() == SUFFIX else None
    digest, count, last = hashlib.sha256(), 0, b""
    begun = None
    with path.open("rb") as stream:
        left = known.size if known else 0
        while left > 0 and (chunk := stream.read(min(CHUNK, left))):
            digest.update(chunk)
            left, count, last = left - len(chunk), count + chunk.count(b"\n"), chunk[-1:]
        if known and last == b"\n" and digest.hexdigest() == known.sha256:
            begun = Grown(known.size, count, tuple(lines))
        more = False
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            more = True
    return digest.hexdigest(), begun if more else None


def can_go_on(source: Source, lines: list[Line]) -> bool:
    """Whether lines of a file that it grew by can be read without those before: all of it is loaded, from shapes
    that read line by line."""
    shapes = {shape.name for shape in source.shapes if shape.is_by_line}
    return bool(lines) and all(
        line.state == "loaded" and line.archive == line.path and line.table_name and line.shape in shapes
        for line in lines
    )


def open_rest(path: Path, name: str, grown: Grown, scratch: Path) -> PlainFile | None:
    """What the file grew by, behind as many empty lines as there were lines before: so rows keep their numbers. None
    if it must be read as a whole, as it is no UTF-8 or no lines."""
    with path.open("rb") as stream:
        stream.seek(grown.size)
        rest = stream.read()
    try:
        rest.decode()
    except UnicodeDecodeError:
        return None
    scratch.mkdir(parents=True, exist_ok=True)
    alone, padded = scratch / "rest", scratch / "padded"
    alone.write_bytes(rest)
    seen = sniff(alone, name)
    if seen.kind != "json" or seen.layout != "lines":
        return None
    padded.write_bytes(b"\n" * grown.line_count + rest)
    return PlainFile(padded, name, seen, max(map(len, rest.split(b"\n"))))


def to_read_whole(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    source: Source,
    files: list[ReadFile],
    unreadable: dict[str, str],
) -> list[ReadFile]:
    """Files of which the rest alone does not do: it can't be read, or rows whose keys are counts (see
    `Shape.read`) have a like before."""
    grown = [file for file in files if file.grown]
    if not grown:
        return []
    found = set(unreadable)
    con.execute("create or replace table grown_files (_source_file varchar)")
    insert_rows(con, "grown_files", [[file.plain.name] for file in grown])
    # What another file said too may not have been written as this one's.
    alone = all(not line.unchanged for file in grown if file.grown for line in file.grown.lines)
    own = f"_source_file in ({', '.join(sql_text(file.plain.name) for file in grown)})" if alone else "true"
    for table in source.tables:
        # A vendor's own key may look so too: to read its file as a whole does no harm.
        counted = f"""select * from new_{table.name}
            where regexp_matches(_record_key, '#[0-9]+$') and _source_file in (from grown_files)"""
        if con.execute(f"{counted} limit 1").fetchone():
            rows = con.execute(f"""
                select distinct _source_file from ({counted}) where (instance, _record_key) in (
                    select (instance, _record_key) from {parts_of(home, source, table)} where {own}
                )
            """).fetchall()
            found |= {row[0] for row in rows}
    return [file for file in grown if file.plain.name in found]
