"""One extraction of one source, from the folder to a visible load."""

from __future__ import annotations

import fnmatch
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from chat_pipeline import engine
from chat_pipeline.extract import audit, files, ledger, loads, rows
from chat_pipeline.extract.detect import detect
from chat_pipeline.extract.ledger import Line
from chat_pipeline.extract.lines import LineWriter
from chat_pipeline.extract.plan import Plan, make_plan
from chat_pipeline.home import Home
from chat_pipeline.report import ExtractReport
from chat_pipeline.source import Source, UnreadableFile

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings


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
    known = ledger.read_lines(home, source.name)
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
    home.incoming.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=home.incoming))
    writer = LineWriter(home, source, settings, report.load, loaded_at)
    writer.carry_over(plan)
    try:
        with engine.connect(settings, scratch) as con:
            rows.create_tables(con, source)
            readable = _open_files(settings, source, plan, scratch, writer)
            unreadable = rows.read_files(
                con, source, readable, lambda instance: settings.source(source.name, instance), loaded_at
            )
            for file in readable:
                if file.plain.name in unreadable:
                    writer.unreadable(plan.of(file.plain.name), file, unreadable[file.plain.name])
            good = [file for file in readable if file.plain.name not in unreadable]
            good = _drop_moving(con, source, plan, good, writer)
            verdict = audit.judge(con, home, source, good, plan.accepted, settings)
            writer.outcome(con, plan, good, verdict)
            loads.write_load(con, home, source, report.load, writer.lines, verdict.kept)
            report.drift = audit.drift(con, home, source)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    report.files = writer.reports()
    report.checks = audit.record_checks(home, source, verdict, [*known, *writer.lines])


def _open_files(
    settings: Settings, source: Source, plan: Plan, scratch: Path, writer: LineWriter
) -> list[rows.ReadFile]:
    """Open each file of the plan and tell its shape; what is of no known shape is written down."""
    found = []
    for number, due in enumerate(plan.due):
        try:
            plain = files.open_plain(due.seen, scratch / str(number))
        except UnreadableFile as error:
            writer.not_opened(due, "unreadable", "", str(error))
            continue
        except OSError as error:
            writer.not_opened(due, "unreadable", "", f"can't be opened ({error.strerror})")
            continue
        mapping = settings.source(source.name, due.instance).columns
        for file in plain:
            verdict = detect(source, file.sniff, mapping)
            plan.members[file.name] = due
            if verdict.shape is None:
                writer.not_of_this_kind(due, file.name, verdict.name, verdict.reason)
                continue
            found.append(rows.ReadFile(file, due.instance, verdict.shape, due.delivered_at))
    return found


def _drop_moving(
    con: duckdb.DuckDBPyConnection, source: Source, plan: Plan, good: list[rows.ReadFile], writer: LineWriter
) -> list[rows.ReadFile]:
    """Files that changed while they were read are pending: their rows don't count."""
    moving = [file for file in good if not plan.of(file.plain.name).seen.is_unchanged()]
    for file in moving:
        writer.not_opened(plan.of(file.plain.name), "pending", file.shape.name, "changed while it was read")
        for name in (*(f"new_{table.name}" for table in source.tables), "set_aside"):
            con.execute(f"delete from {name} where _source_file = ?", [file.plain.name])
    return [file for file in good if file not in moving]
