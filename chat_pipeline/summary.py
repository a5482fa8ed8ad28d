"""What the commands print: tables of layers, metrics, files and problems. No personal values."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from chat_pipeline.extract.ledger import Line
from chat_pipeline.home import Home
from chat_pipeline.inspection import Inspection
from chat_pipeline.publish import current_publication
from chat_pipeline.reading import sql_text
from chat_pipeline.report import COUNTS
from chat_pipeline.status import needs_a_look

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

WIDTH = 118


def table(title: str, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A plain table; numbers to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    rows = [list(row) for row in rows]
    drawn = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for position, header in enumerate(headers):
        numeric = all(isinstance(row[position], (int, float)) or row[position] is None for row in rows)
        drawn.add_column(header, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(_cell(value) for value in row))
    text = io.StringIO()
    # Names of files may hold brackets: they are text, not markup.
    Console(file=text, width=WIDTH, markup=False, highlight=False).print(drawn)
    return text.getvalue().rstrip() + "\n"


def _cell(value: Any) -> Any:
    from rich.text import Text

    if isinstance(value, float):
        return Text(f"{value:.3f}")
    return Text("" if value is None else f"{value:,}" if isinstance(value, int) else str(value))


def summary(home: Home, status: dict[str, Any]) -> str:
    """Layers with their rows, the metrics, what was set aside, what to do next."""
    publication = current_publication(home)
    parts = [_raw_table(status)]
    if publication:
        for layer in ("marts", "analytics"):
            counts = [
                (name.partition(".")[2], rows)
                for name, rows in publication.rows.items()
                if name.startswith(layer)
            ]
            parts.append(table(layer, ("table", "rows"), counts))
        parts.insert(1, _warehouse_tables(home))
        parts.append(_metrics(home))
    return "\n".join([*parts, _problems(status), _next_steps(home, status)])


def _raw_table(status: dict[str, Any]) -> str:
    sums: dict[tuple[str, str, str], dict[str, int]] = {}
    for source in status["sources"]:
        for file in source["files"]:
            for name, counts in file["tables"].items():
                total = sums.setdefault((source["name"], source["instance"], name), dict.fromkeys(COUNTS, 0))
                for count in COUNTS:
                    total[count] += counts[count]
    rows = [(*key, *(counts[name] for name in COUNTS)) for key, counts in sums.items()]
    return table("raw (files as they stand)", ("source", "instance", "table", *COUNTS), rows)


def _warehouse_tables(home: Home) -> str:
    """Staging and intermediate. Views are counted by running them."""
    with duckdb.connect() as con:
        con.execute(f"attach {sql_text(str(home.warehouse))} as warehouse (read_only)")
        tables = con.execute("""
            select schema_name, table_name from duckdb_tables()
            where database_name = 'warehouse' and schema_name = 'intermediate' order by all
        """).fetchall()
        counts = []
        for schema, name in tables:
            counted = con.execute(f'select count(*) from warehouse.{schema}."{name}"').fetchone()
            counts.append((name, counted[0] if counted else 0))
    return table("intermediate", ("table", "rows"), counts)


def _metrics(home: Home) -> str:
    with duckdb.connect(str(home.published), read_only=True) as con:
        rows = con.execute("""
            select metric, min(date), max(date), cast(sum(numerator) as bigint), cast(sum(denominator) as bigint),
                sum(numerator) / nullif(sum(denominator), 0), cast(sum(excluded) as bigint), cast(sum(pending) as bigint)
            from analytics.daily_metrics
            where platform = 'all' and instance = 'all' and channel = 'all'
            group by metric order by metric
        """).fetchall()
    headers = ("metric", "from", "to", "numerator", "denominator", "value", "excluded", "pending")
    return table("metrics over all days (sums of the days' numerators and denominators)", headers, rows)


def _problems(status: dict[str, Any]) -> str:
    aside = [
        (source["name"], file["path"], name, counts["quarantined"])
        for source in status["sources"]
        for file in source["files"]
        for name, counts in file["tables"].items()
        if counts["quarantined"]
    ]
    files = [(source, file["path"], file["state"], file["reason"]) for source, file in needs_a_look(status)]
    strange = [
        (source["name"], file["path"], file["state"], file["reason"])
        for source in status["sources"]
        for file in source["files"]
        if file["state"] in ("not_of_this_kind", "pending")
    ]
    strange += [("", entry["path"], "elsewhere", entry["reason"]) for entry in status["elsewhere"]]
    return "\n".join(
        text
        for text in (
            table("rows set aside", ("source", "file", "table", "rows"), aside) if aside else "",
            table("held and unreadable", ("source", "file", "state", "reason"), files) if files else "",
            table("not loaded", ("source", "file", "state", "reason"), strange) if strange else "",
        )
        if text
    )


def _next_steps(home: Home, status: dict[str, Any]) -> str:
    held = [(source, file) for source, file in needs_a_look(status) if file["state"] == "held"]
    steps = [
        f"query the marts:    {home.published}",
        "see the assets:     chat-pipeline ui",
        "see every file:     chat-pipeline status",
        "fill the settings:  chat-pipeline signals --toml",
    ]
    if held:
        source, file = held[0]
        steps.append(f"let a held file in: chat-pipeline accept {source} '{file['path']}' --because '...'")
    return "next\n" + "\n".join(f"  {step}" for step in steps)


def file_table(status: dict[str, Any]) -> str:
    """Every file with its state and counts."""
    rows = []
    for source in status["sources"]:
        for file in source["files"]:
            total = {name: sum(counts[name] for counts in file["tables"].values()) for name in COUNTS}
            rows.append(
                (source["name"], source["instance"], file["path"], file["state"], file["shape"],
                 total["read"], total["quarantined"], file["reason"])
            )  # fmt: skip
    rows += [("", "", entry["path"], "elsewhere", "", 0, 0, entry["reason"]) for entry in status["elsewhere"]]
    publication = status["publication"]
    standing = (
        f"publication {publication['version']} of {publication['published_at']}"
        if publication
        else "nothing published"
    )
    headers = ("source", "instance", "file", "state", "shape", "rows", "aside", "reason")
    return f"{standing}\n{table('files', headers, rows)}" if rows else f"{standing}\nno exports yet"


def held_text(home: Home, lines: list[Line]) -> str:
    """Held files with expectation, share of their rows and how to let them in."""
    if not lines:
        return "nothing is held"
    rows = [
        (line.source, line.path, line.table_name, line.held, line.failed_checks, line.reason)
        for line in lines
    ]
    first = lines[0]
    return (
        table("held files", ("source", "file", "table", "rows", "failed", "reason"), rows)
        + f"let one in: chat-pipeline accept {first.source} '{first.path}' --because '...'"
    )


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
        return toml_lines(rows, settings)
    shown = ("platform", "instance", "kind", "name", "occurrences", "looks_like", "mapped_to")
    return table("signals", shown, [[row.get(name) for name in shown] for row in rows])
