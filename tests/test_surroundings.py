"""What happens around a sync: full disks, files that move, clocks that go back, two syncs at once."""

from __future__ import annotations

import json
import os
import random
import resource
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta

import pytest
from typer.testing import CliRunner

from chat_pipeline.assets.raw import extracted_report
from chat_pipeline.cli import app
from chat_pipeline.extract import extract_source, grown
from chat_pipeline.extract.run import rows
from chat_pipeline.home import HOME_VARIABLE, Home
from chat_pipeline.lock import HomeBusy, HomeNotWritable, home_lock
from chat_pipeline.report import FileReport
from chat_pipeline.resources import Sync
from chat_pipeline.settings import Settings
from chat_pipeline.sources import discover

RASA = discover()["rasa"]
LOADED_AT = datetime(2026, 11, 20, 4)


def deliver(home: Home, name: str, count: int = 1, text: Callable[[], str] = lambda: "hello") -> None:
    path = home.exports / "rasa" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    event = {"sender_id": name, "event": "user", "timestamp": 1795000000.0}
    lines = [json.dumps({**event, "timestamp": event["timestamp"] + n, "text": text()}) for n in range(count)]
    path.write_text("\n".join(lines), encoding="utf-8")


def extract(home: Home, settings: Settings, at: datetime = LOADED_AT) -> dict[str, FileReport]:
    return {file.path: file for file in extract_source(home, settings, RASA, loaded_at=at).files}


def loaded(file: FileReport) -> int:
    return sum(counts["loaded"] for counts in file.tables.values())


@pytest.fixture
def no_room() -> Iterator[Callable[[int | None], None]]:
    """No file of this process may grow beyond so many bytes: it is told as a full disk is. None: it may again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda most: resource.setrlimit(resource.RLIMIT_FSIZE, (soft if most is None else most, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_and_costs_no_row(home: Home, settings: Settings, no_room):
    chance = random.Random(1)
    deliver(home, "a.jsonl", 800, lambda: chance.randbytes(300).hex())
    extract_source(home, settings, discover()["zendesk_chat"], loaded_at=LOADED_AT)
    no_room(60_000)
    report = extracted_report(Sync(home, settings, "run"), RASA)
    no_room(None)
    assert "File too large" in (report.error or "")
    assert not [load for load in home.raw.glob("rasa/load-*") if load.name != "load-000000"]
    assert not list(home.incoming.glob("scratch-*"))
    assert loaded(extract(home, settings)["a.jsonl"]) == 800


def test_a_file_that_vanishes_before_it_is_read_waits(home: Home, settings: Settings, monkeypatch):
    deliver(home, "stays.jsonl")
    deliver(home, "goes.jsonl")
    fingerprint = grown.fingerprint

    def vanishing(path, lines):
        found = fingerprint(path, lines)
        if path.name == "goes.jsonl":
            path.unlink()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(grown, "fingerprint", vanishing)
        found = extract(home, settings)
    assert (found["goes.jsonl"].state, found["goes.jsonl"].reason) == (
        "pending",
        "vanished before it was read",
    )
    assert found["stays.jsonl"].state == "loaded"
    assert extract(home, settings)["goes.jsonl"].state == "gone"
    deliver(home, "goes.jsonl")
    assert loaded(extract(home, settings)["goes.jsonl"]) == 1


def test_a_file_that_vanishes_while_it_is_read_waits_and_is_not_called_damaged(
    home: Home, settings: Settings, monkeypatch
):
    deliver(home, "stays.jsonl")
    deliver(home, "goes.jsonl")
    read = rows.read_files

    def vanishing(*given):
        (home.exports / "rasa" / "goes.jsonl").unlink()
        return read(*given)

    with monkeypatch.context() as patch:
        patch.setattr(rows, "read_files", vanishing)
        found = extract(home, settings)
    assert {path: file.state for path, file in found.items()} == {
        "goes.jsonl": "pending",
        "stays.jsonl": "loaded",
    }


def test_a_clock_that_went_back_makes_no_row_one_of_the_future(home: Home, settings: Settings):
    deliver(home, "a.jsonl")
    extract(home, settings)
    deliver(home, "b.jsonl")
    os.utime(home.exports / "rasa" / "b.jsonl", (0, 0))
    (file,) = extract(home, settings, LOADED_AT - timedelta(days=9000)).values()
    assert (file.state, loaded(file)) == ("loaded", 1)


def test_a_folder_that_takes_no_files_is_told(home: Home, monkeypatch):
    monkeypatch.setenv(HOME_VARIABLE, "")
    home.lock_file.mkdir(parents=True)  # root may write into all others
    with pytest.raises(HomeNotWritable), home_lock(home):
        pass
    done = CliRunner().invoke(app, ["--home", str(home.root), "sync"])
    assert done.exit_code == 1
    assert f"{home.root} can't be written to" in done.stderr


@pytest.mark.slow
def test_a_run_of_whatever_kind_leaves_a_home_that_is_synced_alone(
    home: Home, settings: Settings, monkeypatch
):
    """The interface and the schedule start the job as the command does, which looks at the lock before."""
    from chat_pipeline import run
    from chat_pipeline.resources import home_instance

    deliver(home, "a.jsonl")
    with home_lock(home):
        with pytest.raises(HomeBusy, match="another sync"):
            run.run_nightly(home, settings)
        # Another sync that begins after that look, while this one imports.
        monkeypatch.setattr(run, "home_lock", lambda home: nullcontext())
        with pytest.raises(HomeBusy, match="another sync"):
            run.run_nightly(home, settings)
    with home_instance(home) as instance:
        assert [entry.status.value for entry in instance.get_runs()] == ["FAILURE"]
    assert not list(home.raw.glob("rasa/load-*"))
