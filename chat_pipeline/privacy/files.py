"""The person in files: exports as they lie there, raw tables and rows set aside, everything else in a home."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from chat_pipeline.extract.files import SeenFile, list_exports, open_plain
from chat_pipeline.home import Home
from chat_pipeline.privacy.patterns import CELL, Patterns, Sought
from chat_pipeline.reading import glob_text, sql_name, sql_path, sql_text
from chat_pipeline.source import UnreadableFile

if TYPE_CHECKING:
    import duckdb

Counts = dict[str, tuple[int, int]]
CHUNK = 8 << 20
# What may stand between the digits of a phone number.
BETWEEN = b" ()./-"
OVERLAP = 1 << 10
# Looked into on their own.
DATABASES = (".duckdb", ".parquet", ".wal")
# Parts of a load that tell of files and rows, and hold none.
NO_ROWS = {"_files.parquet", "_confirmed.parquet"}


def in_exports(home: Home, looked_for: Patterns) -> Counts:
    """Mentions by file, in archives and workbooks too; in Parquet and Avro files rows."""
    found = {}
    for seen in list_exports(home.exports):
        if seen.refused:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            found[seen.path] = _mentions(seen, Path(scratch), looked_for)
    return found


def in_raw(home: Home, looked_for: Patterns) -> Counts:
    """Rows by raw table and export file, those set aside too."""
    import duckdb

    found: Counts = {}
    with duckdb.connect() as con:
        for source in sorted(folder for folder in home.raw.glob("[!_]*") if folder.is_dir()):
            names = sorted({part.name for part in source.glob("load-*/*.parquet")} - NO_ROWS)
            for name in names:
                parts = f"read_parquet({sql_text(f'{glob_text(source)}/load-*/{name}')}, union_by_name = true, hive_partitioning = false)"
                table = "set aside" if name == "_quarantine.parquet" else Path(name).stem
                for file, given, linked in _rows(con, parts, looked_for, source.name, "_source_file"):
                    found[f"{source.name}/{table}, from {file}"] = (given, linked)
    return found


def in_other_files(home: Home, looked_for: Patterns) -> Counts:
    """Mentions in the home's other files: logs, Dagster's and dbt's, reports."""
    apart = (home.exports, home.raw)
    found = {}
    for path in sorted(home.root.rglob("*")):
        within = any(path.is_relative_to(folder) for folder in apart)
        if within or path.is_symlink() or not path.is_file() or path.suffix in DATABASES:
            continue
        with path.open("rb") as stream:
            found[path.relative_to(home.root).as_posix()] = count(stream, looked_for)
    return found


def count(stream: IO[bytes], looked_for: Patterns) -> tuple[int, int]:
    """Mentions of what was given and of what is linked to it, in a stream of any length."""
    searched = [
        (sought, re.compile(sought.pattern.encode())) if sought else None
        for sought in (looked_for.given, looked_for.linked)
    ]
    counts = [0, 0]
    rest, is_last = b"", False
    while not is_last:
        chunk = stream.read(CHUNK)
        is_last = len(chunk) < CHUNK
        text = rest + chunk
        end = len(text) if is_last else len(text) - OVERLAP
        lower, digits = text.lower(), text.translate(None, BETWEEN)
        for position, (sought, pattern) in enumerate(filter(None, searched)):
            if _may_hold(sought, lower, digits):
                counts[position] += sum(1 for match in pattern.finditer(text) if match.start() < end)
        # What begins in the overlap is counted with the next chunk; one sign before it tells where a word begins.
        rest = text[end:]
    return counts[0], counts[1]


def _may_hold(sought: Sought, lower: bytes, digits: bytes) -> bool:
    return any(core.encode() in lower for core in sought.cores) or any(
        number.encode() in digits for number in sought.digits
    )


def _mentions(seen: SeenFile, scratch: Path, looked_for: Patterns) -> tuple[int, int]:
    try:
        plain = [file.path for file in open_plain(seen, scratch)]
    except (UnreadableFile, OSError):
        plain = [seen.full]
    counts = [_in_plain(path, looked_for) for path in plain]
    return sum(given for given, _ in counts), sum(linked for _, linked in counts)


def _in_plain(path: Path, looked_for: Patterns) -> tuple[int, int]:
    import duckdb

    with path.open("rb") as stream:
        magic = stream.read(4)
    if magic == b"PAR1":
        with duckdb.connect() as con:
            rows = list(_rows(con, f"read_parquet({sql_path(path)})", looked_for, "", "''"))
        return (rows[0][1], rows[0][2]) if rows else (0, 0)
    counts = [count(stream, looked_for) for stream in _streams(path, magic)]
    return sum(given for given, _ in counts), sum(linked for _, linked in counts)


def _streams(path: Path, magic: bytes) -> Iterator[IO[bytes]]:
    """What can be read as text: the file itself, a workbook's members, an Avro file's records."""
    import io

    if magic == b"PK\x03\x04" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as book:
            for member in book.infolist():
                with book.open(member) as stream:
                    yield stream
    elif magic == b"Obj\x01":
        import fastavro

        with path.open("rb") as stream:
            for record in fastavro.reader(stream):
                yield io.BytesIO(str(record).encode())
    else:
        with path.open("rb") as stream:
            yield stream


def _rows(
    con: duckdb.DuckDBPyConnection, relation: str, looked_for: Patterns, platform: str, group: str
) -> list[tuple[Any, ...]]:
    """(group, rows with what was given, rows with what is linked) of a relation."""
    columns = [row[0] for row in con.execute(f"describe select * from {relation}").fetchall()]
    cells = ", ".join(f"cast({sql_name(column)} as varchar)" for column in columns)
    linked = [looked_for.linked and looked_for.linked.pattern, looked_for.short.get(platform)]
    matched = " or ".join(f"regexp_matches(cells, {sql_text(pattern)})" for pattern in linked if pattern)
    return con.execute(f"""
        select told, count_if(is_given), count_if(is_linked and not is_given) from (
            select
                told, regexp_matches(cells, {sql_text(looked_for.given.pattern)}) as is_given, {matched or "false"} as is_linked
            from (select {group} as told, concat_ws({sql_text(CELL)}, {cells}) as cells from {relation})
        ) group by told having count_if(is_given or is_linked) > 0 order by told
    """).fetchall()
