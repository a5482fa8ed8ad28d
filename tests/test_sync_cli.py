"""`chat-pipeline sync` night after night: exit codes, what is held, decided and told, and what is published."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from homes import add_night, make_own, reader, threads, version
from typer.testing import CliRunner, Result

from chat_pipeline.cli import app
from chat_pipeline.extract import audit
from chat_pipeline.home import Home
from chat_pipeline.lock import home_lock

BROKEN_RASA = Path(__file__).parent / "sources" / "rasa" / "broken" / "events" / "percent.jsonl"
HELD = "rasa/events: "
EXTRACTED = "chat_table/turns: extracted"


def chat_pipeline(home: Home, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home.root), *arguments])


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch):
    """The command names its home to what it starts: not to the next test."""
    monkeypatch.setenv("CHAT_PIPELINE_HOME", "")


def test_a_home_that_another_process_syncs_is_left_alone(home: Home):
    with home_lock(home):
        done = chat_pipeline(home, "sync")
    assert done.exit_code == 75
    assert "another sync holds" in done.stderr
    assert not home.dagster.exists()


def test_settings_errors_come_together_and_nothing_runs(home: Home):
    home.root.mkdir(parents=True)
    home.settings_file.write_text('[shop]\ntime_zone = "Berlin"\ncurrency = "euro"\n[chatt]\n')
    done = chat_pipeline(home, "sync")
    assert done.exit_code == 1
    assert all(key in done.stderr for key in ("shop.time_zone", "shop.currency", "chatt"))
    assert not home.raw.exists()


def failed_errors(home: Home) -> set[str]:
    """The failed checks of severity error in the newest run's event log."""
    from chat_pipeline.resources import home_instance
    from chat_pipeline.schedules import run_problems

    with home_instance(home) as instance:
        run = instance.get_runs(limit=1)[0]
        assert run.status.value == "SUCCESS"
        _, checks = run_problems(instance, run.run_id)
    return {name for name, check in checks.items() if check["severity"] == "ERROR"}


def add_turns(home: Home) -> None:
    """One more export of the table: the conversations of another under other ids."""
    folder = home.exports / "chat_table"
    with (folder / "conversations 2026-11.csv").open(newline="", encoding="utf-8") as stream:
        header, *rows = list(csv.reader(stream))
    with (folder / "more.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([header, *([f"more-{first}", *rest] for first, *rest in rows if rest)])


@pytest.mark.slow
def test_nights_of_a_home_with_a_held_file_and_a_source_that_raises(
    demo_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = demo_home
    make_own(home)
    (home.exports / "bot_framework" / "saved_by_hand.transcript").unlink()
    night = add_night(home)
    add_turns(home)
    shutil.copy2(BROKEN_RASA, home.exports / "rasa" / "percent.jsonl")
    with reader(home, tmp_path):
        red_nights(home, monkeypatch)
        decided_night(home, night)


def red_nights(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A held file and a source that fails: the rest is published, and both are told each night."""
    judge = audit.judge

    def broken(con, home, source, *rest):
        if source.name == "chat_table":
            raise RuntimeError("could not convert 'ada@example.test'")
        return judge(con, home, source, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(audit, "judge", broken)
        first = chat_pipeline(home, "sync")
        assert (first.exit_code, version(home)) == (3, 2), first.output
        assert (threads(home, "next-%") > 0, threads(home, "ida"), threads(home, "more-%")) == (True, 0, 0)
        red = failed_errors(home)
        assert EXTRACTED in red
        assert len(red) == 2
        assert any(name.startswith(HELD) for name in red)
        assert "percent.jsonl" in first.stdout
        assert "ada@example.test" not in first.output
        told = "".join(log.read_text() for log in home.logs.glob("notices-*.log"))
        assert "held: rasa/percent.jsonl" in told
        assert EXTRACTED in told
        assert "ada@example.test" not in told

        second = chat_pipeline(home, "sync")
        assert (second.exit_code, version(home)) == (3, 2), second.output
        assert "nothing new" in second.stdout
        assert failed_errors(home) == red


def decided_night(home: Home, night: str) -> None:
    """The held file let in, a loaded one taken out, the source in order again."""
    assert "percent.jsonl" in chat_pipeline(home, "held").stdout
    accepted = chat_pipeline(home, "accept", "rasa", "percent.jsonl", "--because", "a bot of ours counts so")
    assert accepted.exit_code == 0, accepted.output
    assert chat_pipeline(home, "forget", night, "--because", "a test").exit_code == 0
    done = chat_pipeline(home, "sync")
    assert (done.exit_code, version(home)) == (0, 3), done.output
    assert failed_errors(home) == set()
    assert (threads(home, "next-%"), threads(home, "ida"), threads(home, "more-%") > 0) == (0, 1, True)
    assert "percent.jsonl" not in chat_pipeline(home, "held").stdout
