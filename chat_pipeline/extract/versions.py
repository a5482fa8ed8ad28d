"""What is known of the records at hand: every row of their keys in raw and in the load under way.

The table `versions_<table>` holds it, narrow: keys and contents as hashes, and what decides who wins. No
row's values are read. A key is a record's, or a partition's where partitions are replaced. Two keys may
share a hash: then a row is written that need not be, as the content's hash has the key in it.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from chat_pipeline.engine import insert_rows
from chat_pipeline.extract.ledger import Line
from chat_pipeline.home import Home
from chat_pipeline.reading import sql_path
from chat_pipeline.source import SHARD_NUMBER, Source, Table, raw_types

# What decides which row of a record wins, the last one does; as dbt_project/macros/deliveries.sql has it.
PLACE = "version asc nulls first, delivered_at asc nulls first, path asc, load asc, row asc"


def key_hash(table: Table) -> str:
    """SQL: what is replaced as one, as a number."""
    return f"hash(instance, {'_partition' if table.replaces == 'partition' else '_record_key'})"


def content_hash(table: Table) -> str:
    """SQL: all that a row says, as a number; where in a file it stood is no part of that.

    DuckDB's own hash: nine times as fast as MD5. Should a version of DuckDB hash otherwise, what is delivered
    again is written once more.
    """
    said = [f'"{column.name}"' for column in table.columns if not column.is_place]
    all_of_it = ["instance", "_record_key", *said, "_version", "_partition", "_standing", "_extra"]
    return f"cast(hash({', '.join(all_of_it)}) >> 1 as bigint)"


def version_of(table: Table, delivered_at: str = "_delivered_at") -> str:
    """SQL: the version by which a row of raw wins."""
    return f"coalesce(_version, {delivered_at})" if table.dated_by_delivery else "_version"


def parts_of(home: Home, source: Source, table: Table) -> str:
    """SQL: all rows in raw of a table, whatever the ledger says about their files."""
    parts = sorted((home.raw / source.name).glob(f"load-*/{table.name}.parquet"))
    if not parts:  # declared since the last sync
        columns = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in raw_types(table))
        return f"(select {columns} where false)"
    listed = ", ".join(sql_path(part) for part in parts)
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"


def gather(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    source: Source,
    table: Table,
    standing: Iterable[Line],
    wanted: str,
) -> None:
    """Make `versions_<table>` of all rows in raw whose key the SELECT `wanted` (key) names.

    `standing`: the ledger's lines whose rows count; rows of others are there for what they say.
    """
    con.execute("create or replace table standing_loads (path varchar, load bigint)")
    insert_rows(con, "standing_loads", [[s.path, s.load] for s in standing if s.table_name == table.name])
    con.execute(f"""
        create or replace table versions_{table.name} as
        select found.*, standing_loads.path is not null as is_standing, false as is_new, true as is_comparable,
            cast(null as bigint) as new_row
        from (
            select {key_hash(table)} as key, _content_hash as content, _version as stated, {version_of(table)} as version,
                _standing as standing, _delivered_at as delivered_at, _source_file as path, _load as load, _source_row as row
            from {parts_of(home, source, table)}
            where {key_hash(table)} in ({wanted})
        ) as found
        left join standing_loads using (path, load)
    """)


def add_new(con: duckdb.DuckDBPyConnection, table: Table, number: int) -> None:
    """The rows of the load under way too: those of the files in `kept_files`."""
    con.execute(f"""
        insert into versions_{table.name} by name
        select {key_hash(table)} as key, _content_hash as content, _version as stated,
            {version_of(table)} as version, _standing as standing, _delivered_at as delivered_at,
            _source_file as path, {number} as load, _source_row as row, true as is_standing, true as is_new,
            {table.comparable} as is_comparable, new_row
        from new_{table.name} where _source_file in (from kept_files)
    """)


def delivery_of(path: str) -> str:
    """SQL: the delivery that a file is of; shards of one export are one."""
    return f"regexp_replace({path}, '{SHARD_NUMBER}', '', 'g')"


def whole_deliveries(rows: str) -> str:
    """SQL: per partition and delivery its rank, and what all of its rows say; from rows of versions."""
    return f"""
        select key, {delivery_of("path")} as delivery, max(standing) as standing, max(delivered_at) as delivered_at,
            count(*) as row_count, sum(cast(content as hugeint)) as content
        from ({rows}) group by key, delivery
    """


def newest_shares(rows: str) -> str:
    """SQL: of rows of versions those of each file's newest load, partition by partition."""
    return f"""
        select * from ({rows}) qualify load = first_value(load) over (
            partition by key, path order by delivered_at desc nulls last, load desc
            rows between unbounded preceding and unbounded following
        )
    """
