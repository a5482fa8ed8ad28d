"""Writing files whose bytes and modification times depend on nothing but their content and plan."""

from __future__ import annotations

import gzip
import io
import os
import re
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

FIXED = datetime(2026, 1, 1)


@dataclass
class Exports:
    """The folder `exports/`; remembers what was written and what in it is broken on purpose."""

    root: Path
    written: list[str] = field(default_factory=list)
    # (file below exports/, row from 1 or None for the whole file, reason)
    broken: list[tuple[str, int | None, str]] = field(default_factory=list)

    def write(self, name: str, content: str | bytes, delivered: datetime) -> Path:
        """Write `content` (UTF-8) to `name` below exports/, gzipped if it ends in .gz; mtime `delivered` UTC."""
        raw = content.encode() if isinstance(content, str) else content
        path = self.path(name)
        path.write_bytes(gzip.compress(raw, compresslevel=5, mtime=0) if name.endswith(".gz") else raw)
        return self.deliver(name, delivered)

    def path(self, name: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def deliver(self, name: str, delivered: datetime) -> Path:
        """Note a file written otherwise and set its delivery time (UTC)."""
        path = self.root / name
        seconds = delivered.replace(tzinfo=UTC).timestamp()
        os.utime(path, (seconds, seconds))
        self.written.append(name)
        return path


def rewrite_zip(path: Path) -> None:
    """Give every member of a zip the same date, and an .xlsx fixed properties, so that bytes repeat."""
    with zipfile.ZipFile(path) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(members):
            if name == "docProps/core.xml":
                content = re.sub(
                    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
                    FIXED.strftime("%Y-%m-%dT%H:%M:%SZ").encode(),
                    content,
                )
            info = zipfile.ZipInfo(name, date_time=FIXED.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)


def zipped(members: dict[str, str]) -> bytes:
    """A zip of texts whose bytes repeat."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, date_time=FIXED.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


def write_excel(
    exports: Exports, name: str, sheet_name: str, rows: pd.DataFrame, delivered: datetime
) -> None:
    """A workbook of one sheet whose bytes repeat."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = sheet_name
    sheet.append(list(rows.columns))
    plain = rows.astype(object).where(rows.notna(), None)
    for row in plain.itertuples(index=False):
        sheet.append(list(row))
    path = exports.path(name)
    book.save(path)
    rewrite_zip(path)
    exports.deliver(name, delivered)


def sql_text(value: str) -> str:
    """A quoted SQL literal for text of our own."""
    return "'" + value.replace("'", "''") + "'"
