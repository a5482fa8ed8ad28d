"""What `sync` prints at its end: layers with their rows, metrics, problems, what to do next. No personal values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from shlex import quote
from typing import Any

import duckdb

from chat_pipeline.home import Home
from chat_pipeline.publish import current_publication
from chat_pipeline.reading import sql_text
from chat_pipeline.report import COUNTS
from chat_pipeline.status import needs_a_look
from chat_pipeline.tables import command, near, table


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
    """Staging and intermediate. Staging is views, and counting a view means running it: only the demo,
    which is to show each layer, does."""
    with duckdb.connect() as con:
        con.execute(f"attach {sql_text(str(home.warehouse))} as warehouse (read_only)")
        tables = con.execute("""
            select schema_name, table_name from duckdb_tables()
            where database_name = 'warehouse' and schema_name = 'intermediate' order by all
        """).fetchall()
        if home.demo_mark.is_file():
            tables += con.execute("""
                select schema_name, view_name from duckdb_views()
                where database_name = 'warehouse' and schema_name = 'staging' and starts_with(view_name, 'stg_')
                order by all
            """).fetchall()
        counts: dict[str, list[tuple[str, int]]] = {}
        for schema, name in tables:
            counted = con.execute(f'select count(*) from warehouse.{schema}."{name}"').fetchone()
            counts.setdefault(schema, []).append((name, counted[0] if counted else 0))
    layers = (schema for schema in ("staging", "intermediate") if schema in counts)
    return "\n".join(table(schema, ("table", "rows"), counts[schema]) for schema in layers)


def _metrics(home: Home) -> str:
    with duckdb.connect(str(home.published), read_only=True) as con:
        rows = con.execute("""
            select metric, min(period_start), max(period_start), cast(sum(numerator) as bigint),
                cast(sum(denominator) as bigint), sum(numerator) / nullif(sum(denominator), 0),
                cast(sum(excluded) as bigint), cast(sum(pending) as bigint)
            from analytics.metrics
            where dimension = 'all' and grain = 'day' and is_additive
            group by metric order by metric
        """).fetchall()
    if not rows:
        return "metrics: none yet, for there are no conversations\n"
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
            files_to_look_at(files),
            table("not loaded", ("source", "file", "state", "reason"), strange) if strange else "",
        )
        if text
    )


def files_to_look_at(files: Iterable[Sequence[str]]) -> str:
    """(source, file, state, reason) of what is held or unreadable, with a line's end; empty if nothing is."""
    rows = list(files)
    return table("held and unreadable", ("source", "file", "state", "reason"), rows) if rows else ""


def _next_steps(home: Home, status: dict[str, Any]) -> str:
    held = [(source, file) for source, file in needs_a_look(status) if file["state"] == "held"]
    here = command(home)
    steps = [
        f"query the marts:    {near(home.published)}",
        f"see the assets:     {here} ui",
        f"see every file:     {here} status",
        f"fill the settings:  {here} signals --toml",
    ]
    if held:
        source, file = held[0]
        steps.append(f"let a held file in: {here} accept {source} {quote(file['path'])} --because '...'")
    return "next\n" + "\n".join(f"  {step}" for step in steps)
