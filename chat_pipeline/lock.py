"""One sync at a time: the home's lock, held by the operating system for as long as the process lives."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from chat_pipeline.home import Home
from chat_pipeline.layout import ensure_layout


class HomeBusy(Exception):
    """Another process is syncing this home."""


class HomeNotWritable(Exception):
    """The home's folder takes no files."""


@contextmanager
def home_lock(home: Home) -> Iterator[None]:
    """Hold the home's lock; whoever gets it clears what a killed sync left half written, and brings a
    home of an older layout up to date.

    Raises HomeBusy if another process holds it (a dead one holds nothing), HomeNotWritable, NewerLayout.
    """
    with _opened(home) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            raise HomeBusy(
                f"another sync holds {home.root} (process {holder}): wait for it, or end it, and try again"
            ) from None
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        ensure_layout(home)
        shutil.rmtree(home.incoming, ignore_errors=True)
        yield


def _opened(home: Home) -> IO[str]:
    try:
        home.root.mkdir(parents=True, exist_ok=True)
        return home.lock_file.open("a+")
    except OSError as error:
        raise HomeNotWritable(
            f"{home.root} can't be written to ({error.strerror}): a sync needs a folder where it may write"
        ) from error
