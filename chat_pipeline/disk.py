"""The disk: making sure that something is on it before it is made visible, and telling its faults from a file's."""

from __future__ import annotations

import errno
import os
from pathlib import Path

# No room, no quota left, a limit on a file's size, a disk that fails, one that may only be read, too many files open.
OF_THE_MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE)


def is_of_the_machine(error: BaseException) -> bool:
    """Whether an error says something of this machine, not of the file that was read: tomorrow it may be gone.

    DuckDB tells them in words; what spills finds no room before the disk is full to its last block."""
    if isinstance(error, OSError):
        return error.errno in OF_THE_MACHINE
    words = (*map(os.strerror, OF_THE_MACHINE), "max_temp_directory_size")
    return type(error).__module__.startswith(("duckdb", "_duckdb")) and any(
        word in str(error) for word in words
    )


def flush(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
