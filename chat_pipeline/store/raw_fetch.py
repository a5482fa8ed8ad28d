"""Raw data from object storage to the home's working copy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from chat_pipeline.extract.ledger import FILES_PART
from chat_pipeline.extract.loads import EMPTY_LOAD, make_visible
from chat_pipeline.extract.merge import REPLACES
from chat_pipeline.home import Home, load_number
from chat_pipeline.store.index import NAME, Known, save
from chat_pipeline.store.lock import LOCK
from chat_pipeline.store.place import Object, Place, StoreError, is_path
from chat_pipeline.store.raw import PART, conflict, ledger_of, load_of, replaced

Objects = dict[str, Object]


def fetch_raw(place: Place, home: Home, known: Known) -> None:
    """Bring the working copy to what the place holds. What this home has not sent yet stays. Raises StoreError."""
    place.abort_uploads()
    listed = {name: found for name, found in place.listing().items() if name != LOCK and is_path(name)}
    if known.objects and home.layout_mark.name not in listed:
        raise StoreError(
            f"{place.url} holds no raw data any more (no {home.layout_mark.name}), but did: correct [paths] raw, or put"
            f" back what was removed. To fill it again from {home.raw}, remove {home.root / NAME}"
        )
    loads, state = _loads_in(listed)
    # What is no load, for a machine died while it wrote or removed it.
    place.remove(n for folder, own in loads.items() if ledger_of(folder) not in own for n in own)
    loads = {folder: own for folder, own in loads.items() if ledger_of(folder) in own}
    _check_unsent(place, home, loads, known)
    merged = {folder for folder in loads if f"{folder}/{REPLACES}" in loads[folder]} - replaced(home)
    for folder in sorted(merged):
        _fetch_load(place, home, folder, loads[folder], known)
    over = replaced(home)
    for folder in sorted(loads.keys() - merged - over):
        _fetch_load(place, home, folder, loads[folder], known)
    for folder in over:
        shutil.rmtree(home.raw / folder, ignore_errors=True)
        # As if they were sent from here, so that they are removed there.
        known.objects.update({name: [found.version, 0, 0] for name, found in loads.get(folder, {}).items()})
    for folder in _sent_loads(known) - loads.keys():
        shutil.rmtree(home.raw / folder, ignore_errors=True)
        known.objects = {n: kept for n, kept in known.objects.items() if load_of(n) != folder}
    _fetch_objects(place, home, state, known)
    _drop(home, [n for n in known.objects if not load_of(n) and n not in state], known)
    save(home, PART, known)


def _check_unsent(place: Place, home: Home, loads: dict[str, Objects], known: Known) -> None:
    """A load of this home that was never sent must fit what the place holds: it is the same, or newer than all."""
    merged = replaced(home) if known.objects else _replaced_there(place, loads)
    for file in home.raw.glob(f"[!_]*/load-*/{FILES_PART}"):
        folder = f"{file.parent.parent.name}/{file.parent.name}"
        if ledger_of(folder) in known.objects or folder in merged or file.parent.name == EMPTY_LOAD:
            continue
        if folder in loads:
            if place.read(ledger_of(folder)) != file.read_bytes():
                raise conflict(place, file.parent, folder, "holds another load of that number")
            continue
        source = f"{file.parent.parent.name}/"
        others = [load_number(Path(other)) for other in loads if other.startswith(source)]
        if load_number(file.parent) <= max(others, default=0) and not (file.parent / REPLACES).exists():
            raise conflict(place, file.parent, folder, "has gone on without it")


def _replaced_there(place: Place, loads: dict[str, Objects]) -> set[str]:
    """As `replaced`, of the place: for a home that knows nothing of it yet, such as a restored backup."""
    told = {f: place.read(f"{f}/{REPLACES}") for f, own in loads.items() if f"{f}/{REPLACES}" in own}
    return {
        f"{folder.partition('/')[0]}/{name}"
        for folder, names in told.items()
        for name in json.loads(names or b"[]")
    }


def _fetch_load(place: Place, home: Home, folder: str, objects: Objects, known: Known) -> None:
    if (home.raw / folder).is_dir():
        if ledger_of(folder) not in known.objects:
            # Sent, or brought back by a backup, without a note of it: the ledgers are equal.
            for name, found in objects.items():
                if (file := home.raw / name).is_file() and file.stat().st_size == found.size:
                    known.remember(name, found.version, file.stat())
        _fetch_objects(place, home, objects, known)
        _drop(home, [n for n in known.objects if load_of(n) == folder and n not in objects], known)
        return
    staged = home.incoming / folder
    shutil.rmtree(staged, ignore_errors=True)
    _take(place, home, objects)
    make_visible(staged, home.raw / folder)
    for name, found in objects.items():
        known.remember(name, found.version, (home.raw / name).stat())
    save(home, PART, known)


def _fetch_objects(place: Place, home: Home, objects: Objects, known: Known) -> None:
    """Those of another version than this home's, and those that it has lost."""
    due = {
        name: found
        for name, found in objects.items()
        if known.version(name) != found.version or not (home.raw / name).is_file()
    }
    _take(place, home, due)
    for name in due:
        (home.raw / name).parent.mkdir(parents=True, exist_ok=True)
        (home.incoming / name).replace(home.raw / name)
        known.remember(name, objects[name].version, (home.raw / name).stat())


def _take(place: Place, home: Home, objects: Objects) -> None:
    """Copy objects into `_incoming`, whole ones."""
    gone = place.fetch({name: home.incoming / name for name in objects})
    for name, found in objects.items():
        if name in gone or (home.incoming / name).stat().st_size != found.size:
            raise StoreError(
                f"{place.url}/{name} changed while it was fetched: is another machine writing there?"
            )


def _drop(home: Home, names: list[str], known: Known) -> None:
    for name in names:
        (home.raw / name).unlink(missing_ok=True)
        del known.objects[name]


def _loads_in(listed: Objects) -> tuple[dict[str, Objects], Objects]:
    """Objects by load, and those of none."""
    loads: dict[str, Objects] = {}
    state: Objects = {}
    for name, found in listed.items():
        folder = load_of(name)
        (loads.setdefault(folder, {}) if folder else state)[name] = found
    return loads, state


def _sent_loads(known: Known) -> set[str]:
    return {folder for name in known.objects if (folder := load_of(name))}
