"""Files of a source's folder: listed, opened into plain ones, fingerprinted."""

from __future__ import annotations

import codecs
import os
from dataclasses import dataclass, replace
from pathlib import Path

from chat_pipeline.extract.unpack import unpack
from chat_pipeline.sniff import AVRO_MARK, OLD_EXCEL, sniff
from chat_pipeline.source import PlainFile

CHUNK = 1 << 20
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What stands for a NUL in text: no JSON either, but readable.
NUL_SHOWN = "\ufffd"


@dataclass(frozen=True)
class SeenFile:
    """A file in the folder, not opened yet. `path` is relative to `exports/<source>/`; `refused`: why it won't be."""

    path: str
    full: Path
    size: int
    mtime_ns: int
    refused: str = ""

    def is_unchanged(self) -> bool:
        """Whether the file still is what was seen: a file written to while it is read is not used."""
        try:
            stat = self.full.stat()
        except FileNotFoundError:
            return False
        return (stat.st_size, stat.st_mtime_ns) == (self.size, self.mtime_ns)


def list_files(folder: Path) -> list[SeenFile]:
    """Every file below the folder, hidden and half-downloaded ones aside, in the order of their paths. The folder
    may be a link; links in it are followed only to files in it."""
    inside = folder.resolve()
    found = []
    for full in sorted(folder.rglob("*")) if folder.is_dir() else []:
        relative = full.relative_to(folder)
        if any(part.startswith((".", "~$")) for part in relative.parts):
            continue
        try:
            seen = _seen(full, relative, inside)
        except FileNotFoundError:  # vanished since the folder was listed
            continue
        if seen:
            found.append(seen)
    return found


def list_exports(exports: Path) -> list[SeenFile]:
    """The files of all folders in `exports/`, and those beside them; paths relative to `exports/`."""
    found = []
    for top in sorted(exports.iterdir()) if exports.is_dir() else []:
        if top.name.startswith((".", "~$")):
            continue
        if top.is_dir():
            found += [replace(seen, path=f"{top.name}/{seen.path}") for seen in list_files(top)]
        elif top.is_file():
            stat = top.stat()
            found.append(SeenFile(_name(Path(top.name)), top, stat.st_size, stat.st_mtime_ns))
    return found


def _seen(full: Path, relative: Path, inside: Path) -> SeenFile | None:
    refused = "" if _is_text(relative) else "its name is no UTF-8: rename it"
    if full.is_symlink() and not (full.is_file() and full.resolve().is_relative_to(inside)):
        stat = full.lstat()
        refused = "a link that leads to no file of this folder is not followed: put the file itself here"
    elif full.is_file():
        stat = full.stat()
    else:
        return None
    return SeenFile(_name(relative), full, stat.st_size, stat.st_mtime_ns, refused)


def _is_text(path: Path) -> bool:
    try:
        path.as_posix().encode()
    except UnicodeEncodeError:
        return False
    return True


def _name(path: Path) -> str:
    """The path as text; bytes of it that are none are written out."""
    return os.fsencode(path).decode("utf-8", errors="backslashreplace")


def open_plain(seen: SeenFile, scratch: Path) -> list[PlainFile]:
    """The file, or the members of an archive, decompressed and as UTF-8 without byte order mark.

    A plain file is used where it lies. Raises UnreadableFile for what can't be unpacked, OSError.
    """
    members = unpack(seen.full, seen.path, scratch)
    return [_as_text(path, name, scratch / f"{number}.utf8") for number, (path, name) in enumerate(members)]


def _as_text(path: Path, name: str, target: Path) -> PlainFile:
    """The file as UTF-8 if it is text; binary kinds stay as they are."""
    with path.open("rb") as stream:
        head = stream.read(16)
    if head.startswith((b"SQLite format 3\0", b"PAR1", b"PK\x03\x04", OLD_EXCEL, AVRO_MARK)):
        return PlainFile(path, name, sniff(path, name))
    facts = _text_facts(path)
    # A log whose end was not written before a crash is filled with NUL: no reason to lose its good lines. Binary
    # kinds have it in their beginning.
    mend = facts.has_nul and b"\0" not in head
    if facts.encoding != "utf-8" or mend:
        target.parent.mkdir(parents=True, exist_ok=True)
        path = _transcode(path, target, facts.encoding, NUL_SHOWN if mend else "\0")
    # What stands for a byte that is no text has three.
    longest = facts.longest_line if path != target else 3 * max(facts.longest_line, CHUNK)
    return PlainFile(path, name, sniff(path, name), longest, facts.line_count if path != target else 0)


@dataclass
class _TextFacts:
    """`longest_line`: its bytes where that passes a chunk (else at most a chunk's). `line_count`: its lines, if each
    begins with "{" (else 0)."""

    encoding: str = "utf-8"
    longest_line: int = 0
    has_nul: bool = False
    line_count: int = 0


def _text_facts(path: Path) -> _TextFacts:
    decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
    facts, open_line = _TextFacts(), 0
    ends, begins, is_at_end = 0, 0, True  # lines that ended, lines that begin with an object
    with path.open("rb") as stream:
        head = stream.read(4)
        if head.startswith(UTF16_MARKS):
            return _TextFacts("utf-16", path.stat().st_size)
        if head.startswith(codecs.BOM_UTF8):
            facts.encoding = "utf-8-sig"
        stream.seek(0)
        while chunk := stream.read(CHUNK):
            facts.has_nul = facts.has_nul or b"\0" in chunk
            if begins - ends in (0, 1) and b"\r" not in chunk:
                ends += chunk.count(b"\n")
                begins += chunk.count(b"\n{") + (is_at_end and chunk.startswith(b"{"))
                is_at_end = chunk.endswith(b"\n")
            else:  # not every line: not worth counting on
                begins, ends = 0, 1
            if decoder and not (chunk.isascii() and decoder.getstate()[0] == b""):
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    decoder, facts.encoding = None, _encoding_of(chunk, head)
            # A line within one chunk is short: only those over a border of chunks are measured.
            first, last = chunk.find(b"\n"), chunk.rfind(b"\n")
            facts.longest_line = max(facts.longest_line, open_line + (len(chunk) if first < 0 else first))
            open_line = open_line + len(chunk) if last < 0 else len(chunk) - last - 1
    facts.longest_line = max(facts.longest_line, open_line)
    ends += not is_at_end
    facts.line_count = ends if begins == ends else 0
    return facts


def _encoding_of(chunk: bytes, head: bytes) -> str:
    """Of text that is no whole UTF-8: that all the same, if more of its signs are good than are not."""
    text = chunk.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    good = sum(1 for sign in text if sign > "\x7f") - broken
    return "utf-8-sig" if good > broken or head.startswith(codecs.BOM_UTF8) else "cp1252"


def _transcode(path: Path, target: Path, encoding: str, nul: str) -> Path:
    with (
        path.open(encoding=encoding, errors="replace", newline="") as text,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        while chunk := text.read(CHUNK):
            out.write(chunk.replace("\0", nul))
    return target
