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

pytestmark = pytest.mark.slow

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


@pytest.fixture
def shop(demo_home: Home, bucket: Bucket) -> Home:
    """A home whose exports moved into the bucket, a night's more among them; raw and Parquet are to follow."""
    make_own(demo_home)
    add_night(demo_home)
    for file in sorted(demo_home.exports.rglob("*")):
        if file.is_file():
            bucket.put(f"shop/exports/{file.relative_to(demo_home.exports).as_posix()}", file.read_bytes())
    shutil.rmtree(demo_home.exports)
    lines = [f'{part} = "{bucket.url}/shop/{part}"' for part in ("exports", "raw", "parquet")]
    with demo_home.settings_file.open("a", encoding="utf-8") as out:
        out.write("\n".join(["", "[paths]", f'endpoint = "{bucket.endpoint}"', *lines, ""]))
    return demo_home


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


def test_a_shop_in_a_bucket(shop: Home, bucket: Bucket, tmp_path: Path):
    before = version(shop)
    # Killed when the parts of its loads are there, and no ledger object yet.
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(shop.root)],
        cwd=ROOT,
        env=environment(PYTHONPATH=os.pathsep.join(map(str, [ROOT, *filter(None, sys.path)]))),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert version(shop) == before
    assert not any(key.endswith(("_files.parquet", "current.json")) for key in bucket.names())

    outcome = run_nightly(shop, settings_of(shop))
    assert outcome.success, outcome.failures
    assert outcome.published
    assert messages_of_a_reader(bucket) == messages(shop)
    loads = {
        path.parent.relative_to(shop.raw).as_posix() for path in shop.raw.glob("*/load-*/_files.parquet")
    }
    assert {f"shop/raw/{load}/_files.parquet" for load in loads if "load-000000" not in load} == {
        key for key in bucket.names() if key.endswith("_files.parquet")
    }

    there = bucket.names()
    quiet = quiet_night(shop, settings_of(shop))
    assert quiet
    assert bucket.names() == there
    assert f"shop/raw/{LOCK}" not in there

    # The machine is lost; another one has nothing but the settings.
    other = Home(tmp_path / "other")
    other.root.mkdir()
    shutil.copy2(shop.settings_file, other.settings_file)
    outcome = run_nightly(other, settings_of(other))
    assert outcome.success, outcome.failures
    assert differences(shop, other) == {}
    assert {key for key in bucket.names() if "/raw/" in key and "/load-" in key} == {
        key for key in there if "/raw/" in key and "/load-" in key
    }
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
    decisions.forget(home, "shopify/orders_export_1.csv", "sent by mistake", settings=settings_of(home))
    assert any(key.endswith("_files.parquet") for key in bucket.names() - before)


def _a_bucket_out_of_reach_is_named(home: Home) -> None:
    text = home.settings_file.read_text(encoding="utf-8")
    endpoint = next(line for line in text.splitlines() if line.startswith("endpoint = "))
    home.settings_file.write_text(text.replace(endpoint, 'endpoint = "http://127.0.0.1:1"'), encoding="utf-8")
    told = CliRunner().invoke(app, ["--home", str(home.root), "sync"])
    assert told.exit_code == 1
    assert "/shop/raw can't be" in told.output
    assert "check [paths]" in told.output
