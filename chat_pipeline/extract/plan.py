"""What there is to do in a source's folder: files due, files that only got a new date, files gone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chat_pipeline.extract import files, grown, ledger
from chat_pipeline.extract.grown import Grown
from chat_pipeline.extract.ledger import Line
from chat_pipeline.home import Home
from chat_pipeline.source import Source
from chat_pipeline.suites import suites_digest

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

# Settings of a source that change how its files are read; the others only matter later.
READING_KEYS = {"time_zone", "columns", "options"}


@dataclass(frozen=True)
class Due:
    """A file to read, with what its ledger lines will say. `delivered_at` (UTC): when its content came
    to this path, however often the file was written again since. `grown`: what it was before, if it only
    grew."""

    seen: files.SeenFile
    instance: str
    sha256: str
    reader: str
    delivered_at: datetime
    accepted: Line | None = None
    grown: Grown | None = None


@dataclass
class Plan:
    """`members` grows while files are opened: the due file by the name of each plain file in it."""

    due: list[Due] = field(default_factory=list)
    carried: list[Line] = field(default_factory=list)
    skipped: int = 0
    members: dict[str, Due] = field(default_factory=dict)

    def is_empty(self) -> bool:
        return not self.due and not self.carried

    def of(self, name: str) -> Due:
        return self.members[name]

    @property
    def accepted(self) -> dict[str, Line]:
        return {name: due.accepted for name, due in self.members.items() if due.accepted}


def make_plan(
    home: Home, settings: Settings, source: Source, lines: list[Line], forced: Callable[[str], bool]
) -> Plan:
    """Compare the folder with the ledger. A file is hashed only if its size or time changed (or its
    reader did), and due only if its content did."""
    plan = Plan()
    current = ledger.latest(lines)
    gone = {line.archive for found in current.values() for line in found if line.state == "gone"}
    known: dict[str, list[Line]] = {}
    for found in ledger.latest([line for line in lines if line.state != "gone"]).values():
        known.setdefault(found[0].archive, []).extend(found)
    suites = suites_digest(home, source)
    # A complete export tells as a whole what there is.
    whole = settings.source(source.name).complete_snapshots

    def can_grow(lines_of: list[Line]) -> bool:
        return not whole and grown.can_go_on(source, lines_of)

    for seen in files.list_files(home.exports / source.name):
        instance = instance_of(settings, source, seen.path)
        reader = reader_name(settings, source, instance)
        lines_of = known.pop(seen.path, [])
        if (
            lines_of
            and not forced(seen.path)
            and seen.path not in gone
            and _stands(lines_of, seen, reader, suites)
        ):
            plan.skipped += 1
            continue
        _add(plan, lines_of, seen, instance, reader, suites, forced(seen.path), can_grow)
    _date_copies(plan, lines)
    for archive, lines_of in known.items():
        if archive not in gone:
            plan.carried += [
                replace(line, state="gone", reason="no longer in the folder") for line in lines_of
            ]
    return plan


def _add(
    plan: Plan,
    lines_of: list[Line],
    seen: files.SeenFile,
    instance: str,
    reader: str,
    suites: str,
    forced: bool,
    can_grow: Callable[[list[Line]], bool],
) -> None:
    same_reader = not forced and all(_is_current(line, reader, suites) for line in lines_of)
    try:
        if seen.refused:
            raise OSError
        sha256, begun = grown.fingerprint(seen.full, lines_of if same_reader and can_grow(lines_of) else [])
    except OSError:
        sha256, begun = "", None
    same = bool(lines_of) and all(line.sha256 == sha256 for line in lines_of)
    decided = next((line for line in lines_of if line.state == "accepted" and line.sha256 == sha256), None)
    forgotten = same and all(line.state == "forgotten" for line in lines_of)
    current = same and all(_is_current(line, reader, suites) for line in lines_of)
    modified_at = datetime.fromtimestamp(seen.mtime_ns / 1e9, UTC).replace(tzinfo=None)
    delivered_at = (same and lines_of[0].delivered_at) or modified_at
    due = Due(seen, instance, sha256, reader, delivered_at, decided, begun)
    if (forgotten or current) and not forced:
        # Nothing but the date is new: the lines say so, and the file is not opened again.
        plan.carried += [replace(line, size=seen.size, mtime_ns=seen.mtime_ns) for line in lines_of]
        plan.skipped += 1
    else:
        plan.due.append(due)


def _date_copies(plan: Plan, lines: list[Line]) -> None:
    """A copy or a renamed file delivers nothing: it counts as delivered when its content first was, else
    an old export copied today would win over what came since. A known path that changes is a delivery."""
    known = {line.archive for line in lines}
    first: dict[tuple[str, str], datetime] = {}
    for told in (*lines, *plan.due):
        if told.sha256 and told.delivered_at:
            content = (told.instance, told.sha256)
            first[content] = min(first.get(content, told.delivered_at), told.delivered_at)
    plan.due = [
        due
        if due.seen.path in known
        else replace(due, delivered_at=first.get((due.instance, due.sha256), due.delivered_at))
        for due in plan.due
    ]


def _stands(lines_of: list[Line], seen: files.SeenFile, reader: str, suites: str) -> bool:
    return all(
        (line.size, line.mtime_ns) == (seen.size, seen.mtime_ns) and _is_current(line, reader, suites)
        for line in lines_of
    )


def _is_current(line: Line, reader: str, suites: str) -> bool:
    """Whether reading the file again would bring nothing else. A held file is judged anew when the
    expectations changed."""
    if line.state == "forgotten":
        return True
    if line.state in ("pending", "accepted"):
        return False
    return line.reader == (f"{reader}/{suites}" if line.state == "held" else reader)


def instance_of(settings: Settings, source: Source, path: str) -> str:
    """The declared account whose folder the file is in; other folders are just folders."""
    first, _, rest = path.partition("/")
    return first if rest and first in settings.source(source.name).instances else "default"


def reader_name(settings: Settings, source: Source, instance: str) -> str:
    """Names the reader: its version, and the settings it reads with."""
    chosen = settings.source(source.name, instance).model_dump(mode="json", include=READING_KEYS)
    text = json.dumps([instance, chosen], sort_keys=True)
    return f"{source.reader_version}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def held_reader(home: Home, settings: Settings, source: Source, instance: str) -> str:
    """The reader's name for a held file: with the expectations that held it."""
    return f"{reader_name(settings, source, instance)}/{suites_digest(home, source)}"
