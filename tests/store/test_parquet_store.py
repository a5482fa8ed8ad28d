"""The published Parquet in object storage: readers follow current.json, and get one publication or the next."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import fsspec
import pytest
from buckets import Killed, end

from chat_pipeline.home import Home
from chat_pipeline.publish import current_publication, publish
from chat_pipeline.store.index import Known
from chat_pipeline.store.parquet import send_parquet
from chat_pipeline.store.place import Place


@pytest.fixture
def place(bucket) -> Place:
    return Place(f"{bucket.url}/shop/parquet", bucket.endpoint)


def published(home: Home, settings, months: dict[str, int]) -> Home:
    """A publication of one table with a row per month."""
    home.raw.mkdir(parents=True, exist_ok=True)
    home.build.unlink(missing_ok=True)
    with duckdb.connect() as con:
        con.execute(f"attach '{home.build}' as build (storage_version 'v1.0.0')")
        con.execute("create schema build.marts")
        con.execute("create table build.marts.fct_messages (sent_date date, n bigint)")
        for month, n in months.items():
            con.execute(
                "insert into build.marts.fct_messages values (cast(? || '-01' as date), ?)", [month, n]
            )
        con.execute(
            "create table build.marts.customer_identities (identifier_hash text, customer_key text, is_owned bool)"
        )
        con.execute(
            "create table build.marts.publication as select '' as source, timestamp '2026-11-20' as loaded_at"
        )
    publish(home, settings)
    return home


def send(home: Home, place: Place, known: Known, keep: int = 2) -> None:
    publication = current_publication(home)
    assert publication
    send_parquet(place, publication, keep, known)


def read(bucket, place: Place) -> list[tuple[str, int]]:
    """As a reader does it: current.json, and the files that it names."""
    with duckdb.connect() as con:
        con.register_filesystem(
            fsspec.filesystem("s3", endpoint_url=bucket.endpoint, use_listings_cache=False)
        )
        files = json.loads(place.read("current.json") or b"")["tables"]["marts.fct_messages"]
        return con.execute(
            "select strftime(sent_date, '%Y-%m'), n from read_parquet(?) order by all", [files]
        ).fetchall()


def test_months_that_stand_are_not_sent_again_and_old_ones_go(bucket, place, home, settings):
    known = Known("")
    send(published(home, settings, {"2026-09": 1, "2026-10": 1}), place, known)
    assert read(bucket, place) == [("2026-09", 1), ("2026-10", 1)]
    first = place.listing()
    send(home, place, known)  # nothing is sent for a publication that stands
    assert place.listing() == first

    send(published(home, settings, {"2026-09": 1, "2026-10": 2}), place, known)
    assert read(bucket, place) == [("2026-09", 1), ("2026-10", 2)]
    months = {name for name in place.listing() if "fct_messages" in name}
    assert len(months) == 3
    assert all(first[name] == place.listing()[name] for name in months & first.keys())
    send(published(home, settings, {"2026-09": 1, "2026-10": 3}), place, known)
    assert len({name for name in place.listing() if "fct_messages" in name}) == 3
    assert json.loads(place.read("current.json") or b"")["version"] == 3


@pytest.mark.slow
@pytest.mark.parametrize("killed_in", ["put", "write", "remove"])
def test_a_kill_leaves_one_whole_publication(bucket, place, home, settings, monkeypatch, killed_in):
    known = Known("")
    send(published(home, settings, {"2026-10": 1}), place, known)
    published(home, settings, {"2026-10": 2})
    with monkeypatch.context() as patch:
        patch.setattr(Place, killed_in, end)
        with pytest.raises(Killed):
            send(home, place, known, keep=1)
    assert read(bucket, place) == [("2026-10", 2 if killed_in == "remove" else 1)]
    send(home, place, known, keep=1)
    assert read(bucket, place) == [("2026-10", 2)]
    assert len({name for name in place.listing() if "fct_messages" in name}) == 1


@pytest.mark.slow
def test_another_machine_goes_on_with_the_files_that_are_there(bucket, place, home, settings, tmp_path: Path):
    send(published(home, settings, {"2026-09": 1, "2026-10": 1}), place, Known(""))
    first = place.listing()
    other = Home(tmp_path / "other")
    send(published(other, settings, {"2026-10": 1, "2026-11": 1}), place, Known(""))
    assert read(bucket, place) == [("2026-10", 1), ("2026-11", 1)]
    kept = [name for name in first if "2026-10" in name]
    assert [place.listing()[name] for name in kept] == [first[name] for name in kept]
