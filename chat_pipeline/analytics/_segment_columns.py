"""The segments of conversations side by side: the TEMP table `segment_columns`, which tables of cells read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._segment_values import attributes
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def ensure_segment_columns(con: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, str]:
    """Make `segment_columns` unless the connection has it: a row per conversation, a column per attribute.

    Values are of the TEMP type `segment_value`, numbers in memory. Returns the columns by dimension
    (<family>.<attribute>); none where there are no conversations.
    """
    columns = {
        f"{family}.{name}": f"segment_{number}" for number, (family, name) in enumerate(attributes(settings))
    }
    made = con.execute(
        "select 1 from duckdb_tables() where temporary and table_name = 'segment_columns'"
    ).fetchall()
    if not made:
        con.execute(
            "create or replace temp type segment_value as enum ("
            " select distinct value from analytics.conversation_segments union select 'unknown' order by value)"
        )
        values = ", ".join(
            f"max(case when family || '.' || attribute = {sql_text(dimension)} then cast(value as segment_value) end) as {column}"
            for dimension, column in columns.items()
        )
        con.execute(
            "create temp table segment_columns as"
            f" select conversation_key, {values} from analytics.conversation_segments group by conversation_key"
        )
    found = con.execute("select 1 from segment_columns limit 1").fetchall()
    return columns if found else {}
