"""What may enter raw: expectations on the new rows, and the guard against exports that shrank."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chat_pipeline.engine import insert_rows
from chat_pipeline.extract import ledger
from chat_pipeline.extract.ledger import Line
from chat_pipeline.extract.rows import ReadFile
from chat_pipeline.home import Home
from chat_pipeline.quality import Audit, audit
from chat_pipeline.reading import sql_path
from chat_pipeline.report import CheckReport
from chat_pipeline.source import SHARD_NUMBER, Source, Table
from chat_pipeline.suites import SHRINK_GUARD, declared_checks

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

# A partition (or file) that is replaced by under a tenth of at least this many rows is held.
SHRINK_ROWS = 100
SHRINK_SHARE = 0.1


@dataclass
class Verdict:
    """`held`: names of the failed checks by file; `kept`: files whose rows enter raw."""

    kept: set[str]
    held: dict[str, list[str]] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)
    checks: list[CheckReport] = field(default_factory=list)
    # Results of critical expectations at the time when they held files: the rows to blame.
    failed: list[CheckReport] = field(default_factory=list)
    accepted: dict[str, Line] = field(default_factory=dict)

    def hold(self, file: str, table: str, check: str, words: str) -> None:
        self.kept.discard(file)
        name = f"{table}.{check}"
        if name not in self.held.setdefault(file, []):
            self.held[file].append(name)
            self.words.setdefault(file, []).append(words)

    def reason(self, file: str) -> str:
        if file in self.words:
            return "; ".join(self.words[file])
        if file in self.accepted:
            line = self.accepted[file]
            return f"accepted by {line.decided_by}: {line.because}"
        return ""


def judge(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    source: Source,
    files: list[ReadFile],
    accepted: dict[str, Line],
    settings: Settings,
) -> Verdict:
    """Which of the files read may load. Files that a person accepted pass."""
    verdict = Verdict({file.plain.name for file in files}, accepted=accepted)
    for table in source.tables:
        _guard_shrinking(con, home, source, table, verdict)
        # Once on everything; where that holds files, once more on the rest.
        first = _audit(con, home, source, table, verdict)
        if first and any(failure.severity == "critical" for failure in first.failures):
            _hold(con, table, first, verdict)
            again = _audit(con, home, source, table, verdict)
            if again:
                _hold(con, table, again, verdict)
                verdict.checks += again.checks
        elif first:
            verdict.checks += first.checks
    return verdict


def _audit(
    con: duckdb.DuckDBPyConnection, home: Home, source: Source, table: Table, verdict: Verdict
) -> Audit | None:
    judged = sorted(verdict.kept - set(verdict.accepted))
    con.execute("create or replace table judged_files (_source_file varchar)")
    insert_rows(con, "judged_files", [[name] for name in judged])
    # Each expectation reads this view: without a condition where it would leave nothing out.
    some = "where _source_file in (select _source_file from judged_files)"
    some = some if verdict.held or verdict.accepted else ""
    con.execute(f"create or replace view judged_{table.name} as select * from new_{table.name} {some}")
    count = con.execute(f"select count(*) from judged_{table.name}").fetchone()
    if not count or not count[0]:
        return None
    return audit(con, source, table, f"judged_{table.name}", home.expectations)


def _hold(con: duckdb.DuckDBPyConnection, table: Table, result: Audit, verdict: Verdict) -> None:
    verdict.failed += [c for c in result.checks if not c.passed and c.severity == "critical"]
    for failure in result.failures:
        if failure.severity != "critical":
            continue
        # An expectation about the table as a whole blames all of its files.
        blamed: dict[str, int | None] = dict(failure.rows_by_file) or {
            row[0]: None
            for row in con.execute(f"select distinct _source_file from judged_{table.name}").fetchall()
        }
        for file, count in blamed.items():
            total = con.execute(
                f"select count(*) from new_{table.name} where _source_file = ?", [file]
            ).fetchone()
            share = f" on {count} of {total[0]} rows" if count is not None and total else ""
            rows = ", ".join(str(row) for row in failure.first_rows.get(file, []))
            where = (
                f" (row {rows}{', ...' if (count or 0) > len(failure.first_rows[file]) else ''})"
                if rows
                else ""
            )
            words = f"{table.name}: {failure.name} failed{share}{where}"
            verdict.hold(file, table.name, failure.name, words)


def _guard_shrinking(
    con: duckdb.DuckDBPyConnection, home: Home, source: Source, table: Table, verdict: Verdict
) -> None:
    if table.replaces == "record":
        return
    unit = "_partition" if table.replaces == "partition" else "_source_file"
    delivery = f"regexp_replace(_source_file, '{SHARD_NUMBER}', '', 'g')"
    parts = sorted((home.raw / source.name).glob(f"load-*/{table.name}.parquet"))
    listed = ", ".join(sql_path(part) for part in parts)
    rows = con.execute(f"""
        with old as (
            select instance, {unit} as unit, _standing, max(row_count) as row_count from (
                select instance, {unit}, _standing, {delivery} as delivery, _load, count(*) as row_count
                from read_parquet([{listed}], union_by_name = true, hive_partitioning = false)
                group by all
            ) group by all
        ),
        new as (
            select instance, {unit} as unit, _standing, count(*) as row_count, list(distinct _source_file) as files
            from new_{table.name} group by all
        )
        select new.files, new.unit, new.row_count, old.row_count
        from new join old on old.instance = new.instance and old.unit = new.unit
            and old._standing is not distinct from new._standing
        where old.row_count >= {SHRINK_ROWS} and new.row_count < {SHRINK_SHARE} * old.row_count
    """).fetchall()
    for files, name, new, old in rows:
        for file in files:
            if file not in verdict.accepted:
                verdict.hold(
                    file, table.name, SHRINK_GUARD, f"{table.name}: {name} shrank from {old} to {new} rows"
                )


def _state_file(home: Home, source: Source):
    return home.state / "checks" / f"{source.name}.json"


def _remembered(home: Home, source: Source) -> dict[str, Any]:
    path = _state_file(home, source)
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def record_checks(home: Home, source: Source, verdict: Verdict, lines: list[Line]) -> list[CheckReport]:
    """Keep the newest result of each expectation, and give the standing ones."""
    remembered = _remembered(home, source)
    for check in verdict.checks:
        entry = remembered.setdefault(f"{check.table}.{check.name}", {})
        entry.update(passed=check.passed, metadata=check.metadata)
    for check in verdict.failed:
        entry = remembered.setdefault(f"{check.table}.{check.name}", {"passed": False, "metadata": {}})
        entry["sample"] = check.metadata.get("sample", [])
    path = _state_file(home, source)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(remembered, indent=1, sort_keys=True, default=str), encoding="utf-8")
    return standing_checks(home, source, lines)


def standing_checks(home: Home, source: Source, lines: list[Line]) -> list[CheckReport]:
    """Each declared check as it stands: a critical one is red as long as it holds a file, a warning
    as its newest audit said."""
    remembered = _remembered(home, source)
    held: dict[str, dict[str, int]] = {}
    for path, found in ledger.latest(lines).items():
        for line in found:
            for name in filter(None, line.failed_checks.split(",") if line.state == "held" else []):
                held.setdefault(name, {}).setdefault(path, 0)
                held[name][path] += line.held
    checks = declared_checks(source, home.expectations)
    for check in checks:
        name = f"{check.table}.{check.name}"
        if check.severity == "warning" and name in remembered:
            check.passed = remembered[name]["passed"]
            check.metadata = remembered[name]["metadata"]
        elif name in held:
            check.passed = False
            blamed = [row for row in remembered.get(name, {}).get("sample", []) if row["file"] in held[name]]
            check.metadata = {"held_files": held[name], **({"sample": blamed} if blamed else {})}
    return checks


def undeclared_fields(con: duckdb.DuckDBPyConnection, source: Source) -> dict[str, list[str]]:
    """Names of the undeclared fields of each table with new rows."""
    return {
        table.name: [row[0] for row in con.execute(f"""
            select distinct unnest(json_keys(_extra)) as name from new_{table.name}
            where _extra is not null order by 1
        """).fetchall()]
        for table in source.tables
        if con.execute(f"select 1 from new_{table.name} limit 1").fetchone()
    }  # fmt: skip


def drift(home: Home, source: Source, seen: dict[str, list[str]]) -> dict[str, list[str]]:
    """Undeclared fields that came or went since the load before, as table -> ["+field", "-field"]."""
    path = home.state / "fields" / f"{source.name}.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    fields = dict(before or {})
    found: dict[str, list[str]] = {}
    for table, now in seen.items():
        then = fields.get(table)
        changed = [f"+{n}" for n in now if n not in (then or [])] + [
            f"-{n}" for n in then or [] if n not in now
        ]
        if changed and before is not None:
            found[table] = changed
        fields[table] = now
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(fields, indent=1, sort_keys=True), encoding="utf-8")
    return found
