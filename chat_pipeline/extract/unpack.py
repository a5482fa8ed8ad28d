"""Archives unpacked in a scratch folder: gzip, Zstandard, zip. What they hold is not looked at here.

A member's own name is never a path on this machine.
"""

from __future__ import annotations

import gzip
import lzma
import struct
import zipfile
import zlib
from collections import Counter
from io import BufferedIOBase
from pathlib import Path
from typing import IO

from chat_pipeline.source import UnreadableFile

CHUNK = 1 << 20
GZIP, ZSTD, ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"
# Exports pack to a tenth, logs of few words to a fiftieth. What unpacks to far more is there to fill the disk.
LARGEST_RATIO = 150
# Whatever the ratio: a small file of one letter is no attack.
ALWAYS_ALLOWED = 256 << 20
# What Python's readers of archives raise over one that is damaged.
DAMAGE = (EOFError, zlib.error, lzma.LZMAError, struct.error, zipfile.BadZipFile, ValueError, OverflowError)


def unpack(path: Path, name: str, scratch: Path) -> list[tuple[Path, str]]:
    """(file, its name) of what an archive holds, or of the file itself if it is none.

    Raises UnreadableFile for an archive that is damaged, locked or a bomb, OSError for all that is no fault of it.
    """
    with path.open("rb") as stream:
        magic = stream.read(4)
    packed = magic[:2] == GZIP or magic in (ZSTD, ZIP)
    if packed:
        scratch.mkdir(parents=True, exist_ok=True)
    try:
        if magic[:2] == GZIP:
            return [(_unpack_gzip(path, scratch / "plain"), name)]
        if magic == ZSTD:
            return [(_unpack_zstd(path, scratch / "plain"), name)]
        if magic == ZIP:
            return _unpack_zip(path, name, scratch)
    except DAMAGE as error:
        raise UnreadableFile(f"damaged archive ({error})") from error
    except OSError as error:
        if error.errno is not None:  # of the disk
            raise
        raise UnreadableFile(f"damaged archive ({error})") from error
    return [(path, name)]


def _unpack_gzip(path: Path, target: Path) -> Path:
    with gzip.open(path) as packed:
        _copy(packed, target, _allowed(path))
    return target


def _unpack_zstd(path: Path, target: Path) -> Path:
    import zstandard

    try:
        # Without that, what comes behind the first frame would be left out.
        with path.open("rb") as packed:
            reader = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
            _copy(reader, target, _allowed(path))
    except zstandard.ZstdError as error:
        raise UnreadableFile(f"damaged archive ({error})") from error
    return target


def _unpack_zip(path: Path, name: str, scratch: Path) -> list[tuple[Path, str]]:
    with zipfile.ZipFile(path) as archive:
        listed = archive.infolist()
        allowed = _allowed(path)
        # Python's zip reader gives no more of a member than the archive says of it.
        if sum(member.file_size for member in listed) > allowed:
            raise _bomb(allowed)
        if "[Content_Types].xml" in archive.namelist():
            return [(path, name)]  # an Excel file
        members = [m for m in listed if not m.is_dir() and not Path(m.filename).name.startswith(".")]
        _refuse_locked(members)
        found = []
        for number, member in enumerate(members):
            target = scratch / f"member-{number}"
            with archive.open(member) as packed:
                _copy(packed, target, allowed)
            found.append((target, f"{name}/{member.filename}" if len(members) > 1 else name))
    return found


def _refuse_locked(members: list[zipfile.ZipInfo]) -> None:
    twice = [name for name, count in Counter(member.filename for member in members).items() if count > 1]
    if twice:
        raise UnreadableFile(
            f"the archive holds two files named {twice[0]}: unpack it and deliver what counts"
        )
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableFile("the archive asks for a password: deliver it without")
    for member in members:
        if member.compress_type not in (
            zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA
        ):  # fmt: skip
            raise UnreadableFile(
                "the archive is packed in a way that is not read (other than deflate): pack it anew"
            )


def _copy(packed: IO[bytes] | BufferedIOBase, target: Path, allowed: int) -> None:
    """Write what is unpacked, as long as it is no more than allowed."""
    written = 0
    with target.open("wb") as out:
        while chunk := packed.read(CHUNK):
            written += len(chunk)
            if written > allowed:
                raise _bomb(allowed)
            out.write(chunk)


def _allowed(path: Path) -> int:
    return max(ALWAYS_ALLOWED, LARGEST_RATIO * path.stat().st_size)


def _bomb(allowed: int) -> UnreadableFile:
    return UnreadableFile(
        f"unpacks to more than {allowed >> 20:,} MB, which no export of its size does: if it is one, deliver it unpacked"
    )
