"""What the home knows about its files: states, rows, how far the data reach. Reads the ledger alone."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chat_pipeline.extract import ledger
from chat_pipeline.extract.files import list_exports, list_files
from chat_pipeline.extract.ledger import Line
from chat_pipeline.extract.lines import file_reports
from chat_pipeline.extract.plan import instance_of
from chat_pipeline.home import Home
from chat_pipeline.publish import current_publication
from chat_pipeline.source import Source
from chat_pipeline.sources import discover

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

# A file in one of these states needs somebody's look.
NEEDS_A_LOOK = ("held", "unreadable")


def status(home: Home, settings: Settings) -> dict[str, Any]:
    """The status as plain values, as `status --json` prints it."""
    publication = current_publication(home)
    # One reading of the whole ledger costs a fraction of one per source.
    lines: dict[str, list[Line]] = {}
    for line in ledger.read_lines(home):
        lines.setdefault(line.source, []).append(line)
    sources = [
        entry
        for source in discover().values()
        for entry in _source(home, settings, source, lines.get(source.name, []))
    ]
    return {
        "home": str(home.root),
        "publication": {**asdict(publication), "folder": str(publication.folder)} if publication else None,
        "sources": sources,
        "elsewhere": elsewhere(home),
    }


def _source(home: Home, settings: Settings, source: Source, lines: list[Line]) -> list[dict[str, Any]]:
    seen = list_files(home.exports / source.name)
    if not lines and not seen:
        return []
    current = ledger.latest(lines)
    archives = {line.archive for found in current.values() for line in found}
    unread = [file for file in seen if file.path not in archives]
    instances = {line.instance for line in lines} | {
        instance_of(settings, source, file.path) for file in unread
    }
    return [
        {
            "name": source.name,
            "instance": instance,
            "newest_data": _iso(newest_data(lines, instance)),
            "last_load": _iso(max((line.loaded_at for line in lines if line.loaded_at), default=None)),
            "files": sorted(
                [
                    *(_file(found) for found in current.values() if found[0].instance == instance),
                    *(
                        _unread(file)
                        for file in unread
                        if instance_of(settings, source, file.path) == instance
                    ),
                ],
                key=lambda entry: entry["path"],
            ),
        }
        for instance in sorted(instances)
    ]


def newest_data(lines: list[Line], instance: str) -> datetime | None:
    """The newest event of an instance among what is loaded: its cut-off (UTC)."""
    return max(
        (
            line.newest_at
            for line in lines
            if line.instance == instance and line.state == "loaded" and line.newest_at
        ),
        default=None,
    )


def _file(lines: list[Line]) -> dict[str, Any]:
    report = file_reports(lines)[0]
    return {
        "path": report.path,
        "state": report.state,
        "shape": report.shape,
        "reason": report.reason,
        "delivered_at": _iso(lines[0].delivered_at),
        "tables": report.tables,
    }


def _unread(file: Any) -> dict[str, Any]:
    delivered = datetime(1970, 1, 1) + timedelta(microseconds=file.mtime_ns // 1000)
    return {
        "path": file.path,
        "state": "pending",
        "shape": "",
        "reason": "not read yet: run `chat-pipeline sync`",
        "delivered_at": _iso(delivered),
        "tables": {},
    }


def elsewhere(home: Home) -> list[dict[str, str]]:
    """Files below exports/ that lie in no source's folder."""
    names = list(discover())
    found = []
    for file in list_exports(home.exports):
        first, _, rest = file.path.partition("/")
        if not rest or first not in names:
            reason = (
                f"lies in no source's folder: move it to one of {', '.join(f'{name}/' for name in names)}"
            )
            found.append({"path": file.path, "reason": reason})
    return found


def stale_sources(home: Home, settings: Settings, at: datetime) -> list[str]:
    """Accounts of all sources whose newest data are older at `at` (UTC) than settings expect."""
    return [late for source in discover().values() for late in stale_accounts(home, settings, source, at)]


def stale_accounts(home: Home, settings: Settings, source: Source, at: datetime) -> list[str]:
    """The accounts of one source that are late."""
    found = []
    named = settings.sources.get(source.name)
    if not named or not any(own.expect_every for own in (named, *named.instances.values())):
        return []
    lines = ledger.read_lines(home, source.name)
    for instance in sorted({line.instance for line in lines}):
        chosen = settings.source(source.name, instance)
        newest = newest_data(lines, instance)
        retired = chosen.retired_on and at.date() > chosen.retired_on
        if chosen.expect_every and newest and not retired and at - newest > chosen.expect_every:
            found.append(f"{source.name} ({instance}): newest data of {newest:%Y-%m-%d %H:%M} UTC")
    return found


def stale_marts(home: Home, settings: Settings, at: datetime) -> list[str]:
    """A line if the last sync that ended well lies further back at `at` (UTC) than settings expect."""
    expected = settings.publish.expect_every
    if not expected or not home.synced_mark.is_file():
        return []
    synced = datetime.fromtimestamp(home.synced_mark.stat().st_mtime, UTC).replace(tzinfo=None)
    return [f"marts: last synced at {synced:%Y-%m-%d %H:%M} UTC"] if at - synced > expected else []


def needs_a_look(status_: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Files that are held or unreadable, with their source's name."""
    return [
        (source["name"], file)
        for source in status_["sources"]
        for file in source["files"]
        if file["state"] in NEEDS_A_LOOK
    ]


def _iso(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") + "Z" if value else None
