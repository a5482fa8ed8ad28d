"""The published Parquet in object storage: immutable files, and `current.json`, which readers follow.

A file's name holds a hash of its rows, so months that did not change are not sent again. `current.json` is written
last, in one piece: readers see one publication or the next. Files that none of the kept publications names are
removed after that.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chat_pipeline.publish import Publication
from chat_pipeline.published_parquet import part_contents
from chat_pipeline.store.index import Known
from chat_pipeline.store.place import Place

PART = "parquet"
CURRENT, KEPT = "current.json", "kept.json"
FILES = "files/"


def send_parquet(place: Place, publication: Publication, keep: int, known: Known) -> None:
    """Make a publication the current one at the place, unless it is. The caller holds the place's lock."""
    mark = f"{publication.version} {publication.published_at} {publication.fingerprint}"
    if known.sent == mark:
        return
    place.abort_uploads()
    listed = place.listing()
    names = {path: _name(path, content) for path, content in part_contents(publication.folder).items()}
    folder = publication.folder / "parquet"
    place.put({name: folder / path for path, name in names.items() if name not in listed})
    kept = [sorted(names.values()), *json.loads(place.read(KEPT) or b"[]")][: max(keep, 1)]
    place.write(KEPT, json.dumps(kept, indent=1).encode())
    place.write(CURRENT, json.dumps(_current(place, publication, names), indent=1).encode())
    named = {name for files in kept for name in files}
    place.remove(name for name in listed if name.startswith(FILES) and name not in named)
    known.sent = mark


def _name(path: str, content: str) -> str:
    """`files/marts/fct_messages/2026-11.<hash>.parquet`"""
    return f"{FILES}{Path(path).with_suffix('').as_posix()}.{content[:20]}.parquet"


def _current(place: Place, publication: Publication, names: dict[str, str]) -> dict[str, Any]:
    tables: dict[str, list[str]] = {}
    for path, name in sorted(names.items()):
        schema, table = Path(path).with_suffix("").parts[:2]
        tables.setdefault(f"{schema}.{table}", []).append(f"{place.url}/{name}")
    return {"version": publication.version, "published_at": publication.published_at, "tables": tables}
