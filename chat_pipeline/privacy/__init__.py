"""Where a person appears in a home and its backups: counts and places, for requests for access or erasure.

Searched are the identifier that was given and those linked to it through the customers it belongs to.
Nothing is changed, and no value of data leaves here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from chat_pipeline.backup import known_backups, unpacked
from chat_pipeline.home import Home
from chat_pipeline.privacy.databases import in_caches, in_database
from chat_pipeline.privacy.files import in_exports, in_other_files, in_raw
from chat_pipeline.privacy.patterns import Patterns, patterns
from chat_pipeline.privacy.person import Person, find_person

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

__all__ = ["Found", "Report", "find"]


@dataclass(frozen=True)
class Found:
    """A place where the person appears. `given`: rows (in plain files: mentions) with the identifier
    itself; `linked`: others, with a linked identifier or the person's keys."""

    place: str
    what: str
    given: int
    linked: int


@dataclass
class Report:
    """`person`: the customers behind the identifier; `unsearched`: what could not be looked into, and why."""

    person: Person
    found: list[Found] = field(default_factory=list)
    unsearched: list[str] = field(default_factory=list)

    def add(self, place: str, counts: dict[str, tuple[int, int]]) -> None:
        self.found += [Found(place, what, *rows) for what, rows in sorted(counts.items()) if any(rows)]


def find(home: Home, settings: Settings, typed: str) -> Report:
    """Search everything that the home knows of for an identifier as somebody typed it."""
    person = find_person(home, settings, typed)
    looked_for = patterns(person, settings.shop.dial_code)
    report = Report(person)
    report.add("exports", in_exports(home, looked_for))
    report.add("raw", in_raw(home, looked_for))
    report.add("raw/_state", in_caches(home, person))
    for database in (home.build, home.warehouse):
        report.add(database.name, in_database(database, looked_for, person))
    for version in sorted((home.marts / "versions").glob("[0-9]*"), key=lambda folder: int(folder.name)):
        name = f"{version.relative_to(home.root)}/chat.duckdb and parquet/"
        report.add(name, in_database(version / "chat.duckdb", looked_for, person))
    report.add("other files", in_other_files(home, looked_for))
    for backup in known_backups(home):
        _search_backup(report, Path(backup), looked_for)
    return report


def _search_backup(report: Report, backup: Path, looked_for: Patterns) -> None:
    if not backup.exists():
        report.unsearched.append(f"backup {backup}: not there any more, or not here")
        return
    with unpacked(backup) as kept:
        for counts in (in_exports(kept, looked_for), in_raw(kept, looked_for)):
            report.add(f"backup {backup}", counts)
