"""`python -m bench.report HOME`: what the report of a published home costs, of the same with its facts fifty times, and
with three years of twice the platforms as well; kept in docs/performance.md. Needs Chromium."""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from bench.document import write_part
from bench.machine import machine
from chat_pipeline.home import Home
from chat_pipeline.reporting.head import Stand
from chat_pipeline.reporting.render import render
from chat_pipeline.reporting.whole import whole_report
from chat_pipeline.settings import Settings, load_settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PART = "report"
TIMES = 50
# What grows with the conversations; everything else in `analytics` with periods, platforms and values.
FACTS = (
    *("marts.fct_conversations", "marts.fct_messages", "marts.dim_customers", "marts.customer_timeline"),
    *("marts.unanswered_questions", "analytics.conversation_outcomes", "analytics.conversation_sentiment"),
    "analytics.funnel_dropoffs",
)
# Of 18 weeks each, and of as many months as they are in.
WEEKS, MONTHS, MORE = 18, 5, 8
STAND = Stand(1, "2026-01-01T00:00:00+00:00", None)
RUNS = 4


@dataclass(frozen=True)
class Cost:
    """CPU seconds and bytes of the page; seconds until it can be read, is drawn, and has both filters on."""

    cpu: float
    size: int
    usable: float
    drawn: float
    filtered: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.report", description=__doc__)
    parser.add_argument("home", type=Path)
    home = Home(parser.parse_args().home)
    settings = load_settings(home.settings_file)
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(prefix="bench-") as folder, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox"] if os.getuid() == 0 else [],
        )
        file = Path(folder) / "chat.duckdb"
        shutil.copy(home.published, file)
        file.chmod(0o600)
        columns = {}
        for name, change in (("demo shop", None), ("its facts 50 times", facts), ("and 3 years", years)):
            if change:
                with duckdb.connect(str(file), config={"memory_limit": "4GB"}) as con:
                    change(con)
            columns[name] = measured(chromium, file, settings, Path(folder))
            print(name, columns[name], flush=True)
        write_part(PART, page(columns, file))


def facts(con: duckdb.DuckDBPyConnection) -> None:
    """Each row of what grows with history so many times, under keys of its own."""
    for table in FACTS:
        schema, name = table.split(".")
        keys = con.execute(
            "select column_name from duckdb_columns() where schema_name = ? and table_name = ? and ends_with(column_name, '_key')",
            [schema, name],
        ).fetchall()
        own = ", ".join(f'"{key}" || printf(\'%02x\', n) as "{key}"' for (key,) in keys)
        con.execute(
            f"insert into {table} select f.* replace ({own}) from {table} as f cross join range(1, {TIMES}) as r (n)"
        )


def years(con: duckdb.DuckDBPyConnection) -> None:
    """Aggregates of three years, and of twice the platforms."""
    for table, columns in _by_period(con).items():
        back = f"to_months(n * {MONTHS}::integer)"
        if "grain" in columns:
            back = f"case when grain = 'month' then {back} else to_days(n * {7 * WEEKS}::integer) end"
        con.execute(
            f"insert into {table} select f.* replace (cast(period_start - {back} as date) as period_start)"
            f" from {table} as f cross join range(1, {MORE + 1}) as r (n)"
        )
        if "platform" in columns:
            con.execute(f"insert into {table} select * replace (platform || ' two' as platform) from {table}")
        if "dimension" in columns:
            con.execute(
                f"insert into {table} select * replace (dimension_value || ' two' as dimension_value)"
                f" from {table} where dimension = 'platform'"
            )


def _by_period(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    found = con.execute(
        """
        select table_name, list(column_name) from duckdb_columns() where schema_name = 'analytics'
        group by table_name having bool_or(column_name = 'period_start') order by table_name
        """
    ).fetchall()
    return {f"analytics.{name}": columns for name, columns in found}


def measured(chromium: Browser, file: Path, settings: Settings, folder: Path) -> Cost:
    """The best of some runs, each of the page made anew and opened anew."""
    target, costs = folder / "report.html", []
    render(whole_report(file, settings, STAND), folder)  # imports, and the scripts of the charts
    for _ in range(RUNS):
        before = _cpu()
        target.write_text(render(whole_report(file, settings, STAND), folder), encoding="utf-8")
        cpu = _cpu() - before
        opened = chromium.new_page(reduced_motion="reduce")
        costs.append(Cost(cpu, target.stat().st_size, *_opened(opened, target)))
        opened.close()
    return Cost(*(min(getattr(cost, name) for cost in costs) for name in Cost.__dataclass_fields__))


def _opened(opened: Page, target: Path) -> tuple[float, float, float]:
    begun = time.perf_counter()
    opened.goto(target.as_uri())
    opened.wait_for_selector(".tile")
    usable = time.perf_counter() - begun
    opened.wait_for_selector("html[data-drawn]")
    drawn = time.perf_counter() - begun
    opened.select_option("#f-segment", index=1)
    begun = time.perf_counter()
    opened.select_option("#f-platform", index=1)
    opened.wait_for_selector("html[data-drawn]")
    return usable, drawn, time.perf_counter() - begun


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def page(columns: dict[str, Cost], file: Path) -> str:
    with duckdb.connect(str(file), read_only=True) as con:
        conversations, messages, metrics = con.execute(
            "select (select count(*) from marts.fct_conversations), (select count(*) from marts.fct_messages),"
            " (select count(*) from analytics.metrics)"
        ).fetchall()[0]
    lines = [
        f"| | {' | '.join(columns)} |",
        f"|---|{'---:|' * len(columns)}",
        *(
            f"| {title} | {' | '.join(said(cost) for cost in columns.values())} |"
            for title, said in (
                ("CPU s to make it", lambda cost: f"{cost.cpu:.1f}"),
                ("MB", lambda cost: f"{cost.size / 1e6:.1f}"),
                ("s until text, tiles and filters can be used (aim: 2)", lambda cost: f"{cost.usable:.1f}"),
                ("s until every chart is drawn", lambda cost: f"{cost.drawn:.1f}"),
                ("s until a platform is chosen beside a segment", lambda cost: f"{cost.filtered:.1f}"),
            )
        ),
    ]
    told = f"The last is {conversations:,} conversations with {messages:,} messages, and {metrics:,} rows of `metrics`."
    return "\n".join(
        [*lines, "", f"{told} The best of {RUNS}, at a load of {os.getloadavg()[0]:.0f}. {machine()}"]
    )


if __name__ == "__main__":
    main()
