"""dbt's tests on a night that only takes in what is new: their SQL as dbt compiled it for the last build of everything.

Code, settings and packages are those of that build, so the SQL is too, and dbt takes five times as long around a test as
the test itself. Tests that read only sources without news are not asked again: their result stands.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Set
from typing import TYPE_CHECKING, Any

from chat_pipeline.engine import memory_limit
from chat_pipeline.home import Home
from chat_pipeline.reading import sql_text
from chat_pipeline.recompute import without_news
from chat_pipeline.sources import discover

if TYPE_CHECKING:
    import duckdb
    from dbt.contracts.graph.manifest import Manifest

    from chat_pipeline.settings import Settings

TABLE = "built.tests"


def judged_sql(test: Any) -> str:
    """A compiled test as dbt asks it: how many rows fail, whether that is worth a warning, whether an error."""
    given = test.config
    limit = f" limit {given.limit}" if given.limit is not None else ""
    return (
        f"select {given.fail_calc} as failures, {given.fail_calc} {given.warn_if} as should_warn,"
        f" {given.fail_calc} {given.error_if} as should_error from ({test.compiled_code}\n{limit}) as failing"
    )


def kept_tests(home: Home) -> dict[str, str]:
    """Compiled SQL by unique id of the tests that the last build of everything ran; none if it ran none."""
    import duckdb

    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        known = con.execute(
            "select 1 from duckdb_tables() where schema_name = 'built' and table_name = 'tests'"
        ).fetchall()
        return dict(con.execute(f"select name, sql from {TABLE}").fetchall()) if known else {}


def keep_tests(home: Home, compiled: Mapping[str, str]) -> None:
    """Keep the tests' SQL, beside the watermark that says for which code it holds."""
    import duckdb

    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("begin transaction")
        con.execute("create schema if not exists built")
        con.execute(f"create or replace table {TABLE} (name varchar, sql varchar)")
        con.executemany(f"insert into {TABLE} values (?, ?)", sorted(compiled.items()))
        con.execute("commit")


def still_standing(home: Home, manifest: Manifest, names: Iterable[str]) -> set[str]:
    """Those of the tests that read nothing but sources without news since the last complete build."""
    quiet = without_news(home)
    found: dict[str, Set[str]] = {}
    return {name for name in names if (read := _read(manifest, name, found)) and read <= quiet}


def _read(manifest: Manifest, name: str, found: dict[str, Set[str]]) -> Set[str]:
    """Names of our sources that a node reads, through whatever models."""
    if name not in found:
        if name in manifest.sources:
            # The ledger and the settings are read by all.
            found[name] = {manifest.sources[name].source_name} & discover().keys()
        else:
            depends = manifest.nodes[name].depends_on_nodes
            found[name] = {source for upstream in depends for source in _read(manifest, upstream, found)}
    return found[name]


def run_tests(home: Home, settings: Settings, tests: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Results as `DbtOutcome.nodes` has them, of tests by unique id, each compiled."""
    import duckdb

    options = {"memory_limit": memory_limit(settings), "preserve_insertion_order": False}
    with duckdb.connect(str(home.warehouse), read_only=True, config=options) as con:
        con.execute(f"attach {sql_text(str(home.build))} as build (read_only)")
        con.execute("set TimeZone = 'UTC'")
        return {name: _result(con, test) for name, test in tests.items()}


def _result(con: duckdb.DuckDBPyConnection, test: Any) -> dict[str, Any]:
    """As dbt judges it: an error only if the test is of that severity."""
    import duckdb

    begun = time.perf_counter()
    status, message, failures = "pass", "", 0
    try:
        count, should_warn, should_error = con.execute(judged_sql(test)).fetchall()[0]
        if test.config.severity.upper() == "ERROR" and should_error:
            status, message, failures = "fail", _found(count, "fail", test.config.error_if), count
        elif should_warn:
            status, message, failures = "warn", _found(count, "warn", test.config.warn_if), count
    except duckdb.Error as error:
        status, message, failures = "error", str(error), None
    seconds = round(time.perf_counter() - begun, 3)
    return {"status": status, "seconds": seconds, "message": message, "failures": failures}


def _found(count: int, verdict: str, condition: str) -> str:
    return f"Got {count} result{'' if count == 1 else 's'}, configured to {verdict} if {condition}"
