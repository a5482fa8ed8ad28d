"""Whole syncs of a shop whose exports, raw and Parquet lie in a bucket; its machine dies, another one goes on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import fsspec
import pytest
from buckets import Bucket
from homes import PATIENCE, ROOT, add_night, differences, environment, make_own, version
from typer.testing import CliRunner

from chat_pipeline import decisions
from chat_pipeline.cli import app
from chat_pipeline.home import Home
from chat_pipeline.lock import HomeBusy
from chat_pipeline.run import quiet_night, run_nightly
from chat_pipeline.settings import Settings, load_settings
from chat_pipeline.store.lock import LOCK

KILLED = textwrap.dedent("""
    import os, pathlib, signal, sys
    from chat_pipeline.home import Home
    from chat_pipeline.run import run_nightly
    from chat_pipeline.settings import load_settings
    from chat_pipeline.store import raw_send
    raw_send._commit = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    home = Home(pathlib.Path(sys.argv[1]))
    run_nightly(home, load_settings(home.settings_file))
""")


EXPORTS = Path(__file__).parents[1] / "sources"


def into(bucket: Bucket, home: Home, exports: Path) -> Home:
    """Puts exports into the bucket, and all of the home's places."""
    for file in sorted(exports.rglob("*")):
        if file.is_file():
            bucket.put(f"shop/exports/{file.relative_to(exports).as_posix()}", file.read_bytes())
    home.root.mkdir(parents=True, exist_ok=True)
    lines = [f'{part} = "{bucket.url}/shop/{part}"' for part in ("exports", "raw", "parquet")]
    with home.settings_file.open("a", encoding="utf-8") as out:
        out.write("\n".join(["", "[paths]", f'endpoint = "{bucket.endpoint}"', *lines, ""]))
    return home


def settings_of(home: Home) -> Settings:
    return load_settings(home.settings_file)


def messages_of_a_reader(bucket: Bucket) -> int:
    """As BI counts them: current.json, and the files that it names."""
    store = fsspec.filesystem("s3", endpoint_url=bucket.endpoint, use_listings_cache=False)
    current = json.loads(store.cat_file(f"{bucket.name}/shop/parquet/current.json"))
    with duckdb.connect() as con:
        con.register_filesystem(store)
        row = con.execute(
            "select count(*) from read_parquet(?)", [current["tables"]["marts.fct_messages"]]
        ).fetchone()
    assert row
    return row[0]


def messages(home: Home) -> int:
    with duckdb.connect(str(home.published), read_only=True) as con:
        row = con.execute("select count(*) from marts.fct_messages").fetchone()
    assert row
    return row[0]


def sync(home: Home) -> None:
    outcome = run_nightly(home, settings_of(home))
    assert outcome.success, outcome.failures
    assert outcome.published


@pytest.mark.slow
def test_a_shop_in_a_bucket(home: Home, bucket: Bucket, tmp_path: Path):
    for source in ("rasa", "shopify"):
        shutil.copytree(EXPORTS / source / "export", tmp_path / "exports" / source)
    into(bucket, home, tmp_path / "exports")
    sync(home)
    assert 0 < messages_of_a_reader(bucket) == messages(home)
    loads = {
        path.parent.relative_to(home.raw).as_posix() for path in home.raw.glob("*/load-*/_files.parquet")
    }
    there = bucket.names()
    assert {f"shop/raw/{load}/_files.parquet" for load in loads if "load-000000" not in load} == {
        key for key in there if key.endswith("_files.parquet")
    }
    assert quiet_night(home, settings_of(home))
    assert bucket.names() == there
    assert f"shop/raw/{LOCK}" not in there

    # The machine is lost; another one has nothing but the settings.
    other = Home(tmp_path / "other")
    other.root.mkdir()
    shutil.copy2(home.settings_file, other.settings_file)
    sync(other)
    assert differences(home, other) == {}
    assert {key for key in bucket.names() if "/load-" in key} == {key for key in there if "/load-" in key}
    assert messages_of_a_reader(bucket) == messages(other)

    _another_machine_is_told(other, bucket)
    _a_decision_is_there_at_once(other, bucket)
    _a_bucket_out_of_reach_is_named(other)


def _another_machine_is_told(home: Home, bucket: Bucket) -> None:
    holder = {
        "machine": "elsewhere",
        "home": "/srv/chat",
        "process": "1",
        "since": "2099-01-01T00:00:00+00:00",
    }
    bucket.put(f"shop/raw/{LOCK}", json.dumps(holder).encode())
    with pytest.raises(HomeBusy, match="elsewhere"):
        quiet_night(home, settings_of(home))
    assert CliRunner().invoke(app, ["--home", str(home.root), "sync"]).exit_code == 75
    bucket.client.delete_object(Bucket=bucket.name, Key=f"shop/raw/{LOCK}")


def _a_decision_is_there_at_once(home: Home, bucket: Bucket) -> None:
    before = bucket.names()
    decisions.forget(home, "rasa/broker.jsonl", "sent by mistake", settings=settings_of(home))
    assert any(key.endswith("_files.parquet") for key in bucket.names() - before)


def _a_bucket_out_of_reach_is_named(home: Home) -> None:
    text = home.settings_file.read_text(encoding="utf-8")
    endpoint = next(line for line in text.splitlines() if line.startswith("endpoint = "))
    home.settings_file.write_text(text.replace(endpoint, 'endpoint = "http://127.0.0.1:1"'), encoding="utf-8")
    told = CliRunner().invoke(app, ["--home", str(home.root), "sync"])
    assert told.exit_code == 1
    assert "/shop/raw can't be" in told.output
    assert "check [paths]" in told.output


@pytest.mark.long
def test_a_home_that_moves_into_a_bucket_and_is_killed_while_it_sends(demo_home: Home, bucket: Bucket):
    make_own(demo_home)
    add_night(demo_home)
    into(bucket, demo_home, demo_home.exports)
    shutil.rmtree(demo_home.exports)
    before = version(demo_home)
    # When the parts of its loads are there, and no ledger object yet.
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(demo_home.root)],
        cwd=ROOT,
        env=environment(PYTHONPATH=os.pathsep.join(map(str, [ROOT, *filter(None, sys.path)]))),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert version(demo_home) == before
    assert not any(key.endswith(("_files.parquet", "current.json")) for key in bucket.names())
    sync(demo_home)
    assert messages_of_a_reader(bucket) == messages(demo_home)
