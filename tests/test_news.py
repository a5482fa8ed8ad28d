"""A night without news: told from what is kept, before a run is started; anything that changed starts one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from chat_pipeline.fingerprint import PUBLICATION_FILE, fingerprint
from chat_pipeline.home import Home
from chat_pipeline.lock import HomeBusy, home_lock
from chat_pipeline.news import exports_digest, remember_exports
from chat_pipeline.run import quiet_night
from chat_pipeline.sentiment.scoring import SCORING
from chat_pipeline.settings import Settings, load_settings
from chat_pipeline.standing import keep

# The command, and whether it came without Dagster, dbt and pandas.
SYNC = textwrap.dedent("""
    import sys
    from chat_pipeline.cli import app
    code = app(["--home", sys.argv[1], "sync"], standalone_mode=False)
    heavy = {"dagster", "dbt", "pandas", "great_expectations"} & set(sys.modules)
    print("imported:", *sorted(heavy), file=sys.stderr)
    sys.exit(code)
""")
HELD = {"path": "night.jsonl", "state": "held", "reason": "events.timestamp_known: 3 rows"}


@pytest.fixture
def synced(home: Home, settings: Settings) -> Home:
    """A home as a run left it that published version 4, with one held file."""
    for folder in (home.exports / "rasa", home.raw / "rasa" / "load-000001", home.marts / "versions" / "4"):
        folder.mkdir(parents=True)
    (home.exports / "rasa" / "night.jsonl").write_text("{}\n", encoding="utf-8")
    home.current.symlink_to("versions/4")
    now = fingerprint(home, settings)
    record = {"version": 4, "run_id": "r", "published_at": "", "fingerprint": now, "rows": {}}
    text = json.dumps({**record, "folder": "versions/4"})
    (home.current / PUBLICATION_FILE).write_text(text, encoding="utf-8")
    for part in ("dbt", "analytics"):
        keep(home, part, {"fingerprint": now})
    check = {"table": "events", "name": "timestamp_known", "severity": "critical", "passed": False}
    keep(home, "raw/rasa", {"checks": [check]})
    remember_exports(home, exports_digest(home), [("rasa", HELD)])
    return home


def test_a_night_without_news_is_told_and_what_is_held_stays_red(synced, settings):
    outcome = quiet_night(synced, settings)
    assert outcome
    assert (outcome.success, outcome.published, outcome.version) == (True, False, 4)
    assert outcome.failed_checks == {"rasa/events: timestamp_known": {"severity": "ERROR", "description": ""}}


def test_the_command_says_so_before_it_imports_anything_heavy(synced):
    done = subprocess.run(
        [sys.executable, "-c", SYNC, str(synced.root)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 3, done.stderr
    assert done.stderr.splitlines()[-1] == "imported:"
    assert "night.jsonl" in done.stdout
    assert done.stdout.splitlines()[-1] == "nothing new: the marts stand"


def _write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[]", encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        lambda home: _write(home.exports / "rasa" / "more.jsonl"),
        lambda home: os.utime(home.exports / "rasa" / "night.jsonl", ns=(1, 1)),
        lambda home: (home.exports / "rasa" / "night.jsonl").unlink(),
        lambda home: (home.raw / "rasa" / "load-000002").mkdir(),
        lambda home: keep(home, "dbt", {"fingerprint": ""}),
        lambda home: keep(home, "analytics", {"fingerprint": "of another build"}),
        lambda home: home.current.unlink(),
        lambda home: keep(home, SCORING, {"left": 3, "is_unavailable": False, "engine": "vader"}),
    ],
)
def test_whatever_changed_starts_a_run(synced, settings, change):
    change(synced)
    assert quiet_night(synced, settings) is None


def test_other_settings_start_a_run(synced, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text('[shop]\ntime_zone = "Asia/Tokyo"\n', encoding="utf-8")
    assert quiet_night(synced, load_settings(other)) is None


def test_scoring_that_failed_is_told(synced, settings):
    keep(synced, SCORING, {"problem": "no credentials"})
    outcome = quiet_night(synced, settings)
    assert outcome
    assert outcome.failed_checks["analytics/message_sentiment: scored"]["description"] == "no credentials"


@pytest.mark.parametrize("part", ["report", "workbook", "digest"])
def test_what_could_not_be_made_or_sent_is_tried_again(synced, settings, part):
    keep(synced, part, {"problem": "the mail server does not answer"})
    assert quiet_night(synced, settings) is None


def test_a_night_is_not_judged_while_another_sync_holds_the_home(synced, settings):
    with home_lock(synced), pytest.raises(HomeBusy):
        quiet_night(synced, settings)
