"""Rows that another file confirmed, written after all where they would decide who wins.

A row is not written if raw says the same already (`unchanged`). That holds until the file which says it is
forgotten or read anew, or until an older delivery comes late and stands between the two. Then the confirmed
row is written, as if it had been from the beginning: with file, row, load and times of the delivery that confirmed it.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from chat_pipeline.extract.unchanged import CONFIRMED_COLUMNS, CONFIRMED_PART
from chat_pipeline.extract.versions import (
    PLACE,
    delivery_of,
    newest_shares,
    parts_of,
    whole_deliveries,
)
from chat_pipeline.home import Home
from chat_pipeline.reading import sql_path
from chat_pipeline.source import Source, Table, raw_types


def read_confirmed(con: duckdb.DuckDBPyConnection, home: Home, source: Source, table: Table) -> bool:
    """Make `known_confirmed`: what files confirmed of the table so far, those in `standing_loads` alone;
    whether there is anything."""
    columns = ", ".join(f"{name} {kind}" for name, kind in CONFIRMED_COLUMNS.items())
    con.execute(f"create or replace table known_confirmed ({columns})")
    parts = sorted((home.raw / source.name).glob(f"load-*/{CONFIRMED_PART}"))
    if parts:
        listed = ", ".join(sql_path(part) for part in parts)
        con.execute(f"""
            insert into known_confirmed select {", ".join(CONFIRMED_COLUMNS)}
            from read_parquet([{listed}], union_by_name = true, hive_partitioning = false)
            where table_name = '{table.name}' and (path, load) in (select (path, load) from standing_loads)
        """)
    found = con.execute("select 1 from known_confirmed limit 1").fetchone()
    return found is not None


def restore(con: duckdb.DuckDBPyConnection, home: Home, source: Source, table: Table) -> int:
    """Fill `restored_<table>` with raw rows that must be written now, from `versions_<table>` (what is unchanged
    of it in `unchanged_<table>`) and `known_confirmed`; their count."""
    if table.replaces == "file":
        return 0
    deciding = _deciding_rows(table) if table.replaces == "record" else _deciding_partitions(table)
    con.execute(f"create or replace table deciding as {deciding}")
    return materialise(con, home, source, table)


def materialise(con: duckdb.DuckDBPyConnection, home: Home, source: Source, table: Table) -> int:
    """Add the rows that `deciding` names (of_path, of_load, of_row; path, load, row, delivered_at, loaded_at) to
    `restored_<table>`; their count."""
    if not con.execute("select 1 from deciding limit 1").fetchone():
        return 0
    told = {"_source_file": "path", "_load": "load", "_source_row": "row", "_delivered_at": "delivered_at",
            "_loaded_at": "loaded_at"}  # fmt: skip
    columns = ", ".join(
        f'deciding.{told[name]} as "{name}"' if name in told else f'raw."{name}"'
        for name, _ in raw_types(table)
    )
    found = con.execute(f"""
        insert into restored_{table.name}
        select {columns} from {parts_of(home, source, table)} as raw
        join deciding on raw._source_file = deciding.of_path and raw._load = deciding.of_load
            and raw._source_row = deciding.of_row
    """).fetchone()
    return found[0] if found else 0


def create_tables(con: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> None:
    for table in tables:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in raw_types(table))
        con.execute(f"create or replace table restored_{table.name} ({columns})")


def _confirmations(rows: str, table: Table, only: str = "true") -> str:
    """SQL: the rows of versions that `rows` gives, once for each file that confirmed them, if `only` holds of
    the row (`given`) and the file (`confirmers`). In a range join DuckDB would try all ranges of a file for each row."""
    version = "coalesce(told.stated, told.delivered_at)" if table.dated_by_delivery else "told.stated"
    return f"""
        select told.key, told.content, told.standing, {version} as version,
            told.delivered_at, told.loaded_at, told.path, told.load, ranges.row + told.of_row - ranges.of_row as row,
            told.of_path, told.of_load, told.of_row
        from (
            select given.key, given.content, given.standing, given.stated, confirmers.delivered_at, confirmers.loaded_at,
                confirmers.path, confirmers.load, given.path as of_path, given.load as of_load, given.row as of_row
            from ({rows}) as given
            join (
                select distinct path, load, delivered_at, loaded_at, of_path, of_load from known_confirmed
            ) as confirmers on confirmers.of_path = given.path and confirmers.of_load = given.load
                and {only}
        ) as told
        asof join known_confirmed as ranges
            on ranges.path = told.path and ranges.load = told.load and ranges.of_path = told.of_path
            and ranges.of_load = told.of_load and told.of_row >= ranges.of_row
        where told.of_row < ranges.of_row + ranges.length
    """


def _written(table: Table) -> str:
    """SQL: versions that are rows: in raw and standing, or new and written."""
    return f"""
        select * from versions_{table.name}
        where is_standing and (new_row is null or new_row not in (select new_row from unchanged_{table.name}))
    """


def _deciding_rows(table: Table) -> str:
    """SQL: per record the confirmed row that wins over all that are written, if it says something else."""
    # On most nights none of many rows: what is new came later than whatever was confirmed.
    later = """(given.winner_delivered_at is null or given.stated is distinct from given.winner_version
        or confirmers.delivered_at >= given.winner_delivered_at)"""
    if table.dated_by_delivery:
        later = f"({later} or confirmers.delivered_at >= given.winner_version)"
    return f"""
        with written as materialized ({_written(table)}),
        winners as (
            select * from written qualify row_number() over (partition by key order by {_backwards()}) = 1
        ),
        losing as (
            select versions_{table.name}.*, winners.version as winner_version, winners.delivered_at as winner_delivered_at
            from versions_{table.name} left join winners using (key)
            where not versions_{table.name}.is_new
                and (winners.key is null or versions_{table.name}.content is distinct from winners.content)
        ),
        confirmed_rows as ({_confirmations("from losing", table, later)}),
        contenders as (
            select key, content, version, delivered_at, loaded_at, path, load, row, of_path, of_load, of_row, true as is_confirmed
            from confirmed_rows
            union all
            select key, content, version, delivered_at, null, path, load, row, null, null, null, false from winners
        )
        select * from contenders qualify row_number() over (partition by key order by {_backwards()}) = 1 and is_confirmed
    """


def _backwards() -> str:
    return PLACE.replace(" asc nulls first", " desc nulls last").replace(" asc", " desc")


def _deciding_partitions(table: Table) -> str:
    """SQL: per partition all rows of the confirmed delivery that wins over all that are written, if it says
    something else."""
    rank = "standing desc nulls last, delivered_at desc nulls last, delivery desc"
    return f"""
        with written as ({newest_shares(_written(table))}),
        confirmed_rows as materialized (
            {newest_shares(_confirmations(f"select * from versions_{table.name} where not is_new", table))}
        ),
        contenders as (
            select *, false as is_confirmed from ({whole_deliveries("from written")})
            union all by name
            select *, true as is_confirmed from ({whole_deliveries("from confirmed_rows")})
        ),
        best as (
            select * from contenders qualify row_number() over (partition by key order by {rank}, is_confirmed) = 1
        ),
        deciding_deliveries as (
            select best.key, best.delivery from best
            left join (
                select * from contenders where not is_confirmed
                qualify row_number() over (partition by key order by {rank}) = 1
            ) as standing using (key)
            where best.is_confirmed and (standing.key is null or (best.row_count, best.content)
                is distinct from (standing.row_count, standing.content))
        )
        select confirmed_rows.* from confirmed_rows join deciding_deliveries
            on deciding_deliveries.key = confirmed_rows.key
            and deciding_deliveries.delivery = {delivery_of("confirmed_rows.path")}
    """
