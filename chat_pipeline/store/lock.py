"""One machine syncs at a time: an object at the place says which.

It only keeps machines from working in vain: that no load is written twice is seen to by the ledger objects.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from chat_pipeline.home import Home
from chat_pipeline.lock import HomeBusy
from chat_pipeline.store.place import Place

LOCK = "_lock.json"
# No sync takes so long; a machine that died under its lock keeps the next night's from nothing.
EXPIRES = timedelta(hours=12)


@contextmanager
def place_lock(place: Place, home: Home) -> Iterator[None]:
    """Hold the place's lock. Raises HomeBusy if another machine does. The caller holds the home's lock."""
    own = {
        "machine": socket.gethostname(),
        "home": str(home.root),
        "process": str(os.getpid()),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    content = json.dumps(own, indent=1).encode()
    if not place.create(LOCK, content):
        _refuse_living(place, own)
        place.write(LOCK, content)
    try:
        yield
    finally:
        if place.read(LOCK) == content:
            place.remove([LOCK])


def _refuse_living(place: Place, own: dict[str, str]) -> None:
    """A lock of this home is a killed sync's, for we hold the home; another's may be too old."""
    held = place.read(LOCK)
    holder = json.loads(held) if held else own
    until = datetime.fromisoformat(holder["since"]) + EXPIRES
    is_own = (holder["machine"], holder["home"]) == (own["machine"], own["home"])
    if not is_own and datetime.now(UTC) < until:
        raise HomeBusy(
            f"another machine syncs {place.url}: {holder['machine']}, process {holder['process']}, home {holder['home']},"
            f" since {holder['since']}. Wait for it. If it died, its lock expires at {until:%Y-%m-%d %H:%M} UTC;"
            f" to go on at once, remove {place.url}/{LOCK}"
        )
