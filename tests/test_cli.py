"""The command: what it prints and how it ends. Whole syncs are in other suites."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chat_pipeline import demo_mark
from chat_pipeline.cli import app
from chat_pipeline.extract import extract_source
from chat_pipeline.home import EXPORTS_VARIABLE, SETTINGS_VARIABLE, Home
from chat_pipeline.lock import home_lock
from chat_pipeline.resources import found_home
from chat_pipeline.settings import Settings, SettingsError, load_settings
from chat_pipeline.sources import discover
from chat_pipeline.tables import table

RASA = Path(__file__).parent / "sources" / "rasa"
HELD = "percent.jsonl"


@pytest.fixture
def call(home: Home, monkeypatch: pytest.MonkeyPatch):
    """Calls the command on the home."""
    monkeypatch.setenv("CHAT_PIPELINE_HOME", str(home.root))

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["--home", str(home.root), *words])

    return run


@pytest.fixture
def held_home(home: Home, settings: Settings) -> Home:
    """A home in which one file loaded and one is held."""
    folder = home.exports / "rasa"
    folder.mkdir(parents=True)
    for path in (RASA / "export" / "broker.jsonl", RASA / "broken" / "events" / HELD):
        (folder / path.name).write_bytes(path.read_bytes())
    extract_source(home, settings, discover()["rasa"])
    return home


def test_init_makes_folders_and_settings_and_leaves_them_as_they_are(call, home: Home):
    assert call("init").exit_code == 0
    assert {folder.name for folder in home.exports.iterdir()} == set(discover())
    load_settings(home.settings_file)
    home.settings_file.write_text("# mine\n")
    again = call("init")
    assert again.exit_code == 0
    assert "left as it is" in again.stdout
    assert home.settings_file.read_text() == "# mine\n"


def test_status_of_an_empty_home_says_where_exports_go(call, home: Home):
    done = call("status")
    assert done.exit_code == 0
    assert "nothing published" in done.stdout
    assert str(home.exports) in done.stdout
    told = json.loads(call("status", "--json").stdout)
    assert told == {"home": str(home.root), "publication": None, "sources": [], "elsewhere": []}


def test_status_shows_files_whole_and_why_some_did_not_load(call, held_home: Home):
    (held_home.exports / "notes.txt").write_text("hello")
    done = call("status")
    assert [line.split()[:3] for line in done.stdout.splitlines() if "broker.jsonl" in line] == [
        ["rasa", "broker.jsonl", "loaded"]
    ]
    assert "confidences_are_shares failed on 1 of 2 rows" in " ".join(done.stdout.split())
    assert "notes.txt" in done.stdout


def test_inspect_tells_shape_rows_and_problems_and_loads_nothing(call, home: Home):
    done = call("inspect", str(RASA / "export" / "broker.jsonl"), str(Path(__file__)))
    assert done.exit_code == 0
    assert "broker.jsonl: rasa, broker_jsonl" in done.stdout
    assert "set aside" in done.stdout
    assert "test_cli.py: no export of any source" in done.stdout
    assert not home.raw.exists()


def test_inspect_of_a_missing_file_fails(call):
    done = call("inspect", "no such file.csv")
    assert done.exit_code == 1
    assert "no such file.csv" in done.stderr


def test_held_names_expectation_share_row_and_what_to_do(call, held_home: Home):
    told = " ".join(call("held").stdout.split())
    assert "confidences_are_shares failed on 1 of 2 rows" in told
    assert f"rasa {HELD} 1 confidences_are_shares Confidences run from 0 to 1" in told
    assert f"accept rasa {HELD} --because" in told


def test_nothing_is_held_in_an_empty_home(call):
    assert call("held").stdout.strip() == "nothing is held"


def test_accept_and_forget_are_kept_and_a_sync_under_way_refuses_them(call, held_home: Home):
    with home_lock(held_home):
        assert call("accept", "rasa", HELD, "--because", "so").exit_code == 75
    assert call("accept", "rasa", HELD, "--because", "percent").exit_code == 0
    assert call("forget", "broker.jsonl", "--because", "wrong bot").exit_code == 0
    told = " ".join(call("status").stdout.split())
    assert "accepted: percent" in told
    assert "forgotten: wrong bot" in told


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["accept", "nobody", HELD, "--because", "so"], "there are bot_framework"),
        (["accept", "rasa", "other.jsonl", "--because", "so"], f"held are: {HELD}"),
        (["accept", "rasa", "broker.jsonl", "--because", "so"], "is loaded, not held"),
        (["accept", "rasa", HELD, "--because", " "], "say why"),
        (["forget", "other.jsonl"], "chat-pipeline status"),
        (["signals"], "chat-pipeline sync"),
    ],
)
def test_what_cannot_be_done_ends_with_1_and_says_why(call, held_home: Home, words: list[str], reason: str):
    done = call(*words)
    assert done.exit_code == 1
    assert reason in done.stderr


def test_env_prints_nothing_but_shell(call, home: Home):
    done = call("env")
    assert done.exit_code == 0
    assert f"export CHAT_PIPELINE_HOME={home.root}" in done.stdout
    assert all(line.startswith(("export ", "# ")) for line in done.stdout.splitlines())
    assert done.stderr == ""


def test_all_mistakes_in_the_settings_are_told_together(call, home: Home):
    home.root.mkdir(parents=True)
    home.settings_file.write_text('[shop]\ncurrency = 3\ntime_zone = "Mars"\n')
    done = call("status")
    assert done.exit_code == 1
    assert "shop.currency" in done.stderr
    assert "shop.time_zone" in done.stderr


def test_a_demo_is_not_written_into_a_home_in_use_nor_mixed_with_exports(call, held_home: Home):
    refused = call("demo", "--small")
    assert refused.exit_code == 1
    assert "--home" in refused.stderr
    demo_mark.write_mark(held_home)
    (held_home.exports / "rasa" / "mine.jsonl").write_text("{}")
    assert call("sync").exit_code == 1


def test_a_table_keeps_names_of_files_and_its_last_column_whole():
    name = "exports of " + "x" * 45 + ".csv"
    lines = table(
        "t", ("source", "file", "state", "shape", "rows"), [("s", name, "held", "y" * 60, 7)]
    ).splitlines()
    assert name in lines[-1]
    assert lines[-1].endswith("7")
    folded = table("t", ("file", "reason"), [(name, "because " * 40)])
    assert max(map(len, folded.splitlines())) <= 118


def test_exports_and_settings_named_for_one_command_hold_for_what_it_starts(
    call, home: Home, tmp_path: Path, monkeypatch
):
    for variable in (EXPORTS_VARIABLE, SETTINGS_VARIABLE):
        monkeypatch.setenv(variable, "")
    file = tmp_path / "mine.toml"
    file.write_text('[shop]\ncurrency = "CHF"\n')
    told = call("--settings", str(file), "--exports", str(tmp_path / "elsewhere"), "env").stdout
    assert f"export {SETTINGS_VARIABLE}={file}" in told
    assert f"export {EXPORTS_VARIABLE}={tmp_path / 'elsewhere'}" in told
    monkeypatch.setenv(SETTINGS_VARIABLE, str(file))
    monkeypatch.setenv(EXPORTS_VARIABLE, str(tmp_path / "elsewhere"))
    found, settings = found_home()
    assert (found.root, found.exports) == (home.root, tmp_path / "elsewhere")
    assert settings.shop.currency == "CHF"
    monkeypatch.setenv(SETTINGS_VARIABLE, str(tmp_path / "gone.toml"))
    with pytest.raises(SettingsError, match="can't be read"):
        found_home()


def test_a_home_where_duckdb_finds_no_files_is_refused(call, tmp_path: Path):
    done = call("--home", str(tmp_path / "what?"), "status")
    assert done.exit_code == 1
    assert "rename the folder" in done.stderr


def test_health_says_what_needs_a_look(call, held_home: Home):
    done = call("health")
    assert (done.exit_code, done.stdout) == (3, f"held: rasa/{HELD}\n")
    (held_home.exports / "rasa" / HELD).unlink()
    extract_source(held_home, load_settings(None), discover()["rasa"])
    held_home.settings_file.write_text('[publish]\nexpect_every = "2d"\n')
    assert call("health").exit_code == 0
    held_home.marts.mkdir()
    held_home.synced_mark.touch()
    assert call("health").exit_code == 0
    os.utime(held_home.synced_mark, (0, 0))
    done = call("health")
    assert done.exit_code == 3
    assert "stale: marts: last synced at 1970-01-01" in done.stdout
