"""What a build has to recompute: everything, or of each conversation source what its new loads speak of.

The warehouse itself says what it was built from (schema `built`, written when a whole build has
succeeded, in one transaction). Another code, other settings, another package, or raw rows that are not the
ones it knew: everything is built anew. Which rows that means is decided in SQL (`macros/incremental.sql`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from chat_pipeline.fingerprint import code_digest
from chat_pipeline.home import Home
from chat_pipeline.reading import glob_text, sql_text
from chat_pipeline.source import Source
from chat_pipeline.sources import discover

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

# Kinds of source whose models keep history and take in what is new.
KINDS = ("chat", "web")
PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb")
# What web data say about conversations, kept as it was: where it differs now, the conversation is told anew.
COMPARED = ("int_chatbot_events__joined", "int_web_signals__mapped")


@dataclass(frozen=True)
class Ledger:
    """A source's ledger as it is now: its newest load or decision, and a digest up to any earlier one."""

    newest: dict[str, int]
    digests: dict[str, str]


def days_of(source: Source) -> list[str]:
    """Raw tables of a web source whose partitions are days (`_partition`: YYYYMMDD)."""
    return [table.name for table in source.tables if source.kind == "web" and table.replaces == "partition"]


def threads_of(source: Source) -> dict[str, list[str]]:
    """Raw tables of a source that name the conversation, and how."""
    return {table.name: list(table.threads) for table in source.tables if table.threads}


def plan(home: Home, settings: Settings, whole_sources: list[str]) -> dict[str, dict[str, Any]] | None:
    """{source: {mode, since}} as `macros/incremental.sql` reads it; None: everything. `whole_sources` can't be taken in parts."""
    import duckdb

    if not home.warehouse.is_file() or not home.build.is_file():
        return None
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        built = _built(con)
    if built is None or built[0] != _made_of(home, settings):
        return None
    since = built[1]
    now = read_ledger(home, {source: sequence for source, (sequence, _) in since.items()})
    if any(now.digests.get(source) != digest for source, (_, digest) in since.items()):
        return None
    found = {}
    for name, source in discover().items():
        if source.kind not in KINDS:
            continue
        old = since.get(name, (0, ""))[0]
        in_parts = (threads_of(source) or days_of(source)) and name not in whole_sources
        mode = "none" if now.newest.get(name, 0) <= old else "touched" if in_parts else "all"
        found[name] = {"mode": mode, "since": old}
    return found


def without_news(home: Home) -> set[str]:
    """Sources of which the warehouse holds all that raw does."""
    import duckdb

    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        built = _built(con)
    since = built[1] if built else {}
    newest = read_ledger(home).newest
    return {name for name in discover() if newest.get(name, 0) <= since.get(name, (0, ""))[0]}


def read_ledger(home: Home, until: dict[str, int] | None = None) -> Ledger:
    """Of each source with loads. `until`: where to end the digest, by source; None: at the newest."""
    import duckdb

    if not any(home.raw.glob("[!_]*/load-*/_files.parquet")):
        return Ledger({}, {})
    files = sql_text(glob_text(home.raw) + "/[!_]*/load-*/_files.parquet")
    limits = ", ".join(f"({sql_text(name)}, {number})" for name, number in (until or {"": 0}).items())
    with duckdb.connect() as con:
        rows = con.execute(f"""
            with files as (from read_parquet({files}, union_by_name=true, hive_partitioning=false)),
            limits (source, number) as (values {limits})
            select
                source,
                max(sequence),
                bit_xor(case when {until is None} or sequence <= number
                    then hash(path, table_name, load, sequence, sha256, state, loaded_at) end)
            from files left join limits using (source)
            group by source
        """).fetchall()
    return Ledger(
        {source: newest for source, newest, _ in rows}, {source: str(digest) for source, _, digest in rows}
    )


def keep_built(home: Home, settings: Settings, ledger: Ledger) -> None:
    """Write down that the warehouse holds all of `ledger`, which was read before the build."""
    import duckdb

    rows = [(source, newest, ledger.digests[source]) for source, newest in ledger.newest.items()]
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("begin transaction")
        con.execute("create schema if not exists built")
        for model in COMPARED:
            con.execute(f"create or replace table built.{model} as from intermediate.{model}")
        con.execute("create or replace table built.loads (source varchar, sequence bigint, digest varchar)")
        if rows:
            con.executemany("insert into built.loads values (?, ?, ?)", rows)
        con.execute(
            "create or replace table built.made_of as select ? as fingerprint", [_made_of(home, settings)]
        )
        con.execute("commit")


def _built(con: duckdb.DuckDBPyConnection) -> tuple[str, dict[str, tuple[int, str]]] | None:
    """Fingerprint, and by source the newest load and the ledger's digest, of the last whole build."""
    known = con.execute(
        "select 1 from duckdb_tables() where schema_name = 'built' and table_name = 'made_of'"
    ).fetchall()
    if not known:
        return None
    fingerprint = con.execute("select fingerprint from built.made_of").fetchall()[0][0]
    rows = con.execute("select source, sequence, digest from built.loads").fetchall()
    return fingerprint, {source: (sequence, digest) for source, sequence, digest in rows}


def _made_of(home: Home, settings: Settings) -> str:
    """Hash over all but the data that models depend on; the folder of raw too, since views name it."""
    parts = [
        code_digest(),
        settings.digest(),
        str(home.raw),
        *(f"{name} {version(name)}" for name in PACKAGES),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
