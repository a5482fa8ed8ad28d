"""`raw` in object storage: names, and which loads count.

The place holds what the home's folder holds, under the same names. A load counts there as soon as its ledger object is
there: it is written last, with If-None-Match, so that no load has two contents. At the start of a sync the place is the
truth, and the working copy follows it (`raw_fetch`); what the sync changes goes there before anything is published
(`raw_send`). `load-000000` and `_incoming` stay in the home.
"""

from __future__ import annotations

import json
from pathlib import Path

from chat_pipeline.extract.ledger import FILES_PART
from chat_pipeline.extract.merge import REPLACES
from chat_pipeline.home import Home
from chat_pipeline.store.place import Place, StoreError

PART = "raw"


def ledger_of(folder: str) -> str:
    return f"{folder}/{FILES_PART}"


def load_of(name: str) -> str:
    """`rasa/load-000007` of a part's name; empty of what is in no load."""
    folder, _, _ = name.rpartition("/")
    return folder if folder.count("/") == 1 and folder.partition("/")[2].startswith("load-") else ""


def replaced(home: Home) -> set[str]:
    """The loads for which merged ones of the working copy stand."""
    return {
        f"{told.parent.parent.name}/{name}"
        for told in home.raw.glob(f"[!_]*/load-*/{REPLACES}")
        for name in json.loads(told.read_text(encoding="utf-8"))
    }


def conflict(place: Place, folder: Path, name: str, what: str) -> StoreError:
    return StoreError(
        f"{place.url} {what}: {name} of this home was never sent, and another machine has synced since. Move {folder}"
        " out of the home and sync again: its files are read again where exports still hold them"
    )
