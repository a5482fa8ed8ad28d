"""Analytics tables, found by listing this folder: each module that does not begin with `_` offers one `TABLE`.

Each is a pure function of the marts, the tables it `needs` and the settings that returns SQL; `build_table`
alone writes. Nothing here reads a clock, a file or the environment, and no text of a message or identifier of
a person leaves it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


@dataclass(frozen=True)
class AnalyticsColumn:
    """A column of a table: its DuckDB type and what it means."""

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class AnalyticsTable:
    """A table of schema `analytics`. `description` begins with its grain ("one row per ...").

    `build` returns a SELECT over schema `marts` of the connection's default catalog that gives every
    column by name; the columns of `key` together name a row. `needs` are the tables of schema `analytics`
    that it reads besides. What SQL can't say (a matching, a fit) `build` computes in Python and registers on
    the connection as a view that begins with the table's name, for its SELECT to read. `is_ordered`: the SELECT gives
    its rows in the order of the key, so that they need not be sorted.
    """

    name: str
    description: str
    columns: tuple[AnalyticsColumn, ...]
    key: tuple[str, ...]
    build: Callable[[duckdb.DuckDBPyConnection, Settings], str]
    needs: tuple[str, ...] = ()
    is_ordered: bool = False


class NoAnalyticsTable(Exception):
    """A module in this folder that offers no `TABLE` of its own name, or a table needed that none offers."""


@cache
def discover() -> dict[str, AnalyticsTable]:
    """Every analytics table by name, those that others need before them."""
    found: dict[str, AnalyticsTable] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name.startswith("_"):
            continue
        table = getattr(importlib.import_module(f"{__name__}.{module.name}"), "TABLE", None)
        if not isinstance(table, AnalyticsTable) or table.name != module.name:
            raise NoAnalyticsTable(
                f"chat_pipeline/analytics/{module.name}.py must define TABLE = AnalyticsTable({module.name!r}, ...)"
            )
        found[table.name] = table
    for table in found.values():
        if missing := sorted(set(table.needs) - found.keys()):
            raise NoAnalyticsTable(
                f"analytics.{table.name} needs {', '.join(missing)}: no module of that name"
            )
    needs = {name: sorted(found[name].needs) for name in sorted(found)}
    return {name: found[name] for name in TopologicalSorter(needs).static_order()}


def build_all(con: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, int]:
    """Build every table in the open catalog; rows by table."""
    return {name: build_table(con, table, settings) for name, table in discover().items()}


def build_table(con: duckdb.DuckDBPyConnection, table: AnalyticsTable, settings: Settings) -> int:
    """Create `analytics.<name>` anew with its comments in one transaction; its number of rows."""
    columns = ", ".join(f"cast({c.name} as {c.type}) as {c.name}" for c in table.columns)
    order = "" if table.is_ordered else f"order by {', '.join(table.key)}"
    select = table.build(con, settings)
    con.execute("begin transaction")
    try:
        con.execute("create schema if not exists analytics")
        con.execute(
            f"create or replace table analytics.{table.name} as "
            f"select {columns} from ({select}) as built {order}"
        )
        con.execute(f"comment on table analytics.{table.name} is {sql_text(table.description)}")
        for c in table.columns:
            con.execute(f"comment on column analytics.{table.name}.{c.name} is {sql_text(c.description)}")
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    return con.execute(f"select count(*) from analytics.{table.name}").fetchall()[0][0]
