"""What is remembered of published customer keys."""

from __future__ import annotations

from pathlib import Path

import duckdb

from chat_pipeline.identity_state import ensure_state, write_state

TYPES = [("identity_hash", "VARCHAR"), ("customer_key", "VARCHAR"), ("since_at", "TIMESTAMP")]


def published(owners: dict[str, str], loaded_at: str) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create schema marts")
    con.execute(
        "create table marts.publication as select '' as source, cast(? as timestamp) as loaded_at",
        [loaded_at],
    )
    con.execute(
        "create table marts.customer_identities (identifier_hash varchar, customer_key varchar, is_owned boolean)"
    )
    for hashed, key in owners.items():
        con.execute("insert into marts.customer_identities values (?, ?, true)", [hashed, key])
    con.execute("insert into marts.customer_identities values ('weak', 'K1', false)")
    return con


def kept(file: Path) -> list[tuple]:
    with duckdb.connect() as con:
        text = str(file).replace("[", "[[]")
        return con.execute(
            "select identity_hash, customer_key, cast(since_at as varchar) from read_parquet(?)", [text]
        ).fetchall()


def test_a_first_run_finds_an_empty_typed_file(tmp_path: Path) -> None:
    file = ensure_state(tmp_path / "customers")
    with duckdb.connect() as con:
        found = con.execute("describe select * from read_parquet(?)", [str(file)]).fetchall()
    assert [row[:2] for row in found] == TYPES
    assert kept(file) == []


def test_keys_are_remembered_as_long_as_their_identifier_lives(tmp_path: Path) -> None:
    folder = tmp_path / "it's [1]"
    with published({"h1": "K1", "h2": "K2"}, "2026-03-01 04:00:00") as con:
        write_state(con, folder)
    with published({"h1": "K2"}, "2026-03-02 04:00:00") as con:
        write_state(con, folder)
        once = kept(ensure_state(folder))
        write_state(con, folder)
    assert once == [("h1", "K1", "2026-03-01 04:00:00"), ("h1", "K2", "2026-03-02 04:00:00")]
    assert kept(ensure_state(folder)) == once
    assert [path.name for path in folder.iterdir()] == ["identities.parquet"]
