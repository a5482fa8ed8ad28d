"""Backup and restore, and homes of other layouts."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path

import pytest
from homes import cli, differences
from typer.testing import CliRunner

from chat_pipeline import layout, suites
from chat_pipeline.backup import BackupError, known_backups, make_backup, restore_backup, unpacked
from chat_pipeline.cli import app
from chat_pipeline.extract import extract_source
from chat_pipeline.home import Home
from chat_pipeline.layout import LAYOUT, NewerLayout, ensure_layout
from chat_pipeline.lock import HomeBusy, home_lock
from chat_pipeline.settings import Settings
from chat_pipeline.sources import discover

RASA = discover()["rasa"]
EXPORT = Path(__file__).parent / "sources" / "rasa" / "export" / "broker.jsonl"


@pytest.fixture(scope="module")
def loaded_once(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Home:
    """A home with one loaded file, a settings file and an expectation of its own."""
    home = Home(tmp_path_factory.mktemp("loaded") / "home")
    (home.exports / "rasa").mkdir(parents=True)
    shutil.copy2(EXPORT, home.exports / "rasa")
    home.settings_file.write_text('[shop]\ncurrency = "CHF"\n')
    with pytest.MonkeyPatch.context() as patch, home_lock(home):
        # Judged by nothing: Great Expectations takes seconds to import.
        patch.setattr(suites, "expectations_folder", lambda: home.root / "none")
        extract_source(home, settings, RASA)
    (home.expectations / "rasa").mkdir(parents=True)
    (home.expectations / "rasa" / "events.json").write_text('{"name": "mine", "expectations": []}')
    home.build.write_text("can be made anew")
    (home.incoming / "rasa").mkdir(parents=True, exist_ok=True)
    (home.incoming / "rasa" / "half").write_text("of a killed sync")
    return home


@pytest.fixture
def loaded(loaded_once: Home, home: Home) -> Home:
    shutil.copytree(loaded_once.root, home.root)
    return home


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("name", ["kept.tar", "kept"])
def test_what_cannot_be_made_anew_comes_back_and_nothing_else(loaded: Home, tmp_path: Path, name: str):
    make_backup(loaded, tmp_path / name)
    other = Home(tmp_path / "other")
    restore_backup(other, tmp_path / name)
    restored = files(other.root)
    for part in ("raw/rasa", "expectations"):
        assert {k: v for k, v in restored.items() if k.startswith(part)} == {
            k: v for k, v in files(loaded.root).items() if k.startswith(part)
        }
    assert restored["chat_pipeline.toml"] == loaded.settings_file.read_bytes()
    assert not [
        name for name in restored if name.startswith(("exports", "build", "raw/_incoming", ".unpacked"))
    ]
    assert known_backups(loaded) == [str(tmp_path / name)]


def test_a_backup_waits_for_no_sync_and_never_overwrites(loaded: Home, tmp_path: Path):
    with home_lock(loaded), pytest.raises(HomeBusy):
        make_backup(loaded, tmp_path / "kept.tar")
    make_backup(loaded, tmp_path / "kept.tar")
    for target, why in ((tmp_path / "kept.tar", "is there already"), (loaded.raw / "kept", "outside of")):
        with pytest.raises(BackupError, match=why):
            make_backup(loaded, target)
    with pytest.raises(BackupError, match="is in use"):
        restore_backup(loaded, tmp_path / "kept.tar")
    with pytest.raises(BackupError, match="nothing to back up"):
        make_backup(Home(tmp_path / "empty"), tmp_path / "empty.tar")
    assert not list(tmp_path.glob("*.partial"))


def test_a_damaged_or_foreign_backup_is_refused_and_leaves_no_home(loaded: Home, tmp_path: Path):
    make_backup(loaded, tmp_path / "kept")
    make_backup(loaded, tmp_path / "kept.tar")
    next((tmp_path / "kept" / "raw" / "rasa").rglob("events.parquet")).write_bytes(b"PAR1")
    (tmp_path / "cut.tar").write_bytes((tmp_path / "kept.tar").read_bytes()[:5000])
    (tmp_path / "other.zip").write_bytes(b"PK")
    with tarfile.open(tmp_path / "foreign.tar", "w") as archive:
        archive.add(EXPORT, "raw/broker.jsonl")
    for name, why in (
        ("kept", "damaged"),
        ("cut.tar", "another backup"),
        ("other.zip", "can't be unpacked"),
        ("foreign.tar", "no backup of chat-pipeline"),
        ("nowhere.tar", "not there"),
    ):
        with pytest.raises(BackupError, match=why):
            restore_backup(Home(tmp_path / "new"), tmp_path / name)
        assert files(tmp_path / "new") == {}


def test_a_tar_that_climbs_out_is_refused(tmp_path: Path):
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        archive.add(EXPORT, "../climbed")
    with pytest.raises(BackupError), unpacked(tmp_path / "evil.tar", beside=tmp_path):
        pass
    assert not (tmp_path / "climbed").exists()


def test_a_home_without_a_number_and_one_of_an_older_layout_are_brought_up_to_date(
    loaded: Home, monkeypatch: pytest.MonkeyPatch, settings: Settings
):
    loaded.layout_mark.unlink()
    calls: list[int] = []
    monkeypatch.setattr(layout, "LAYOUT", LAYOUT + 2)
    steps = {LAYOUT: lambda home: calls.append(LAYOUT), LAYOUT + 1: lambda home: calls.append(LAYOUT + 1)}
    monkeypatch.setattr(layout, "MIGRATIONS", steps)
    for _ in range(2):
        with home_lock(loaded):
            assert extract_source(loaded, settings, RASA).skipped == 1
    assert calls == [LAYOUT, LAYOUT + 1]
    assert json.loads(loaded.layout_mark.read_text())["layout"] == LAYOUT + 2


def test_a_killed_migration_goes_on_where_it_was(loaded: Home, monkeypatch: pytest.MonkeyPatch):
    calls: list[str] = []

    def second(home: Home) -> None:
        calls.append("second")
        if calls.count("second") == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(layout, "LAYOUT", LAYOUT + 2)
    monkeypatch.setattr(
        layout, "MIGRATIONS", {LAYOUT: lambda home: calls.append("first"), LAYOUT + 1: second}
    )
    with pytest.raises(KeyboardInterrupt):
        ensure_layout(loaded)
    ensure_layout(loaded)
    assert calls == ["first", "second", "second"]


def test_a_newer_layout_is_refused_by_every_command_and_under_the_lock(loaded: Home):
    loaded.layout_mark.write_text(json.dumps({"layout": LAYOUT + 1, "written_by": "9.0"}))
    for words in (["status"], ["sync"], ["held"]):
        done = CliRunner().invoke(app, ["--home", str(loaded.root), *words])
        assert done.exit_code == 1
        assert "9.0" in done.stderr
        assert "upgrade the program" in done.stderr
    with pytest.raises(NewerLayout), home_lock(loaded):
        pass


@pytest.mark.slow
def test_a_restored_home_without_a_layout_number_syncs_to_equal_marts(demo_home_once: Home, tmp_path: Path):
    original = Home(tmp_path / "original")
    shutil.copytree(demo_home_once.root, original.root, symlinks=True)
    assert cli(original, "backup", str(tmp_path / "kept.tar")).returncode == 0
    restored = Home(tmp_path / "restored")
    assert cli(restored, "restore", str(tmp_path / "kept.tar")).returncode == 0
    # The exports are the user's to keep: without them files show as gone.
    shutil.copytree(original.exports, restored.exports)
    restored.layout_mark.unlink()
    done = cli(restored, "sync")
    assert done.returncode in (0, 3), done.stderr
    assert differences(original, restored) == {}
