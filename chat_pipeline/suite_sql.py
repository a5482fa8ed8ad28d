"""Whether rows meet a whole suite, asked by one statement.

Great Expectations defines what an expectation is and says what fails and where. Nearly always nothing does, and to
learn that from it costs seconds of import and a fifth of a second per table: so it is asked only where this finds
something, or a suite has an expectation that is not known here. `tests/test_suite_sql.py` holds the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_pipeline.reading.sql import sql_name, sql_text

if TYPE_CHECKING:
    import duckdb

NUMBERS = ("BIGINT", "DOUBLE", "INTEGER")


def all_met(con: duckdb.DuckDBPyConnection, suite: dict[str, Any], relation: str) -> bool:
    """Whether the rows of `relation` (some) surely meet each expectation of the suite; False: ask Great Expectations."""
    import duckdb

    try:
        types = {row[0]: row[1] for row in con.execute(f"describe {relation}").fetchall()}
        asked = [_failing(e["type"], e["kwargs"], types, relation) for e in suite["expectations"]]
        if not asked or None in asked:
            return False
        failing = " or ".join(f"coalesce({sql}, false)" for sql in asked)
        found = con.execute(f"select {failing} from {relation}").fetchone()
    except duckdb.Error:  # it tells which expectation can't be evaluated
        return False
    return found == (False,)


def _failing(kind: str, given: dict[str, Any], types: dict[str, str], relation: str) -> str | None:
    """SQL of an aggregate: whether any rows fail the expectation. None: it can't be told here."""
    if kind == "unexpected_rows_expectation" and set(given) == {"unexpected_rows_query"}:
        query = given["unexpected_rows_query"]
        return f"exists ({query.replace('{batch}', relation)})" if "{batch}" in query else None
    if given.get("column") not in types:
        return None
    column, is_number = sql_name(given["column"]), types[given["column"]] in NUMBERS
    if kind == "expect_column_values_to_not_be_null" and set(given) <= {"column", "mostly"}:
        return f"count({column}) / count(*) < cast({float(given.get('mostly', 1))!r} as double)"
    if kind == "expect_column_values_to_be_between" and is_number:
        sides = {"min_value": "<", "max_value": ">"}
        bounds = {name: given[name] for name in sides if name in given}
        if not bounds or set(given) != {"column", *bounds} or not all(map(_is_number, bounds.values())):
            return None
        outside = " or ".join(f"{column} {sides[name]} {bound!r}" for name, bound in bounds.items())
        return f"bool_or({outside})"
    if kind == "expect_column_values_to_be_in_set" and set(given) == {"column", "value_set"}:
        texts = given["value_set"]
        if texts and types[given["column"]] == "VARCHAR" and all(isinstance(text, str) for text in texts):
            return f"bool_or({column} not in ({', '.join(map(sql_text, texts))}))"
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
