"""Exports, raw and published Parquet in object storage, where settings say so ([paths]).

The home always holds working copies, which everything else reads and writes as if there were nothing but a disk.
Whoever gets hold of a home brings them up to date; what changed goes back at the named points of a sync.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from chat_pipeline.home import Home
from chat_pipeline.layout import ensure_layout
from chat_pipeline.lock import home_lock
from chat_pipeline.news import exports_digest
from chat_pipeline.publish import current_publication
from chat_pipeline.store import exports, index, parquet, raw
from chat_pipeline.store.lock import place_lock
from chat_pipeline.store.place import Place, StoreError
from chat_pipeline.store.raw_fetch import fetch_raw
from chat_pipeline.store.raw_send import send_raw

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

__all__ = ["Store", "StoreError", "exports_at", "hold"]


class Store:
    """The places of one home; each is none where settings name none, and nothing is done for it then.

    Every method raises `StoreError` (an OSError) with URL and remedy. `refused`: objects among the exports that can't be
    files, and why.
    """

    def __init__(self, home: Home, settings: Settings | None) -> None:
        self.home = home
        self.settings = settings
        self.refused: list[str] = []
        paths = settings.paths if settings else None
        self.exports = _place(paths.exports, paths.endpoint) if paths else None
        self.raw = _place(paths.raw, paths.endpoint) if paths else None
        self.parquet = _place(paths.parquet, paths.endpoint) if paths else None

    def fetch(self) -> None:
        """Bring the working copies to what the places hold."""
        if self.raw:
            fetch_raw(self.raw, self.home, index.load(self.home, raw.PART, self.raw.url))
            # The place may have been written by an older version, or a newer one.
            ensure_layout(self.home)
        if self.exports:
            known = index.load(self.home, exports.PART, self.exports.url)
            self.refused = exports.fetch_exports(self.exports, self.home.exports, known)
            index.save(self.home, exports.PART, known)

    def send_raw(self) -> None:
        """Commit what is new in raw: loads, what people decided, what the home remembers."""
        if self.raw:
            send_raw(self.raw, self.home, index.load(self.home, raw.PART, self.raw.url))

    def send_parquet(self) -> None:
        """Make the standing publication the current one at its place."""
        publication = current_publication(self.home)
        if self.parquet and self.settings and publication:
            known = index.load(self.home, parquet.PART, self.parquet.url)
            parquet.send_parquet(self.parquet, publication, self.settings.publish.keep, known)
            index.save(self.home, parquet.PART, known)


@contextmanager
def hold(home: Home, settings: Settings | None) -> Iterator[Store]:
    """Hold the home's lock and those of its places in object storage, the working copies up to date. None: there
    are no such places. Raises HomeBusy, StoreError and what `home_lock` raises."""
    with home_lock(home), ExitStack() as locks:
        store = Store(home, settings)
        for place in filter(None, (store.raw, store.parquet)):
            locks.enter_context(place_lock(place, home))
        store.fetch()
        yield store


def exports_at(home: Home, settings: Settings) -> str:
    """A hash of the exports where they are delivered: another one when something was."""
    place = Store(home, settings).exports
    return exports.digest(place) if place else exports_digest(home)


def _place(url: str, endpoint: str) -> Place | None:
    return Place(url, endpoint) if url else None
