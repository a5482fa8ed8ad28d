"""Many small loads made one, and rows set aside that are kept long enough dropped. What counts does not change:
each row keeps its load, file and times, and the ledger its lines.

A merged folder (`load-000001-000040`) is written aside with the names of those it stands for, and becomes visible by
one rename: that is the commit. Only then are the others removed; whoever finds the list finishes that. It stays, for
copies of raw that still have the others. The caller holds the home's lock.
"""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from chat_pipeline import engine
from chat_pipeline.disk import flush
from chat_pipeline.extract.ledger import FILES_PART
from chat_pipeline.extract.loads import EMPTY_LOAD, QUARANTINE_PART, make_visible
from chat_pipeline.home import Home, load_number
from chat_pipeline.reading import sql_path, sql_text
from chat_pipeline.source import Source

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

REPLACES = "_replaces.json"
# A load this large is read well as it is; to write it again every few weeks would cost more than it saves.
LARGE_BYTES = 128 << 20


def tidy(home: Home, settings: Settings, source: Source, at: datetime) -> None:
    """What each extraction does first: finish a merge that was cut off, merge if there are many loads, drop old
    rows set aside. `at`: the load time (UTC)."""
    finish(home, source)
    _drop_quarantine(home, source, at - settings.raw.quarantine)
    if settings.raw.merge_above and len(_small(home, source)) > settings.raw.merge_above:
        merge(home, settings, source)


def finish(home: Home, source: Source) -> None:
    """Remove loads that a merged one stands for."""
    for told in sorted((home.raw / source.name).glob(f"load-*/{REPLACES}")):
        left = [told.parent.parent / name for name in json.loads(told.read_text(encoding="utf-8"))]
        for folder in filter(Path.is_dir, left):
            shutil.rmtree(folder, ignore_errors=True)


def merge(home: Home, settings: Settings, source: Source) -> int:
    """Make one load of all small ones; how many they were."""
    finish(home, source)
    folders = _small(home, source)
    if len(folders) < 2:
        return 0
    numbers = sorted(map(load_number, folders))
    staged = home.incoming / source.name / f"load-{numbers[0]:06d}-{numbers[-1]:06d}"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    with engine.connect(settings, home.incoming) as con:
        for name in sorted({part.name for folder in folders for part in folder.glob("*.parquet")}):
            _merge_part(con, home, source, folders, staged / name)
    (staged / REPLACES).write_text(json.dumps([folder.name for folder in folders]), encoding="utf-8")
    make_visible(staged, home.raw / source.name / staged.name)
    finish(home, source)
    return len(folders)


def _small(home: Home, source: Source) -> list[Path]:
    """The source's loads that are not large, oldest first; the empty one is none."""
    folders = [f for f in (home.raw / source.name).glob("load-*") if f.name != EMPTY_LOAD]
    sizes = {folder: sum(part.stat().st_size for part in folder.iterdir()) for folder in folders}
    return sorted((folder for folder in folders if sizes[folder] < LARGE_BYTES), key=load_number)


def _merge_part(
    con: duckdb.DuckDBPyConnection, home: Home, source: Source, folders: list[Path], target: Path
) -> None:
    # The empty load's part knows columns that older loads have not.
    parts = [home.raw / source.name / EMPTY_LOAD / target.name, *(folder / target.name for folder in folders)]
    listed = ", ".join(sql_path(part) for part in parts if part.is_file())
    con.execute(
        f"copy (from read_parquet([{listed}], union_by_name = true, hive_partitioning = false))"
        f" to {sql_text(str(target))} (format parquet, compression zstd)"
    )


def _drop_quarantine(home: Home, source: Source, before: datetime) -> None:
    """Rows set aside by loads before that; how many they were stays in the ledger."""
    for part in sorted((home.raw / source.name).glob(f"load-*/{QUARANTINE_PART}")):
        with duckdb.connect() as con:
            ledger = f"read_parquet({sql_path(part.with_name(FILES_PART))})"
            rows = f"read_parquet({sql_path(part)})"
            columns = [row[0] for row in con.execute(f"describe from {rows}").fetchall()]
            # Parts of older layouts do not tell when; their load does.
            at = "_loaded_at" if "_loaded_at" in columns else f"(select max(loaded_at) from {ledger})"
            found = con.execute(
                f"select count(*), count(*) filter ({at} >= ?) from {rows}", [before]
            ).fetchone()
            if not found or found[0] == found[1]:
                continue
            aside = part.with_suffix(".new")
            con.execute(
                f"copy (from {rows} where {at} >= timestamp '{before}') to {sql_text(str(aside))} (format parquet)"
            )
        flush(aside)
        aside.replace(part)
