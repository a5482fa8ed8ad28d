"""Exports in object storage: the folder is a copy, whose files change when and only when the objects do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from chat_pipeline.extract.files import list_exports
from chat_pipeline.store import StoreError
from chat_pipeline.store.exports import digest, fetch_exports
from chat_pipeline.store.index import Known
from chat_pipeline.store.place import Place

NAMES = ("rasa/a b[1]?#%20.jsonl", "rasa/de/ä'\".jsonl", "shopify/orders.csv")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "exports"


@pytest.fixture
def known() -> Known:
    return Known("")


def seen(folder: Path) -> dict[str, tuple[int, int]]:
    return {file.path: (file.size, file.mtime_ns) for file in list_exports(folder)}


def test_the_copy_follows_the_place(place, folder, known, tmp_path):
    for name in NAMES:
        place.write(name, f"in {name}".encode())
    assert fetch_exports(place, folder, known) == []
    first = seen(folder)
    assert {path: (folder / path).read_text() for path in first} == {name: f"in {name}" for name in NAMES}
    delivered = place.listing()[NAMES[0]].modified.replace(tzinfo=UTC)
    # What the ledger calls the time of delivery is the object's, to the microsecond.
    assert datetime.fromtimestamp(first[NAMES[0]][1] / 1e9, UTC) == delivered

    # Another machine's copy is the same, to the nanosecond: the ledger knows its files.
    assert fetch_exports(place, tmp_path / "other", Known("")) == []
    assert seen(tmp_path / "other") == first

    before = digest(place)
    place.write(NAMES[0], f"IN {NAMES[0]}".encode())  # of the same size, within the same second
    place.remove([NAMES[1]])
    assert digest(place) != before
    fetch_exports(place, folder, known)
    then = seen(folder)
    assert then.keys() == first.keys() - {NAMES[1]}
    assert then[NAMES[0]] != first[NAMES[0]]
    assert then[NAMES[2]] == first[NAMES[2]]
    assert not (folder / "rasa/de").exists()


def test_what_did_not_change_is_not_fetched_again(place, folder, known, monkeypatch):
    place.write(NAMES[2], b"x")
    fetch_exports(place, folder, known)
    monkeypatch.setattr(
        Place, "fetch", lambda self, files: pytest.fail(f"fetched {files}") if files else set()
    )
    fetch_exports(place, folder, known)
    # Nor where the note of it was lost.
    fetch_exports(place, folder, Known(""))


def test_files_of_the_folder_itself_are_never_touched(place, folder, known):
    place.write("rasa/a.jsonl", b"there")
    for name in ("rasa/a.jsonl", "rasa/mine.jsonl"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("here")
    with pytest.raises(StoreError, match=r"not from there.*rasa/a.jsonl, rasa/mine.jsonl"):
        fetch_exports(place, folder, known)
    assert [(folder / name).read_text() for name in ("rasa/a.jsonl", "rasa/mine.jsonl")] == ["here", "here"]


def test_keys_that_are_no_files_are_told_and_nothing_leaves_the_folder(bucket, folder, known, tmp_path):
    place = Place(f"{bucket.url}/shop/exports", bucket.endpoint)
    for key in (
        "../../out",
        "rasa//a",
        "rasa/./b",
        "rasa/" + "n" * 250,
        "rasa/c",
        "rasa/c/d",
        ".hidden",
        "empty/",
    ):
        bucket.put(f"shop/exports/{key}", b"x")
    told = fetch_exports(place, folder, known)
    assert sorted(line.split(":")[0][:10] for line in told) == [
        "../../out",
        "rasa/./b",
        "rasa//a",
        "rasa/c",
        "rasa/nnnnn",
    ]
    assert seen(folder).keys() == {"rasa/c/d"}
    assert {path.name for path in tmp_path.iterdir()} == {"exports"}


def test_an_object_written_while_it_is_fetched_waits(place, folder, known, monkeypatch):
    place.write("rasa/a.jsonl", b"old")
    fetch_exports(place, folder, known)
    place.write("rasa/a.jsonl", b"newer")
    fetch = Place.fetch

    def slow(self, targets):
        gone = fetch(self, targets)
        self.write("rasa/a.jsonl", b"newest")
        return gone

    with monkeypatch.context() as patch:
        patch.setattr(Place, "fetch", slow)
        assert fetch_exports(place, folder, known) == ["rasa/a.jsonl: it moves"]
    assert (folder / "rasa/a.jsonl").read_bytes() == b"old"
    assert fetch_exports(place, folder, known) == []
    assert (folder / "rasa/a.jsonl").read_bytes() == b"newest"
    assert [path.name for path in (folder / "rasa").iterdir()] == ["a.jsonl"]


@pytest.mark.parametrize(
    ("url", "endpoint", "why"),
    [
        ("s3://{name}-none/x", "{endpoint}", "does not exist"),
        pytest.param("s3://{name}/x", "http://127.0.0.1:1", "connect", marks=pytest.mark.slow),
    ],
)
def test_a_place_that_cannot_be_used_is_named_with_the_remedy(bucket, url, endpoint, why):
    place = Place(url.format(name=bucket.name), endpoint.format(endpoint=bucket.endpoint))
    with pytest.raises(StoreError, match=why) as told:
        place.listing()
    assert place.url in str(told.value)
    assert "check [paths]" in str(told.value)


def test_a_missing_package_is_named(monkeypatch):
    import fsspec

    def none(*_, **__):
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec, "filesystem", none)
    with pytest.raises(StoreError, match=r"chat-pipeline\[cloud\]"):
        Place("s3://bucket/x")
