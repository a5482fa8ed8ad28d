"""What `status`, `inspect`, `held` and `signals` print. No personal values."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any

import duckdb

from chat_pipeline.extract.audit import standing_checks
from chat_pipeline.extract.ledger import Line, read_lines
from chat_pipeline.home import Home
from chat_pipeline.inspection import Inspection
from chat_pipeline.report import COUNTS
from chat_pipeline.sources import discover
from chat_pipeline.tables import command, table

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings


def file_table(status: dict[str, Any]) -> str:
    """How far each source reaches, every file with its state and counts, and why some did not load."""
    publication = status["publication"]
    standing_now = (
        f"publication {publication['version']} of {publication['published_at']}"
        if publication
        else "nothing published"
    )
    if not status["sources"] and not status["elsewhere"]:
        return f"{standing_now}\nno exports yet: put them into {status['home']}/exports/<source>/"
    rows, reasons = [], []
    for source in status["sources"]:
        for file in source["files"]:
            total = {name: sum(counts[name] for counts in file["tables"].values()) for name in COUNTS}
            rows.append(
                (
                    source["name"],
                    file["path"],
                    file["state"],
                    file["shape"],
                    total["read"],
                    total["quarantined"],
                )
            )
            if file["reason"]:
                reasons.append((source["name"], file["path"], file["state"], file["reason"]))
    reasons += [("", entry["path"], "elsewhere", entry["reason"]) for entry in status["elsewhere"]]
    headers = ("source", "file", "state", "shape", "rows", "aside")
    parts = [_source_table(status), table("files", headers, rows)]
    if reasons:
        parts.append(table("why", ("source", "file", "state", "reason"), reasons))
    return "\n".join([f"{standing_now}\n", *parts])


def _source_table(status: dict[str, Any]) -> str:
    rows = [
        (source["name"], source["instance"], len(source["files"]), source["newest_data"], source["last_load"])
        for source in status["sources"]
    ]
    return table("sources", ("source", "instance", "files", "newest data", "last load"), rows)


def held_text(home: Home, lines: list[Line]) -> str:
    """Held files with expectation, share of their rows, where these rows are, and how to let a file in."""
    if not lines:
        return "nothing is held"
    rows = [(line.source, line.path, line.table_name, line.held, line.reason) for line in lines]
    samples = [
        sample
        for source in sorted({line.source for line in lines})
        for sample in _samples(home, source, {line.path for line in lines if line.source == source})
    ]
    parts = [table("held files", ("source", "file", "table", "rows", "why"), rows)]
    if samples:
        parts.append(table("rows that failed", ("source", "file", "row", "expectation", "because"), samples))
    first = lines[0]
    parts.append(f"let one in: {command(home)} accept {first.source} {quote(first.path)} --because '...'")
    return "\n".join(parts)


def _samples(home: Home, source: str, paths: set[str]) -> list[tuple[Any, ...]]:
    """The first rows of held files that failed an expectation, as the last audit kept them."""
    return [
        (source, row["file"], row["row"], check.name, check.description)
        for check in standing_checks(home, discover()[source], read_lines(home, source))
        if not check.passed
        for row in check.metadata.get("sample", [])
        if row["file"] in paths
    ]


def inspection_text(found: Inspection) -> str:
    """What one file is."""
    if not found.source:
        reasons = [f"  {source}: {reason}" for source, reason in found.refusals.items()] or [
            f"  {problem}" for problem in found.problems
        ]
        return "\n".join([f"{found.path}: no export of any source", *reasons])
    counts = [
        f"  {name}: {rows['good']:,} rows, {rows['set_aside']:,} set aside"
        for name, rows in found.tables.items()
    ]
    return "\n".join(
        [f"{found.path}: {found.source}, {found.shape}", *counts, *(f"  {p}" for p in found.problems)]
    )


def signals_text(home: Home, settings: Settings, *, as_toml: bool) -> str:
    """`analytics.signals` as a table, or its suggestions as lines for the settings file."""
    from chat_pipeline.analytics.signals import as_toml as toml_lines

    with duckdb.connect(str(home.published), read_only=True) as con:
        result = con.execute("select * from analytics.signals order by platform, instance, kind, name")
        names = [column[0] for column in result.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    if as_toml:
        return (
            toml_lines(rows, settings)
            or "# nothing to suggest: what the data hold is mapped, or looks like nothing we know"
        )
    if not rows:
        return "no names found: there are no conversations, web events or CRM records yet"
    shown = ("platform", "instance", "kind", "name", "occurrences", "looks_like", "mapped_to")
    return table("signals", shown, [[row.get(name) for name in shown] for row in rows])
