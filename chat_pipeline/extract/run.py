"""One extraction of one source, from the folder to a visible load."""

from __future__ import annotations

import fnmatch
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chat_pipeline import engine
from chat_pipeline.disk import is_of_the_machine
from chat_pipeline.extract import audit, compare, files, grown, ledger, loads, merge, rows
from chat_pipeline.extract.detect import detect
from chat_pipeline.extract.ledger import Line
from chat_pipeline.extract.lines import LineWriter
from chat_pipeline.extract.parts import NewRows
from chat_pipeline.extract.plan import Due, Plan, make_plan
from chat_pipeline.home import Home
from chat_pipeline.report import ExtractReport
from chat_pipeline.source import Source

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

MOVING = "changed while it was read"


def extract_source(
    home: Home,
    settings: Settings,
    source: Source,
    *,
    reload: tuple[str, ...] = (),
    loaded_at: datetime | None = None,
) -> ExtractReport:
    """Bring what is new in `exports/<source>/` into raw. The caller holds the home's lock.

    `reload`: file patterns that are read again even if nothing changed. `loaded_at` (UTC): the load
    time, now if not given. Raises whatever goes wrong beyond single files and rows.
    """
    started = time.monotonic()
    loaded_at = loaded_at or datetime.now(UTC).replace(tzinfo=None)
    loads.ensure_empty_load(home, source)
    merge.tidy(home, settings, source, loaded_at)
    known = ledger.read_lines(home, source.name)
    # A clock that went back must not make what came since look like the future.
    loaded_at = max([loaded_at, *(line.loaded_at for line in known if line.loaded_at)])
    if settings.source(source.name).complete_snapshots:
        _write_snapshot_out(home, settings, source, known)
    plan = make_plan(
        home, settings, source, known, lambda path: any(fnmatch.fnmatchcase(path, p) for p in reload)
    )
    report = ExtractReport(source.name, skipped=plan.skipped)
    if plan.is_empty():
        report.checks = audit.standing_checks(home, source, known)
    else:
        report.load = loads.next_number(home, source)
        _load(home, settings, source, plan, report, known, loaded_at)
    report.seconds = time.monotonic() - started
    return report


def _write_snapshot_out(home: Home, settings: Settings, source: Source, known: list[Line]) -> None:
    """Settings say that the newest export holds all there is: rows that it only confirmed are written now."""
    with _scratch(home) as scratch, engine.connect(settings, scratch) as con:
        if compare.whole_snapshot(con, home, source, known):
            loads.write_restored(con, home, source, loads.next_number(home, source), [])


@contextmanager
def _scratch(home: Home) -> Iterator[Path]:
    home.incoming.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=home.incoming))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _load(
    home: Home,
    settings: Settings,
    source: Source,
    plan: Plan,
    report: ExtractReport,
    known: list[Line],
    loaded_at: datetime,
) -> None:
    assert report.load is not None
    writer = LineWriter(home, source, settings, report.load, loaded_at)
    writer.carry_over(plan)
    with _scratch(home) as scratch, engine.connect(settings, scratch) as con:
        new = NewRows(con, source, scratch / "new", report.load, loaded_at)
        new.create()
        readable, unreadable = _read(new, home, settings, plan, scratch, writer)
        for file in readable:
            due = plan.of(file.plain.name)
            if file.plain.name in unreadable and due.seen.is_unchanged():
                writer.unreadable(due, file, unreadable[file.plain.name])
            elif file.plain.name in unreadable:
                writer.not_opened(due, "pending", file.shape.name, MOVING)
        good = [file for file in readable if file.plain.name not in unreadable]
        good = _drop_moving(new, plan, good, writer)
        verdict = audit.judge(con, home, source, good, plan.accepted, settings)
        kept = {name: plan.of(name).sha256 for name in verdict.kept}
        whole = settings.source(source.name).complete_snapshots
        compare.with_raw(con, home, source, report.load, known, kept, whole=whole)
        writer.outcome(con, plan, good, verdict)
        fields = audit.undeclared_fields(con, source)
        loads.write_load(con, home, new, writer.lines)
        report.drift = audit.drift(home, source, fields)
    report.files = writer.reports()
    report.checks = audit.record_checks(home, source, verdict, [*known, *writer.lines])


def _read(
    new: NewRows,
    home: Home,
    settings: Settings,
    plan: Plan,
    scratch: Path,
    writer: LineWriter,
) -> tuple[list[rows.ReadFile], dict[str, str]]:
    """Open and read all files that are due: those of known shapes, and why some of them can't be read."""
    source = new.source

    def read(due: list[Due], folder: Path) -> tuple[list[rows.ReadFile], dict[str, str]]:
        found = _open_files(settings, source, plan, due, folder, writer)
        return found, rows.read_files(new, found, lambda instance: settings.source(source.name, instance))

    files_read, unreadable = read(plan.due, scratch)
    wholly = grown.to_read_whole(new.con, home, source, files_read, unreadable)
    if wholly:
        names = {file.plain.name for file in wholly}
        for name in names:
            new.take_out(name)
            unreadable.pop(name, None)
        more, trouble = read([replace(plan.of(name), grown=None) for name in names], scratch / "whole")
        files_read = [file for file in files_read if file.plain.name not in names] + more
        unreadable |= trouble
    return files_read, unreadable


def _open_files(
    settings: Settings, source: Source, plan: Plan, files_due: list[Due], scratch: Path, writer: LineWriter
) -> list[rows.ReadFile]:
    """Open files and tell their shapes; what is of no known shape is written down."""
    found = []
    for number, due in enumerate(files_due):
        rest = _open_rest(settings, source, due, scratch / f"rest-{number}")
        if rest:
            plan.members[rest.plain.name] = due
            found.append(rest)
            continue
        mapping = settings.source(source.name, due.instance).columns
        try:
            plain = files.open_plain(due.seen, scratch / str(number)) if not due.seen.refused else []
            verdicts = [detect(source, file.sniff, mapping) for file in plain]
        except Exception as error:  # of whatever kind: one file must not keep the others from loading
            if is_of_the_machine(error):
                raise
            state, reason = _trouble(error)
            writer.not_opened(due, state, "", reason)
            continue
        if due.seen.refused:
            writer.not_opened(due, "unreadable", "", due.seen.refused)
        for file, verdict in zip(plain, verdicts, strict=True):
            plan.members[file.name] = due
            if verdict.shape is None:
                writer.not_of_this_kind(due, file.name, verdict.name, verdict.reason)
                continue
            found.append(rows.ReadFile(file, due.instance, verdict.shape, due.delivered_at))
    return found


def _trouble(error: Exception) -> tuple[str, str]:
    """State and reason of a file that can't be looked into."""
    if isinstance(error, FileNotFoundError):
        return "pending", "vanished before it was read"
    if isinstance(error, OSError):
        return "unreadable", f"can't be opened ({error.strerror})"
    return "unreadable", rows.told(error)


def _open_rest(settings: Settings, source: Source, due: Due, scratch: Path) -> rows.ReadFile | None:
    """What a file grew by, if that can be read without the rest."""
    if not due.grown:
        return None
    plain = grown.open_rest(due.seen.full, due.seen.path, due.grown, scratch)
    shape = plain and detect(source, plain.sniff, settings.source(source.name, due.instance).columns).shape
    if not plain or not shape or {line.shape for line in due.grown.lines} != {shape.name}:
        return None
    return rows.ReadFile(plain, due.instance, shape, due.delivered_at, due.grown)


def _drop_moving(
    new: NewRows, plan: Plan, good: list[rows.ReadFile], writer: LineWriter
) -> list[rows.ReadFile]:
    """Files that changed while they were read are pending: their rows don't count."""
    moving = [file for file in good if not plan.of(file.plain.name).seen.is_unchanged()]
    for file in moving:
        writer.not_opened(plan.of(file.plain.name), "pending", file.shape.name, MOVING)
        new.take_out(file.plain.name)
    return [file for file in good if file not in moving]
