"""Raw data from the home's working copy to object storage."""

from __future__ import annotations

from pathlib import Path

from chat_pipeline.extract.loads import EMPTY_LOAD
from chat_pipeline.home import Home
from chat_pipeline.store.index import Known, save
from chat_pipeline.store.place import Place, StoreError
from chat_pipeline.store.raw import PART, conflict, ledger_of, load_of


def send_raw(place: Place, home: Home, known: Known) -> None:
    """Bring the place to what the working copy holds. Raises StoreError, also if another machine has written a load
    of the same number."""
    local = {name: (file, file.stat()) for name, file in _local(home).items()}
    changed = {name: file for name, (file, stat) in local.items() if not known.is_as_sent(name, stat)}
    gone = known.objects.keys() - local.keys()
    if not changed and not gone:
        return
    # First what tells that this is raw data.
    mark = home.layout_mark.name
    place.put({name: file for name, file in changed.items() if name == mark})
    new = {folder for name in changed if (folder := load_of(name)) and ledger_of(folder) not in known.objects}
    for folder in sorted(new):
        own = {name: file for name, file in changed.items() if load_of(name) == folder}
        ledger = own.pop(ledger_of(folder))
        place.put(own)
        _commit(place, folder, ledger)
    place.put({name: file for name, file in changed.items() if name != mark and load_of(name) not in new})
    ledgers = {name for name in gone if name == ledger_of(load_of(name))}
    place.remove(ledgers)
    place.remove(gone - ledgers)
    listed = place.listing()
    for name in gone:
        del known.objects[name]
    for name in changed:
        stat = local[name][1]
        if name not in listed or (load_of(name) and listed[name].size != stat.st_size):
            raise StoreError(
                f"{place.url}/{name} is not what was sent there: is another machine writing there?"
            )
        known.remember(name, listed[name].version, stat)
    save(home, PART, known)


def _commit(place: Place, folder: str, ledger: Path) -> None:
    content = ledger.read_bytes()
    if not place.create(ledger_of(folder), content) and place.read(ledger_of(folder)) != content:
        raise conflict(place, ledger.parent, folder, "holds another load of that number")


def _local(home: Home) -> dict[str, Path]:
    """The files of the working copy that belong to the place, by name."""
    found = {}
    for file in sorted(home.raw.rglob("*")):
        name = file.relative_to(home.raw)
        if (
            file.is_file()
            and not {home.incoming.name, EMPTY_LOAD} & set(name.parts)
            and file.suffix != ".new"
        ):
            found[name.as_posix()] = file
    return found
