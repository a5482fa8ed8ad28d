"""A first look into a file: what it is by content, and its first records, columns or tables.

A shape is told apart by what is seen here, never by the file's name. Only the beginning of a file
is read, unless its first JSON value is larger than that.
"""

from __future__ import annotations

from pathlib import Path

from chat_pipeline.sniff.binary import of_avro, of_excel, of_parquet, of_sqlite
from chat_pipeline.sniff.model import Sniff
from chat_pipeline.sniff.text import json_lines, of_csv, of_json

__all__ = ["Sniff", "sniff"]

HEAD_BYTES = 1 << 20
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
AVRO_MARK = b"Obj\x01"


def sniff(path: Path, name: str) -> Sniff:
    """Look at a file that is already plain (decompressed, UTF-8 if text)."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head.strip(b" \t\r\n"):
        return Sniff(name, "empty")
    if head.startswith(b"SQLite format 3\0"):
        return of_sqlite(path, name)
    if head.startswith(b"PAR1"):
        return of_parquet(path, name)
    if head.startswith(b"PK\x03\x04"):
        return of_excel(path, name)
    if head.startswith(OLD_EXCEL):
        return Sniff(name, "other", trouble="an Excel file of the old kind: export as CSV or XLSX, not XLS")
    if head.startswith(AVRO_MARK):
        return of_avro(path, name)
    if b"\0" in head:
        return Sniff(name, "other", trouble="binary data")
    text = head.decode("utf-8", errors="ignore")
    start = text.lstrip()[:1]
    if start in ("{", "["):
        return of_json(path, name, text, whole=len(head) < HEAD_BYTES)
    lines = json_lines(text, whole=len(head) < HEAD_BYTES)
    if lines:
        return Sniff(name, "json", "lines", samples=lines)
    return of_csv(name, text)
