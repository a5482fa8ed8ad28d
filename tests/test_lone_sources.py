"""A home with exports of one source only, and one without any: all marts are published. A bot alone, a shop alone and
nothing are tried in the slow suite, every other source in the long one.

Two homes are synced at a time, each in a process that goes on to the next home, so that what a sync
loads first (Dagster, dbt, Great Expectations) is loaded twice and not once per home.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

import duckdb
import pytest
from homes import PATIENCE, ROOT

from chat_pipeline.analytics import discover as analytics_tables
from chat_pipeline.home import Home
from chat_pipeline.sources import discover

NOTHING = "nothing"
EXPORTS = ROOT / "tests" / "sources"
# The mart that a source of a kind can't leave empty.
FILLED = {
    "chat": "fct_messages",
    "web": "fct_web_events",
    "crm": "dim_customers",
    "shop": "fct_orders",
    "figures": "vendor_figures",
}
IN_THE_SLOW_SUITE = (NOTHING, "rasa")


def synced(root: Path) -> tuple[int, str]:
    """Exit code and output of `chat-pipeline sync`, run in this process."""
    from typer.testing import CliRunner

    from chat_pipeline.cli import app

    os.environ.pop("DAGSTER_HOME", None)
    done = CliRunner().invoke(app, ["--home", str(root), "sync"])
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def syncs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, tuple[Home, Future[tuple[int, str]]]]]:
    """A home per selected test, and the sync of it, running or done."""
    selected = [
        item.callspec.params["name"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == Path(__file__)
    ]
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        found = {}
        for name in selected:
            home = Home(tmp_path_factory.mktemp(name) / "home")
            home.exports.mkdir(parents=True)
            if name != NOTHING:
                shutil.copytree(EXPORTS / name / "export", home.exports / name)
            found[name] = (home, pool.submit(synced, home.root))
        yield found


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name in IN_THE_SLOW_SUITE else pytest.mark.long)
        for name in (NOTHING, *discover())
    ],
)
def test_all_marts_are_published(name: str, syncs: dict[str, tuple[Home, Future[tuple[int, str]]]]):
    home, sync = syncs[name]
    code, told = sync.result(PATIENCE)
    assert code == 0, told
    models = (ROOT / "dbt_project" / "models" / "marts").rglob("*.sql")
    expected = {("marts", model.stem) for model in models} | {
        ("analytics", table) for table in analytics_tables()
    }
    with duckdb.connect(str(home.published), read_only=True) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        assert set(tables) == expected
        counts = {table: _count(con, f"marts.{table}") for schema, table in tables if schema == "marts"}
        platforms = con.execute(
            "select distinct source from marts.publication where source <> '' and cutoff_at is not null"
        ).fetchall()
    if name == NOTHING:
        assert {table for table, count in counts.items() if count} <= {"publication", "dim_dates"}
        assert platforms == []
    else:
        assert counts[FILLED[discover()[name].kind]] > 0
        # Figures say nothing of how far the data reach.
        assert platforms == ([] if discover()[name].kind == "figures" else [(name,)])


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"select count(*) from {table}").fetchone()
    assert row
    return row[0]
