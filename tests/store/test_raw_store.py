"""Raw in object storage: a load counts with its ledger object, any machine can go on, none can mix two."""

from __future__ import annotations

import json
import shutil
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from buckets import RASA, Bucket, Killed, add_load, copied, end, fetched, raw_files

from chat_pipeline.backup import make_backup, restore_backup
from chat_pipeline.extract import merge
from chat_pipeline.home import Home
from chat_pipeline.lock import HomeBusy
from chat_pipeline.store import StoreError, hold, index, raw_send
from chat_pipeline.store.lock import LOCK
from chat_pipeline.store.place import Place
from chat_pipeline.store.raw_fetch import fetch_raw
from chat_pipeline.store.raw_send import send_raw

LEDGER = "shop/raw/rasa/load-{}/_files.parquet".format


@pytest.fixture
def settings(bucket: Bucket, tmp_path: Path):
    return bucket.settings(tmp_path, "raw")


@pytest.fixture
def synced(home: Home, settings) -> Home:
    """A home whose two loads are in the bucket."""
    work(home, settings, "monday", "tuesday")
    return home


def work(home: Home, settings, *names: str) -> None:
    """A sync, as far as it concerns raw: loads of these names, sent."""
    with hold(home, settings) as store:
        for name in names:
            add_load(home, name)
        store.send_raw()


def known(home: Home, place: Place) -> index.Known:
    return index.load(home, "raw", place.url)


def test_another_machine_holds_the_same_after_the_first_look(place, home, tmp_path):
    home.raw.mkdir(parents=True)
    home.layout_mark.write_text('{"layout": 1, "written_by": "1"}')
    add_load(home, "monday")
    send_raw(place, home, known(home, place))
    other = Home(tmp_path / "other")
    other.root.mkdir()
    fetch_raw(place, other, known(other, place))
    assert raw_files(other) == raw_files(home)
    assert "rasa/load-000001/_files.parquet" in raw_files(other)
    # Once more, nothing moves in either direction.
    before = place.listing()
    fetch_raw(place, other, known(other, place))
    send_raw(place, other, known(other, place))
    assert place.listing() == before


def test_a_load_without_its_ledger_object_is_none(bucket, home, settings, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(raw_send, "_commit", end)
        with pytest.raises(Killed):
            work(home, settings, "monday")
    assert any("load-000001/events.parquet" in key for key in bucket.names())
    assert LEDGER("000001") not in bucket.names()
    assert not any("load-" in name for name in fetched(Home(tmp_path / "other"), settings))
    assert not any("load-" in key for key in bucket.names())
    # The machine comes back: what it had not sent goes there now.
    work(home, settings)
    assert LEDGER("000001") in bucket.names()


def test_a_kill_after_the_ledger_object_is_no_conflict(bucket, home, settings, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(raw_send, "save", end)
        with pytest.raises(Killed):
            work(home, settings, "monday")
    before = bucket.client.head_object(Bucket=bucket.name, Key=LEDGER("000001"))["LastModified"]
    work(home, settings)
    assert bucket.client.head_object(Bucket=bucket.name, Key=LEDGER("000001"))["LastModified"] == before


def test_two_machines_never_write_one_load(bucket, synced, settings, tmp_path):
    other = copied(synced, tmp_path / "other")
    with hold(synced, settings) as first:
        add_load(synced, "wednesday")
        # As if the lock had been taken away.
        bucket.client.delete_object(Bucket=bucket.name, Key=f"shop/raw/{LOCK}")
        with hold(other, settings) as second:
            add_load(other, "thursday")
            second.send_raw()
        with pytest.raises(StoreError, match="holds another load of that number: rasa/load-000003") as told:
            first.send_raw()
    kept = bucket.client.get_object(Bucket=bucket.name, Key=LEDGER("000003"))["Body"].read()
    assert kept == (other.raw / "rasa/load-000003/_files.parquet").read_bytes()
    # Told again until somebody does what it says, and nothing is lost by that.
    with pytest.raises(StoreError, match=r"Move .*load-000003"), hold(synced, settings):
        pass
    assert "sync again" in str(told.value)
    shutil.rmtree(synced.raw / "rasa/load-000003")
    work(synced, settings, "wednesday")
    assert LEDGER("000004") in bucket.names()


@pytest.mark.slow
def test_a_load_that_the_place_has_gone_past_is_told(synced, settings, tmp_path):
    other = copied(synced, tmp_path / "other")
    add_load(synced, "wednesday")
    with hold(other, settings) as store:
        add_load(other, "thursday")
        add_load(other, "friday")
        merge.merge(other, settings, RASA)
        store.send_raw()
    with pytest.raises(StoreError, match="has gone on without it"), hold(synced, settings):
        pass


def test_the_lock_names_its_holder_and_expires(bucket, synced, settings, monkeypatch):
    key = f"shop/raw/{LOCK}"
    with hold(synced, settings):
        content = bucket.client.get_object(Bucket=bucket.name, Key=key)["Body"].read()
    assert key not in bucket.names()
    # Of this home, which was killed: its own lock in the home is free, so it is over.
    bucket.put(key, content)
    with hold(synced, settings):
        pass
    monkeypatch.setattr(socket, "gethostname", lambda: "another-machine")
    bucket.put(key, content)
    with pytest.raises(HomeBusy, match=f"{json.loads(content)['machine']}.*{LOCK}"), hold(synced, settings):
        pass
    long_ago = (datetime.now(UTC) - timedelta(hours=13)).isoformat(timespec="seconds")
    bucket.put(key, json.dumps({**json.loads(content), "since": long_ago}).encode())
    with hold(synced, settings):
        pass
    assert key not in bucket.names()


def test_own_unfinished_uploads_are_aborted_and_no_others(bucket, synced, settings):
    for key in ("shop/raw/rasa/load-000009/events.parquet", "shop/rawhide/film.mp4"):
        bucket.client.create_multipart_upload(Bucket=bucket.name, Key=key)
    with hold(synced, settings):
        pass
    left = bucket.client.list_multipart_uploads(Bucket=bucket.name)["Uploads"]
    assert [upload["Key"] for upload in left] == ["shop/rawhide/film.mp4"]


@pytest.mark.parametrize("killed", [pytest.param(False, marks=pytest.mark.slow), True])
def test_merged_loads_take_the_place_of_the_others(bucket, synced, settings, tmp_path, monkeypatch, killed):
    stale = copied(synced, tmp_path / "stale")
    with hold(synced, settings) as store:
        merge.merge(synced, settings, RASA)
        with monkeypatch.context() as patch:
            if killed:
                patch.setattr(Place, "remove", end)
            try:
                store.send_raw()
            except Killed:
                assert {LEDGER("000001"), LEDGER("000001-000002")} <= bucket.names()
    for home in (stale, Home(tmp_path / "new"), synced):
        with hold(home, settings) as store:
            store.send_raw()
        assert raw_files(home) == raw_files(synced)
        assert {name.split("/")[1] for name in raw_files(home) if "rasa/load" in name} == {
            "load-000001-000002"
        }
    assert not {LEDGER("000001"), LEDGER("000002")} & bucket.names()


def test_what_is_removed_there_is_removed_here_but_never_everything(bucket, synced, settings):
    for key in bucket.names("shop/raw/rasa/load-000001/"):
        bucket.client.delete_object(Bucket=bucket.name, Key=key)
    assert {name.split("/")[1] for name in fetched(synced, settings) if "rasa/load" in name} == {
        "load-000002"
    }
    before = raw_files(synced)
    for key in bucket.names():
        bucket.client.delete_object(Bucket=bucket.name, Key=key)
    with pytest.raises(StoreError, match="holds no raw data any more"), hold(synced, settings):
        pass
    assert raw_files(synced) == before
    (synced.root / ".store.json").unlink()
    work(synced, settings)
    assert LEDGER("000002") in bucket.names()


@pytest.mark.slow
def test_a_part_that_was_written_anew_replaces_the_one_there(bucket, synced, settings, tmp_path):
    stale = copied(synced, tmp_path / "stale")
    part = synced.raw / "rasa/load-000001/events.parquet"
    with hold(synced, settings) as store:
        part.write_bytes(b"without somebody")
        store.send_raw()
    assert fetched(stale, settings)["rasa/load-000001/events.parquet"] == b"without somebody"


@pytest.mark.slow
def test_a_restored_backup_comes_up_to_date(synced, settings, tmp_path):
    make_backup(synced, tmp_path / "backup")
    with hold(synced, settings) as store:
        add_load(synced, "wednesday")
        merge.merge(synced, settings, RASA)
        store.send_raw()
    restored = Home(tmp_path / "restored")
    restore_backup(restored, tmp_path / "backup")
    assert fetched(restored, settings) == raw_files(synced)


def test_a_quiet_look_costs_one_listing(synced, settings, monkeypatch):
    asked: list[str] = []
    for name in ("listing", "fetch", "put", "remove", "look", "read"):
        own = getattr(Place, name)

        def counted(self, *given, name=name, own=own):
            asked.append(name)
            return own(self, *given)

        monkeypatch.setattr(Place, name, counted)
    moved: list[int] = []
    monkeypatch.setattr("chat_pipeline.store.place.Place.put", lambda self, files: moved.append(len(files)))
    with hold(synced, settings) as store:
        store.send_raw()
    assert asked.count("listing") == 1
    assert not any(moved)
