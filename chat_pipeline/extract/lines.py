"""Ledger lines of the load under way, and the report made from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from chat_pipeline.extract.audit import Verdict
from chat_pipeline.extract.grown import Grown
from chat_pipeline.extract.ledger import Line
from chat_pipeline.extract.plan import Due, Plan, held_reader
from chat_pipeline.extract.rows import ReadFile
from chat_pipeline.home import Home
from chat_pipeline.report import COUNTS, FileReport, State
from chat_pipeline.source import Source

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


# Raw table -> good rows, unchanged ones among them, rows set aside, newest event.
Counts = dict[str, tuple[int, int, int, datetime | None]]


class LineWriter:
    """Collects the lines of one load."""

    def __init__(
        self, home: Home, source: Source, settings: Settings, number: int, loaded_at: datetime
    ) -> None:
        self.home = home
        self.source = source
        self.settings = settings
        self.number = number
        self.loaded_at = loaded_at
        self.lines: list[Line] = []

    def carry_over(self, plan: Plan) -> None:
        self.lines += [replace(line, sequence=self.number) for line in plan.carried]

    def not_opened(self, due: Due, state: str, shape: str, reason: str) -> None:
        self._add(due, due.seen.path, state=state, shape=shape, reason=reason)

    def not_of_this_kind(self, due: Due, name: str, shape: str, reason: str) -> None:
        self._add(due, name, state="not_of_this_kind", shape=shape, reason=reason)

    def unreadable(self, due: Due, file: ReadFile, reason: str) -> None:
        self._add(due, file.plain.name, state="unreadable", shape=file.shape.name, reason=reason)

    def outcome(
        self, con: duckdb.DuckDBPyConnection, plan: Plan, files: list[ReadFile], verdict: Verdict
    ) -> None:
        """Lines of all files that were read: what loaded, what is held, what was set aside."""
        counts = self._counts(con)
        for file in files:
            name = file.plain.name
            held = name in verdict.held
            tables = _with_beginning(file.grown, counts.get(name, {})) or {"": (0, 0, 0, None)}
            for table, (good, same, aside, newest) in tables.items():
                before = _good_before(file.grown, table)
                self._add(
                    plan.of(name),
                    name,
                    state="held" if held else "loaded",
                    shape=file.shape.name,
                    reason=verdict.reason(name),
                    failed_checks=",".join(verdict.held.get(name, [])),
                    table_name=table,
                    read=good + aside,
                    loaded=0 if held else good - same,
                    unchanged=before if held else same,
                    held=good - before if held else 0,
                    quarantined=aside,
                    newest_at=newest,
                    reader=held_reader(self.home, self.settings, self.source, file.instance)
                    if held
                    else plan.of(name).reader,
                )

    def _counts(self, con: duckdb.DuckDBPyConnection) -> dict[str, Counts]:
        """File -> raw table -> good rows, unchanged ones among them, rows set aside, newest event."""
        found: dict[str, Counts] = {}
        for table in self.source.tables:
            newest = f'max("{table.event_at}")' if table.event_at else "cast(null as timestamp)"
            for file, good, same, aside, at in con.execute(f"""
                select _source_file, sum(good), sum(same), sum(aside), max(newest) from (
                    select _source_file, count(*) as good, 0 as same, 0 as aside, {newest} as newest
                    from new_{table.name} group by _source_file
                    union all
                    select path, 0, count(*), 0, null from unchanged_{table.name} group by path
                    union all
                    select _source_file, 0, 0, count(*), null from set_aside
                    where table_name = '{table.name}' group by _source_file
                ) group by _source_file
            """).fetchall():
                found.setdefault(file, {})[table.name] = (int(good), int(same), int(aside), at)
        return found

    def _add(self, due: Due, path: str, **given: Any) -> None:
        values: dict[str, Any] = {
            "table_name": "", "shape": "", "state": "", "reason": "", "failed_checks": "", "newest_at": None,
            "reader": due.reader, **dict.fromkeys(COUNTS, 0), **given,
        }  # fmt: skip
        accepted = due.accepted
        self.lines.append(
            Line(
                source=self.source.name,
                instance=due.instance,
                path=path,
                archive=due.seen.path,
                size=due.seen.size,
                mtime_ns=due.seen.mtime_ns,
                delivered_at=due.delivered_at,
                sha256=due.sha256,
                load=self.number,
                sequence=self.number,
                loaded_at=self.loaded_at,
                decided_by=accepted.decided_by if accepted else "",
                because=accepted.because if accepted else "",
                **values,
            )
        )

    def reports(self) -> list[FileReport]:
        """Of the files that this load dealt with: not of those that only got a new date."""
        return file_reports([line for line in self.lines if line.load == self.number or line.state == "gone"])


def _good_before(grown: Grown | None, table: str) -> int:
    """Rows of a file's beginning that count: they were read when it was all there was."""
    return sum(
        line.read - line.quarantined for line in (grown.lines if grown else ()) if line.table_name == table
    )


def _with_beginning(grown: Grown | None, counts: Counts) -> Counts:
    """Counts of the file as a whole: what its beginning brought is unchanged."""
    found = dict(counts)
    for line in grown.lines if grown else ():
        good, same, aside, newest = found.get(line.table_name, (0, 0, 0, None))
        before = line.read - line.quarantined
        found[line.table_name] = (
            good + before,
            same + before,
            aside + line.quarantined,
            max((at for at in (newest, line.newest_at) if at), default=None),
        )
    return found


def file_reports(lines: list[Line]) -> list[FileReport]:
    """One report per file from its ledger lines."""
    found: dict[str, FileReport] = {}
    for line in lines:
        report = found.setdefault(
            line.path,
            FileReport(
                line.path,
                # The ledger holds only states.
                cast("State", line.state),
                line.instance,
                line.shape,
                line.reason,
                [name for name in line.failed_checks.split(",") if name],
            ),
        )
        if line.table_name:
            report.tables[line.table_name] = {name: getattr(line, name) for name in COUNTS}
    return list(found.values())
