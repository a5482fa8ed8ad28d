"""The person in tables that the pipeline made: marts, analytics, intermediate tables, what is remembered in raw/_state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chat_pipeline.home import Home
from chat_pipeline.privacy.patterns import Patterns
from chat_pipeline.reading import glob_text, sql_path, sql_text
from chat_pipeline.sentiment.messages import plain_text
from chat_pipeline.sentiment.scoring import CACHE

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.privacy.person import Person

Counts = dict[str, tuple[int, int]]
CUSTOMER_COLUMNS = ("customer_key", "person_key", "old_customer_key", "new_customer_key")
# Facts that belong to a customer, and the column by which other tables point to them.
OWNED = {
    "fct_conversations": "conversation_key",
    "fct_orders": "order_key",
    "fct_tickets": "ticket_key",
    "fct_web_sessions": "web_session_key",
}


def in_database(database: Path, looked_for: Patterns, person: Person) -> Counts:
    """Rows by table: with the identifier itself; with a linked one, or of the customers."""
    import duckdb

    if not database.is_file():
        return {}
    with duckdb.connect(str(database), read_only=True) as con:
        tables: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for schema, table, column, kind in con.execute(
            "select c.schema_name, c.table_name, c.column_name, c.data_type from duckdb_columns() as c"
            " join duckdb_tables() as t using (database_name, schema_name, table_name)"
            " where c.database_name = current_database() order by all"
        ).fetchall():
            tables.setdefault((schema, table), []).append((column, kind))
        keys = owned_keys(con, person, {name for _, name in tables})
        return {
            f"{schema}.{table}": _count(con, f'"{schema}"."{table}"', columns, looked_for, keys)
            for (schema, table), columns in tables.items()
        }


def owned_keys(con: duckdb.DuckDBPyConnection, person: Person, tables: set[str]) -> dict[str, list[str]]:
    """Keys by column: the customers', and those of their conversations, orders, tickets and visits."""
    keys = {column: list(person.keys) for column in CUSTOMER_COLUMNS}
    for table, column in OWNED.items():
        if person.keys and table in tables:
            rows = con.execute(
                f"select {column} from marts.{table} where customer_key in (select unnest($keys)) order by all",
                {"keys": list(person.keys)},
            ).fetchall()
            keys[column] = [row[0] for row in rows]
    return {column: found for column, found in keys.items() if found}


def _count(
    con: duckdb.DuckDBPyConnection,
    table: str,
    columns: list[tuple[str, str]],
    looked_for: Patterns,
    keys: dict[str, list[str]],
) -> tuple[int, int]:
    text = ", ".join(f'"{column}"' for column, kind in columns if kind == "VARCHAR") or "''"
    own = [column for column, _ in columns if column in keys]
    linked = [f'"{column}" in (select unnest(${column}))' for column in own]
    if looked_for.linked:
        linked.append(f"regexp_matches(concat_ws(chr(30), {text}), {sql_text(looked_for.linked.pattern)})")
    row = con.execute(
        f"""
        select count_if(is_given), count_if(is_linked and not is_given) from (
            select
                regexp_matches(concat_ws(chr(30), {text}), {sql_text(looked_for.given.pattern)}) as is_given,
                coalesce({" or ".join(linked) or "false"}, false) as is_linked
            from {table}
        )
        """,
        {column: keys[column] for column in own},
    ).fetchone()
    return (row[0], row[1]) if row else (0, 0)


def in_caches(home: Home, person: Person) -> Counts:
    """Hashes kept in raw/_state: former customer keys, and scores of the texts that the person wrote."""
    import duckdb

    found: Counts = {}
    if not person.keys or not home.build.is_file():
        return found
    values = {"keys": list(person.keys)}
    with duckdb.connect(str(home.build), read_only=True) as con:
        for part in sorted((home.state / "customers").glob("*.parquet")):
            row = con.execute(
                f"select count(*) from read_parquet({sql_path(part)}) where customer_key in (select unnest($keys))",
                values,
            ).fetchone()
            found[f"customers/{part.name}"] = (0, row[0] if row else 0)
        if any((home.state / CACHE).glob("*.parquet")):
            row = con.execute(
                f"""
                select count(*) from read_parquet({sql_text(glob_text(home.state / CACHE) + "/*.parquet")})
                where text_hash in (
                    select sha256({plain_text("m.text")}) from marts.fct_messages as m
                    join marts.fct_conversations as c on c.conversation_key = m.conversation_key
                    where c.customer_key in (select unnest($keys)) and m.author = 'user'
                )
                """,
                values,
            ).fetchone()
            found[f"{CACHE}/ (scores of texts, by hash)"] = (0, row[0] if row else 0)
    return found
