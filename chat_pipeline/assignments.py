"""Files that say who was put into which arm of an experiment: CSV with the columns person, arm, time.

Read into the table `settings.experiment_assignments`, which never leaves the pipeline's own folder; who the
persons are is resolved in the mart of that name. A file that can't be read stops no night: it is one row that
says so.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from chat_pipeline.settings import Settings

COLUMNS = ("person", "arm", "time")
# experiment, place of the row in the file (from 1), person, arm, assigned_at (UTC), problem
Row = tuple[str, int, str | None, str | None, datetime | None, str | None]


def read_assignments(settings: Settings, root: Path) -> Iterator[Row]:
    """Rows of every experiment's file, paths relative to the home; `problem` says why a row can't be used."""
    zone = ZoneInfo(settings.shop.time_zone)
    for name, experiment in settings.experiments.items():
        if experiment.assignment.file:
            for place, row in enumerate(_rows(root / experiment.assignment.file), start=1):
                yield name, place, *_read(row, experiment.arms, zone)


def _rows(path: Path) -> Iterator[Mapping[str, str] | str]:
    """The file's records, or the one problem that it has as a whole."""
    try:
        # Excel writes a byte order mark.
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if not set(COLUMNS) <= set(reader.fieldnames or ()):
                yield "no_columns"
                return
            yield from reader
    except OSError:
        yield "no_file"
    except (UnicodeDecodeError, csv.Error):
        yield "unreadable"


def _read(
    row: Mapping[str, str] | str, arms: Mapping[str, float], zone: ZoneInfo
) -> tuple[str | None, str | None, datetime | None, str | None]:
    if isinstance(row, str):
        return None, None, None, row
    person, arm, time = ((row[column] or "").strip() for column in COLUMNS)
    if not person:
        return None, None, None, "no_person"
    if arm not in arms:
        return person, None, None, "no_arm"
    assigned = _utc(time, zone)
    return person, arm, assigned, None if assigned else "no_time"


def _utc(time: str, zone: ZoneInfo) -> datetime | None:
    """A time of ISO 8601 as naive UTC; without an offset it is the shop's."""
    try:
        read = datetime.fromisoformat(time)
    except ValueError:
        return None
    aware = read if read.tzinfo else read.replace(tzinfo=zone)
    return aware.astimezone(UTC).replace(tzinfo=None)
