"""A look into files without loading them: source, shape, tables, rows, first problems."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chat_pipeline import engine
from chat_pipeline.extract import files, rows
from chat_pipeline.extract.detect import detect
from chat_pipeline.extract.parts import NewRows
from chat_pipeline.source import PlainFile, Source, UnreadableFile
from chat_pipeline.sources import discover

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

FIRST_PROBLEMS = 5


@dataclass
class Inspection:
    """What a file is to each source that reads it; `refusals` says why the others don't."""

    path: str
    source: str = ""
    shape: str = ""
    tables: dict[str, dict[str, int]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)


def inspect_file(settings: Settings, path: Path) -> list[Inspection]:
    """One inspection per plain file in `path` (a zip may hold several)."""
    stat = path.stat()
    seen = files.SeenFile(path.name, path, stat.st_size, stat.st_mtime_ns)
    with tempfile.TemporaryDirectory() as folder:
        try:
            plain = files.open_plain(seen, Path(folder))
        except UnreadableFile as error:
            return [Inspection(path.name, problems=[str(error)])]
        return [_inspect(settings, file, Path(folder)) for file in plain]


def _inspect(settings: Settings, file: PlainFile, scratch: Path) -> Inspection:
    found = Inspection(file.name)
    for source in discover().values():
        verdict = detect(source, file.sniff, settings.source(source.name).columns)
        if verdict.shape is None:
            found.refusals[source.name] = verdict.reason
            continue
        now = datetime.now(UTC).replace(tzinfo=None)
        unreadable = _read(
            settings, source, rows.ReadFile(file, "default", verdict.shape, now), found, scratch
        )
        if unreadable:
            found.refusals[source.name] = unreadable
            continue
        found.source, found.shape = source.name, verdict.shape.name
        break
    return found


def _read(settings: Settings, source: Source, file: rows.ReadFile, found: Inspection, scratch: Path) -> str:
    """Read the file as the source would; why it can't be read, or ""."""
    with engine.connect(settings, scratch) as con:
        new = NewRows(con, source, scratch / "new", 0, file.delivered_at)
        new.create()
        unreadable = rows.read_files(new, [file], lambda name: settings.source(source.name, name))
        if unreadable:
            return next(iter(unreadable.values()))
        for table in source.tables:
            good = con.execute(f"select count(*) from new_{table.name}").fetchone()
            aside = con.execute(
                "select count(*) from set_aside where table_name = ?", [table.name]
            ).fetchone()
            if good and aside and (good[0] or aside[0]):
                found.tables[table.name] = {"good": good[0], "set_aside": aside[0]}
        found.problems += [
            f"{table}, row {row}: {reason}"
            for table, row, reason in con.execute(
                "select table_name, _source_row, reason from set_aside order by all limit ?", [FIRST_PROBLEMS]
            ).fetchall()
        ]
    return ""
