"""Rows that say what stands already: told apart from what is new, and not written again.

What says so is kept as ranges of rows (`_confirmed.parquet`): "these rows of that file were delivered again
by this one". Should one of them decide one day who wins, `restore` writes it after all. Per rule:

- `record`: a row whose content is that of the row that wins, or of the row before it among the new ones;
- `partition`: a file's share of a partition that is as it stands, or a whole delivery that is as the one
  that wins; a partition that differs in anything is written whole;
- `file`: none, as a file that did not change never comes here.
"""

from __future__ import annotations

import duckdb

from chat_pipeline.extract.versions import PLACE, delivery_of, newest_shares, whole_deliveries
from chat_pipeline.source import Table

CONFIRMED_PART = "_confirmed.parquet"
CONFIRMED_COLUMNS = {
    "table_name": "varchar", "path": "varchar", "load": "bigint", "delivered_at": "timestamp", "loaded_at": "timestamp",
    "row": "bigint", "of_path": "varchar", "of_load": "bigint", "of_row": "bigint", "length": "bigint",
}  # fmt: skip


def create_tables(con: duckdb.DuckDBPyConnection, tables: tuple[Table, ...]) -> None:
    """Empty `unchanged_<table>` (a new row and the row in raw or before it that says the same) and `confirmed`."""
    for table in tables:
        con.execute(f"""
            create or replace table unchanged_{table.name} (
                new_row bigint, path varchar, row bigint, of_path varchar, of_load bigint, of_row bigint
            )
        """)
    columns = ", ".join(f"{name} {kind}" for name, kind in CONFIRMED_COLUMNS.items())
    con.execute(f"create or replace table confirmed ({columns})")


def find(con: duckdb.DuckDBPyConnection, table: Table, number: int) -> None:
    """Fill `unchanged_<table>` from `versions_<table>`, and `confirmed` with it."""
    selects = {"record": (_equal_records, _records_in_turn), "partition": (_equal_partitions,), "file": ()}
    for select in selects[table.replaces]:
        con.execute(f"insert into unchanged_{table.name} by name {select(table)}")
    con.execute(f"""
        insert into confirmed by name
        with islands as (
            select *, row - row_number() over (partition by path, of_path, of_load, row - of_row order by row) as island
            from unchanged_{table.name}
        )
        select '{table.name}' as table_name, islands.path, {number} as load, any_value(_delivered_at) as delivered_at,
            any_value(_loaded_at) as loaded_at, min(row) as row, of_path, of_load, min(of_row) as of_row, count(*) as length
        from islands join (
            select _source_file as path, any_value(_delivered_at) as _delivered_at, any_value(_loaded_at) as _loaded_at
            from new_{table.name} group by 1
        ) as files using (path)
        group by islands.path, of_path, of_load, row - of_row, island
        order by islands.path, min(row)
    """)


def _equal_records(table: Table) -> str:
    """All that stands of a record and all that is new say one thing: nearly all, in a nightly dump."""
    return f"""
        with equal_keys as (
            select key, any_value({{'path': path, 'load': load, 'row': row}}) filter (not is_new) as kept
            from versions_{table.name} where is_standing group by key
            having bool_or(is_new) and bool_or(not is_new) and count(content) = count(*) and min(content) = max(content)
        )
        select new_row, path, row, kept.path as of_path, kept.load as of_load, kept.row as of_row
        from versions_{table.name} join equal_keys using (key) where is_new and is_comparable
    """


def _records_in_turn(table: Table) -> str:
    """The other records' rows in the order in which one wins over another, from the one that stands on: a row
    that says what the row before it says is none of its own. Rows of one file all count."""
    return f"""
        with keys as (
            select key from versions_{table.name} where is_standing group by key
            having bool_or(is_new) and (count(content) < count(*) or min(content) <> max(content))
                or bool_and(is_new) and min(path) <> max(path)
        ),
        placed as (
            select versions_{table.name}.*, row_number() over (partition by key order by {PLACE}) as place
            from versions_{table.name} join keys using (key) where is_standing
        ),
        winners as (
            select key, max(place) filter (not is_new) as place, arg_max(content, place) filter (not is_new) as content,
                arg_max({{'path': path, 'load': load, 'row': row, 'is_new': false}}, place) filter (not is_new) as kept
            from placed group by key
        ),
        changes as (
            select placed.*, placed.content is distinct from lag(placed.content) over (partition by key order by placed.place)
                as is_change
            from placed join winners using (key) where placed.place >= coalesce(winners.place, 0)
        ),
        runs as (
            select *, sum(cast(is_change as int)) over (partition by key order by place) as run from changes
        ),
        headed as (
            select *, first_value({{'path': path, 'load': load, 'row': row, 'is_new': is_new}}) over (
                partition by key, run order by place) as kept
            from runs
        ),
        repeated as (
            select new_row, path, row, kept, is_comparable from headed where is_new and (not kept.is_new or kept.path <> path)
            union all
            select new_row, path, row, winners.kept, is_comparable from placed join winners using (key)
            where is_new and placed.place < winners.place and placed.content = winners.content
        )
        select new_row, path, row, kept.path as of_path, kept.load as of_load, kept.row as of_row
        from repeated where is_comparable
    """


def _equal_partitions(table: Table) -> str:
    standing = newest_shares(f"select * from versions_{table.name} where is_standing and not is_new")
    new = f"select * from versions_{table.name} where is_new"
    same = "new.row_count = old.row_count and new.content = old.content"
    return f"""
        with standing as materialized ({standing}),
        deliveries as ({whole_deliveries("from standing")}),
        winners as (
            select * from deliveries
            qualify row_number() over (
                partition by key order by standing desc nulls last, delivered_at desc nulls last, delivery desc) = 1
        ),
        new_deliveries as ({whole_deliveries(new)}),
        whole as (
            select new.key, new.delivery from new_deliveries as new join winners as old using (key)
            where {same} and new.delivery <> old.delivery and new.standing is not distinct from old.standing
                and (key, new.delivery) not in (select (key, delivery) from deliveries)
        ),
        shares as (
            select new.key, new.path
            from (select key, path, count(*) as row_count, sum(cast(content as hugeint)) as content from ({new}) group by all) as new
            join (select key, path, count(*) as row_count, sum(cast(content as hugeint)) as content from standing group by all) as old
                using (key, path)
            join winners on winners.key = new.key and winners.delivery = {delivery_of("new.path")}
            where {same}
        ),
        kept as (
            select key, standing.content, any_value({{'path': path, 'load': load, 'row': row}}) as kept
            from standing join winners using (key) where {delivery_of("standing.path")} = winners.delivery
            group by key, standing.content
        )
        select new_row, new.path, new.row, kept.kept.path as of_path, kept.kept.load as of_load, kept.kept.row as of_row
        from ({new}) as new join kept on kept.key = new.key and kept.content = new.content
        where new.is_comparable and (
            (new.key, {delivery_of("new.path")}) in (select (key, delivery) from whole)
            or (new.key, new.path) in (select (key, path) from shares)
        )
    """
