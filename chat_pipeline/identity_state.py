"""Under which customer key each identifier was published: what tells that a key has become another.

Kept as one Parquet file per home (raw/_state/customers/), read by the dbt source `state`. It holds
hashes of identifiers and customer keys, no value of a person. A row per identifier and key it ever had;
identifiers that left the marts leave it too.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

NAME = "identities.parquet"
EMPTY = """
    select
        cast(null as varchar) as identity_hash,
        cast(null as varchar) as customer_key,
        cast(null as timestamp) as since_at
    where false
"""
# What was known of identifiers that still exist, and the keys they have now. `since_at` is the load
# after which an identifier was first published under the key, so that a second sync finds it equal.
NEXT = """
    with owned as (
        select distinct identifier_hash as identity_hash, customer_key
        from marts.customer_identities
        where is_owned
    ),
    published as (
        select owned.identity_hash, owned.customer_key, publication.loaded_at as since_at
        from owned cross join marts.publication
        where publication.source = ''
    ),
    together as (
        select before.identity_hash, before.customer_key, before.since_at
        from read_parquet($before) as before
        where before.identity_hash in (select identity_hash from owned)
        union all
        select * from published
    )
    select identity_hash, customer_key, min(since_at) as since_at
    from together
    group by identity_hash, customer_key
    order by identity_hash, customer_key
"""


def ensure_state(folder: Path) -> Path:
    """The state's file, empty where nothing was published yet."""
    import duckdb

    file = folder / NAME
    if not file.exists():
        with duckdb.connect() as con:
            _replace(con, EMPTY, {}, file)
    return file


def write_state(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Take over what has just been published. `con`: the build file with its schema `marts`."""
    from chat_pipeline.reading import glob_text

    file = ensure_state(folder)
    _replace(con, NEXT, {"before": glob_text(file)}, file)


def _replace(con: duckdb.DuckDBPyConnection, select: str, values: dict[str, str], file: Path) -> None:
    import pyarrow.parquet

    table = con.execute(select, values).to_arrow_table()
    file.parent.mkdir(parents=True, exist_ok=True)
    # The name must not end in .parquet: the source reads every such file of the folder.
    aside = file.with_name(file.name + ".new")
    with aside.open("wb") as handle:
        pyarrow.parquet.write_table(table, handle)
        handle.flush()
        os.fsync(handle.fileno())
    aside.replace(file)
