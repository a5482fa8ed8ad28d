"""For the quirks of single sources: a home with given exports, extracted, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from chat_pipeline.extract import ExtractReport, extract_source
from chat_pipeline.home import Home
from chat_pipeline.reading import glob_text
from chat_pipeline.settings import Settings
from chat_pipeline.sources import discover

LOADED_AT = datetime(2026, 11, 20, 4)


@dataclass
class Extracted:
    """A source's exports after extract, its raw rows and what was set aside."""

    homes: list[Home]
    source: str
    report: ExtractReport

    @property
    def states(self) -> dict[str, str]:
        return {file.path: file.state for file in self.report.files}

    @property
    def shapes(self) -> dict[str, str]:
        return {file.path: file.shape for file in self.report.files}

    def raw(self, table: str, columns: str, where: str = "true") -> list[tuple]:
        """Columns of a raw table, in order of file and row."""
        return self._read(
            f"{table}.parquet", f"select {columns} from raw where {where} order by _source_file, _source_row"
        )

    def set_aside(self) -> list[tuple]:
        return self._read(
            "_quarantine.parquet", "select _source_file, _source_row, reason from raw order by all"
        )

    def _read(self, name: str, select: str) -> list[tuple]:
        parts = [
            glob_text(part) for home in self.homes for part in home.raw.glob(f"{self.source}/load-*/{name}")
        ]
        with duckdb.connect() as con:
            con.execute("create view raw as select * from read_parquet([{}], union_by_name = true, "
                        "hive_partitioning = false)".format(", ".join("'" + p.replace("'", "''") + "'" for p in parts)))  # fmt: skip
            return con.execute(select).fetchall()


@pytest.fixture
def extract(home: Home, settings: Settings) -> Callable[..., Extracted]:
    """Put files ({path: content or a file to copy}) under a source's exports and extract it."""

    def run(source: str, files: dict[str, Any], using: Settings | None = None) -> Extracted:
        for name, content in files.items():
            path = home.exports / source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                content = content.read_bytes()
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        report = extract_source(home, using or settings, discover()[source], loaded_at=LOADED_AT)
        assert report.error is None, report.error
        for file in report.files:
            for counts in file.tables.values():
                assert counts["read"] == sum(
                    counts[k] for k in ("loaded", "unchanged", "quarantined", "held")
                )
        return Extracted([home], source, report)

    return run


@pytest.fixture
def extract_apart(tmp_path: Path, settings: Settings) -> Callable[..., Extracted]:
    """Each file in a home of its own, where no other file can make its rows `unchanged`."""

    def run(source: str, files: dict[str, str | bytes]) -> Extracted:
        found = Extracted([], source, ExtractReport(source))
        for name, content in files.items():
            home = Home(tmp_path / f"home-{len(found.homes)}")
            path = home.exports / source / name
            path.parent.mkdir(parents=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            found.report.files += extract_source(
                home, settings, discover()[source], loaded_at=LOADED_AT
            ).files
            found.homes.append(home)
        return found

    return run


@pytest.fixture
def export(request: pytest.FixtureRequest) -> Callable[[str], dict[str, Path]]:
    """The files of a source's folder `export`, by their paths in it."""

    def files(source: str) -> dict[str, Path]:
        folder = Path(__file__).parent / source / "export"
        return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}

    return files
