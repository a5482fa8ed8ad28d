"""Files of a source's folder: listed, opened into plain ones, fingerprinted."""

from __future__ import annotations

import codecs
import gzip
import shutil
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from chat_pipeline.sniff import AVRO_MARK, OLD_EXCEL, sniff
from chat_pipeline.source import PlainFile, UnreadableFile

CHUNK = 1 << 20
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class SeenFile:
    """A file in the folder, not opened yet. `path` is relative to `exports/<source>/`."""

    path: str
    full: Path
    size: int
    mtime_ns: int

    def is_unchanged(self) -> bool:
        """Whether the file still is what was seen: a file written to while it is read is not used."""
        try:
            stat = self.full.stat()
        except FileNotFoundError:
            return False
        return (stat.st_size, stat.st_mtime_ns) == (self.size, self.mtime_ns)


def list_files(folder: Path) -> list[SeenFile]:
    """Every file below the folder, hidden and half-downloaded ones aside, in the order of their paths."""
    found = []
    for full in sorted(folder.rglob("*")) if folder.is_dir() else []:
        relative = full.relative_to(folder)
        if any(part.startswith((".", "~$")) for part in relative.parts) or not full.is_file():
            continue
        stat = full.stat()
        found.append(SeenFile(relative.as_posix(), full, stat.st_size, stat.st_mtime_ns))
    return found


def open_plain(seen: SeenFile, scratch: Path) -> list[PlainFile]:
    """The file, or the members of a zip, decompressed and as UTF-8 without byte order mark.

    A plain file is used where it lies. Raises UnreadableFile for damaged archives.
    """
    with seen.full.open("rb") as stream:
        magic = stream.read(4)
    try:
        if magic[:2] == b"\x1f\x8b" or magic in (b"\x28\xb5\x2f\xfd", b"PK\x03\x04"):
            scratch.mkdir(parents=True, exist_ok=True)
        if magic[:2] == b"\x1f\x8b":
            plain = [(_unpack_gzip(seen.full, scratch / "plain"), seen.path)]
        elif magic == b"\x28\xb5\x2f\xfd":
            plain = [(_unpack_zstd(seen.full, scratch / "plain"), seen.path)]
        elif magic == b"PK\x03\x04" and not _is_excel(seen.full):
            plain = _unpack_zip(seen, scratch)
        else:
            plain = [(seen.full, seen.path)]
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise UnreadableFile(f"damaged archive ({error})") from error
    return [_as_text(path, name, scratch) for path, name in plain]


def _unpack_gzip(path: Path, target: Path) -> Path:
    with gzip.open(path) as packed, target.open("wb") as out:
        shutil.copyfileobj(packed, out, CHUNK)
    return target


def _unpack_zstd(path: Path, target: Path) -> Path:
    import zstandard

    try:
        with path.open("rb") as packed, target.open("wb") as out:
            zstandard.ZstdDecompressor().copy_stream(packed, out)
    except zstandard.ZstdError as error:
        raise UnreadableFile(f"damaged archive ({error})") from error
    return target


def _is_excel(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return "[Content_Types].xml" in archive.namelist()


def _unpack_zip(seen: SeenFile, scratch: Path) -> list[tuple[Path, str]]:
    found = []
    with zipfile.ZipFile(seen.full) as archive:
        members = [
            m for m in archive.infolist() if not m.is_dir() and not Path(m.filename).name.startswith(".")
        ]
        for number, member in enumerate(members):
            target = scratch / f"member-{number}"
            with archive.open(member) as packed, target.open("wb") as out:
                shutil.copyfileobj(packed, out, CHUNK)
            found.append((target, f"{seen.path}/{member.filename}" if len(members) > 1 else seen.path))
    return found


def _as_text(path: Path, name: str, scratch: Path) -> PlainFile:
    """The file as UTF-8 if it is text; binary kinds stay as they are."""
    with path.open("rb") as stream:
        head = stream.read(16)
    if head.startswith((b"SQLite format 3\0", b"PAR1", b"PK\x03\x04", OLD_EXCEL, AVRO_MARK)):
        return PlainFile(path, name, sniff(path, name))
    encoding, longest = _text_facts(path)
    if encoding != "utf-8":
        scratch.mkdir(parents=True, exist_ok=True)
        path = _transcode(path, scratch / f"{path.name}.utf8", encoding)
    return PlainFile(path, name, sniff(path, name), longest)


def _text_facts(path: Path) -> tuple[str, int]:
    """The text's encoding, and the bytes of its longest line where that passes a chunk (else at most a chunk's)."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    encoding, longest, open_line = "utf-8", 0, 0
    with path.open("rb") as stream:
        head = stream.read(4)
        if head.startswith(UTF16_MARKS):
            return "utf-16", path.stat().st_size
        if head.startswith(codecs.BOM_UTF8):
            encoding = "utf-8-sig"
        stream.seek(0)
        while chunk := stream.read(CHUNK):
            if encoding != "cp1252" and not (chunk.isascii() and decoder.getstate()[0] == b""):
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    encoding = "cp1252"
            # A line within one chunk is short: only those over a border of chunks are measured.
            first, last = chunk.find(b"\n"), chunk.rfind(b"\n")
            longest = max(longest, open_line + (len(chunk) if first < 0 else first))
            open_line = open_line + len(chunk) if last < 0 else len(chunk) - last - 1
    return encoding, max(longest, open_line)


def _transcode(path: Path, target: Path, encoding: str) -> Path:
    with (
        path.open(encoding=encoding, errors="replace", newline="") as text,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        shutil.copyfileobj(text, out, CHUNK)
    return target
