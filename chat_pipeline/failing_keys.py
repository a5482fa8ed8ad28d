"""Which rows a failed dbt test found: the keys of some of them, and nothing else of them.

A test's own result may hold any value of the data. Shown are hashed keys only, columns that end in `_key`: those of
the result, else the key of the tested model whose column has the values found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.home import Home

MOST_KEYS = 10
KEY = "_key"
# What dbt's own tests call the column they looked at.
FOUND_AS = ("unique_field", "value_field", "from_field")


@dataclass(frozen=True)
class FailedTest:
    """`sql`: the compiled query of the failing rows. For a test of one column: that `column`, the `relation` it is
    in, and the relation's own `key`, if it has a hashed one."""

    sql: str
    column: str = ""
    relation: str = ""
    key: str = ""


def failed_test(node: Any, manifest: Any) -> FailedTest:
    """From dbt's result of a test and the manifest that it ran with."""
    model = manifest.nodes.get(node.attached_node) if getattr(node, "attached_node", None) else None
    if model is None:
        return FailedTest(node.compiled_code)
    keys = [
        test.column_name
        for test in manifest.nodes.values()
        if getattr(test, "attached_node", None) == node.attached_node
        and test.test_metadata.name == "unique"
        and (test.column_name or "").endswith(KEY)
    ]
    return FailedTest(
        node.compiled_code, node.column_name or "", model.relation_name or "", keys[0] if keys else ""
    )


def failing_keys(con: duckdb.DuckDBPyConnection, test: FailedTest) -> list[str]:
    """`column: key` of the first failing rows, in order; empty where no hashed key tells them."""
    columns = [name for name, *_ in con.execute(f"describe ({test.sql})").fetchall()]
    own = [name for name in columns if name.endswith(KEY)]
    found = next((name for name in FOUND_AS if name in columns), "")
    if test.key and test.column not in ("", test.key):
        where = (
            f'"{test.column}" in (select {found} from ({test.sql}))' if found else f'"{test.column}" is null'
        )
        names, sql = [test.key], f'select distinct "{test.key}" from {test.relation} where {where}'
    elif found and test.column.endswith(KEY):
        names, sql = [test.column], f"select distinct {found} from ({test.sql})"
    elif own:
        listed = ", ".join(f'"{name}"' for name in own)
        names, sql = own, f"select distinct {listed} from ({test.sql})"
    else:
        return []
    rows = con.execute(f"{sql} order by all limit {MOST_KEYS}").fetchall()
    return [", ".join(f"{name}: {value}" for name, value in zip(names, row, strict=True)) for row in rows]


def keys_of(home: Home, tests: Mapping[str, FailedTest]) -> dict[str, list[str]]:
    """`failing_keys` of each test, by its id, from the home's databases after dbt has closed them. What can't be
    asked says so: it must not stand in the way of the test's own result."""
    if not tests:
        return {}
    import duckdb

    found = {}
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        con.execute(f"attach {sql_text(str(home.build))} as build (read_only)")
        con.execute("set TimeZone = 'UTC'")
        for name, test in tests.items():
            try:
                found[name] = failing_keys(con, test)
            except duckdb.Error as error:  # its text may quote a value of the data
                found[name] = [f"could not be asked for: {type(error).__name__}"]
    return found
