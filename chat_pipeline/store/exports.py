"""`exports` in object storage: the home's folder is a copy, brought up to date before each sync.

A copied file's time is the object's, with the object's version in its nanoseconds: so size and time tell here, too,
whether it is another one, and any machine that copies it gets the same.
"""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path, PurePosixPath

from chat_pipeline.extract.files import list_exports
from chat_pipeline.store.index import Known
from chat_pipeline.store.place import Object, Place, StoreError, is_path

PART = "exports"
PARTIAL = ".partial"
# So few that the time stays the same to the microsecond, also as a float.
VERSION_NS = 400
LONGEST_NAME = 255
SHOWN = 3


def fetch_exports(place: Place, folder: Path, known: Known) -> list[str]:
    """Make the folder what the place is; why objects are left out, if any. Raises StoreError, before anything is
    touched, if the folder holds files that are not the place's."""
    listed = place.listing()
    refused = _refused(listed)
    wanted = {name: found for name, found in listed.items() if name not in refused and _is_shown(name)}
    here = {seen.path: seen.full for seen in list_exports(folder)}
    _refuse_own(
        place, folder, [name for name, file in here.items() if not _is_copy(name, file, wanted, known)]
    )
    for name, file in here.items():
        if name not in wanted:
            _remove(file, folder)
            known.objects.pop(name, None)
    due = {
        name: found
        for name, found in wanted.items()
        if name not in here or not _is_version(here[name], found)
    }
    moved = _fetch(place, folder, due)
    for name in wanted.keys() - moved:
        known.remember(name, wanted[name].version, (folder / name).stat())
    return [f"{name}: {why}" for name, why in {**refused, **dict.fromkeys(moved, "it moves")}.items()]


def digest(place: Place) -> str:
    """A hash of what the place holds: another one when something was delivered."""
    listed = sorted((name, found.version, found.size) for name, found in place.listing().items())
    return hashlib.sha256(repr(listed).encode()).hexdigest()


def _fetch(place: Place, folder: Path, due: dict[str, Object]) -> set[str]:
    """Copy these objects; those that were written to meanwhile are left for the next time."""
    for leftover in folder.rglob(f".*{PARTIAL}"):
        leftover.unlink()
    aside = {name: (folder / name).with_name(f".{PurePosixPath(name).name}{PARTIAL}") for name in due}
    gone = place.fetch(aside)
    moved = {
        name for name, found in due.items() if name in gone or not _is_still(place, name, found, aside[name])
    }
    for name, found in due.items():
        if name in moved:
            aside[name].unlink(missing_ok=True)
            continue
        at = _mtime_ns(found)
        os.utime(aside[name], ns=(at, at))
        aside[name].replace(folder / name)
    return moved


def _is_still(place: Place, name: str, found: Object, copied: Path) -> bool:
    now = place.look(name)
    return now is not None and now.version == found.version and copied.stat().st_size == found.size


def _remove(file: Path, folder: Path) -> None:
    """With the folders that it leaves empty: a key may take the name of one of them."""
    file.unlink()
    for parent in file.parents:
        if parent == folder or any(parent.iterdir()):
            return
        parent.rmdir()


def _is_copy(name: str, file: Path, wanted: dict[str, Object], known: Known) -> bool:
    return name in known.objects or (name in wanted and _is_version(file, wanted[name]))


def _is_version(file: Path, found: Object) -> bool:
    stat = file.stat()
    return (stat.st_size, stat.st_mtime_ns) == (found.size, _mtime_ns(found))


def _mtime_ns(found: Object) -> int:
    """Whole microseconds of the object's time, and its version."""
    since = found.modified - datetime(1970, 1, 1)
    microseconds = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    version = int.from_bytes(hashlib.sha256(found.version.encode()).digest()[:8], "big")
    return microseconds * 1000 + version % VERSION_NS


def _is_shown(name: str) -> bool:
    """As in a folder: hidden and half-downloaded files are nobody's exports."""
    return not any(part.startswith((".", "~$")) for part in name.split("/"))


def _refused(listed: dict[str, Object]) -> dict[str, str]:
    """Objects that can't be files, with the reason: a key may be any text."""
    folders = {str(parent) for name in listed for parent in PurePosixPath(name).parents}
    found = {}
    for name in listed:
        parts = name.split("/")
        if not is_path(name):
            found[name] = "its key is no path of a file; give it another"
        elif any(len(part.encode()) > LONGEST_NAME - len(PARTIAL) - 1 for part in parts):
            found[name] = "its name is too long for a file; give it a shorter one"
        elif name in folders:
            found[name] = "other keys go on below it, so it would be a folder too; give it another key"
    return found


def _refuse_own(place: Place, folder: Path, own: list[str]) -> None:
    if own:
        listed = ", ".join(own[:SHOWN]) + (", ..." if len(own) > SHOWN else "")
        raise StoreError(
            f"{folder} is to be a copy of {place.url}, but holds files that are not from there ({listed}):"
            " upload them, and take them out of the folder"
        )
