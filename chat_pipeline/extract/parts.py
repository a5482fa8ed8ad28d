"""Rows read and not in raw yet: Parquet parts in a scratch folder.

They have the form in which they enter raw. Nearly always all of a table's rows come from one batch of files and all
of them enter: its part is then moved into the load as it is, and no row is written twice.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from chat_pipeline.extract.versions import content_hash
from chat_pipeline.reading import sql_path, sql_text
from chat_pipeline.source import Source, Table, raw_types

# Cheap to write: two thirds of the time of the usual options, for files as large within a tenth. Dictionaries of
# few values only, as keys and texts have none; and no filters for values that nothing asks for.
PARQUET = "format parquet, compression zstd, compression_level 1, dictionary_size_limit 2000, write_bloom_filter false"

# A part's name is never used again: DuckDB may remember what a file of it held.
_numbers = itertools.count()


@dataclass(frozen=True)
class NewRows:
    """The rows of the load `number`, by raw table: parts in `folder`, seen as the view `new_<table>`, where
    `new_row` tells a row from all others. `set_aside`: a table of the rows that can't be used."""

    con: duckdb.DuckDBPyConnection
    source: Source
    folder: Path
    number: int
    loaded_at: datetime

    def create(self) -> None:
        """No temporary table and views: those are seen by one cursor only, and the audit uses another."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for table in self.source.tables:
            self._show(table)
        self.con.execute("""
            create or replace table set_aside (
                table_name varchar, instance varchar, _source_file varchar, _source_row bigint, reason varchar,
                original varchar, _loaded_at timestamp
            )
        """)

    def parts(self, table: Table) -> list[Path]:
        return sorted(self.folder.glob(f"{table.name}.*.parquet"))

    def add(self, table: Table, rows: str) -> Path | None:
        """Write rows of the raw columns (but those made here) as a part; None if there are none."""
        part = self.folder / f"{table.name}.{next(_numbers):09d}.parquet"
        made = {"_load": f"cast({self.number} as bigint)", "_content_hash": content_hash(table)}
        columns = ", ".join(f"""{made.get(name, f'"{name}"')} as "{name}\"""" for name, _ in raw_types(table))
        try:
            count = self.con.execute(
                f"copy (select {columns} from ({rows})) to {sql_text(str(part))} ({PARQUET})"
            ).fetchone()
        except Exception:
            part.unlink(missing_ok=True)
            raise
        if not count or not count[0]:
            part.unlink()
            return None
        self._show(table)
        return part

    def replace(self, table: Table, part: Path, rows: str) -> None:
        """Write rows in the place of a part's, from which they may be read."""
        self.add(table, rows)
        self.drop(table, part)

    def drop(self, table: Table, part: Path) -> None:
        part.unlink()
        self._show(table)

    def take_out(self, name: str) -> None:
        """Drop the rows of a file, as if it had not been read."""
        others = f"_source_file <> {sql_text(name)}"
        for table in self.source.tables:
            for part in self.parts(table):
                rows = f"select * from read_parquet({sql_path(part)})"
                if self.con.execute(f"{rows} where not ({others}) limit 1").fetchone():
                    self.replace(table, part, f"{rows} where {others}")
        self.con.execute(f"delete from set_aside where not ({others})")

    def _show(self, table: Table) -> None:
        parts = self.parts(table)
        listed = ", ".join(map(sql_path, parts))
        columns = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in raw_types(table))
        rows = (
            f"select *, cast((file_index << 40) + file_row_number as bigint) as new_row"
            f" from read_parquet([{listed}], hive_partitioning = false)"
            if parts
            else f"select {columns}, cast(null as bigint) as new_row where false"
        )
        self.con.execute(f"create or replace view new_{table.name} as {rows}")
